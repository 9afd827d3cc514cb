// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A handler called by a GLib main loop ends the application.

#include "../qt/testing.h"

#include <QtCore/QCoreApplication>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <glib.h>
#include <sys/socket.h>
#include <unistd.h>

class tst_DeletedApplication : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void socketSurvivesInReadyRead();
    void socketSurvivesInBytesWritten();

private:
    template<typename Signal>
    void check(Signal signal);
};

template<typename Signal>
void tst_DeletedApplication::check(Signal signal)
{
    const testing::Watchdog watchdog;
    static char name[] = "test";
    static int count = 1;
    static char *arguments[] = { name, nullptr };
    auto *application = new QCoreApplication(count, arguments);
    int ends[2];
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    QLocalSocket socket;
    socket.setSocketDescriptor(ends[0]);
    GMainLoop *loop = g_main_loop_new(nullptr, false);
    const auto leave = [&] {
        delete application;
        application = nullptr;
        g_main_loop_quit(loop);
    };
    const auto once = Qt::ConnectionType(Qt::DirectConnection | Qt::SingleShotConnection);
    connect(&socket, signal, &socket, leave, once);
    socket.write("a");
    QCOMPARE(::write(ends[1], "a", 1), 1);
    g_main_loop_run(loop);
    g_main_loop_unref(loop);
    QVERIFY(!application);
    // Waits need no event loop.
    socket.write("b");
    QVERIFY(socket.bytesToWrite() == 0 || socket.waitForBytesWritten(5000));
    char received[2] = {};
    QCOMPARE(::recv(ends[1], received, 2, MSG_WAITALL), 2);
    QCOMPARE(::write(ends[1], "c", 1), 1);
    QVERIFY(socket.waitForReadyRead(5000));
    QVERIFY(socket.readAll().endsWith('c'));
    ::close(ends[1]);
}

void tst_DeletedApplication::socketSurvivesInReadyRead()
{
    check(&QIODevice::readyRead);
}

void tst_DeletedApplication::socketSurvivesInBytesWritten()
{
    check(&QIODevice::bytesWritten);
}

QTEST_APPLESS_MAIN(tst_DeletedApplication)
#include "tst_deleted_application.moc"
