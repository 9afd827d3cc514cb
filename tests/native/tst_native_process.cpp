// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Process state that the native classes leave alone: signals, and the environment.

#include <qlocal/server.h>
#include <qlocal/socket.h>

#include <QtCore/QThread>
#include <QtTest/QtTest>

#include "testing.h"

#include <csignal>
#include <memory>

class tst_NativeProcess : public QObject
{
    Q_OBJECT

private slots:
    void writeKeepsSigpipeAction();
    void environmentCanChangeMeanwhile();
};

void tst_NativeProcess::writeKeepsSigpipeAction()
{
    const testing::Watchdog watchdog;
    std::signal(SIGPIPE, SIG_DFL);
    qlocal::Server server;
    QVERIFY(server.listenOnRandomName());
    qlocal::Socket socket;
    socket.connectToServer(server.fullServerName());
    QVERIFY(server.waitForNewConnection(5000));
    delete server.nextPendingConnection();
    socket.write("x");
    socket.flush();
    struct sigaction action = {};
    ::sigaction(SIGPIPE, nullptr, &action);
    QVERIFY(action.sa_handler == SIG_DFL);
}

void tst_NativeProcess::environmentCanChangeMeanwhile()
{
    const testing::Watchdog watchdog;
    QAtomicInt isOver;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
        // Each new variable may reallocate the environment.
        for (int number = 0; !isOver; number = (number + 1) % 3000) {
            const QByteArray name = "QLOCAL_TEST_" + QByteArray::number(number);
            qputenv(name, QByteArray(200, 'x'));
            if (number == 2999) {
                for (int old = 0; old < 3000; ++old)
                    qunsetenv("QLOCAL_TEST_" + QByteArray::number(old));
            }
        }
    }));
    thread->start();
    for (int count = 0; count < 3000; ++count) {
        qlocal::Socket socket;
        socket.connectToServer("missing");
    }
    isOver = 1;
    thread->wait();
}

QTEST_GUILESS_MAIN(tst_NativeProcess)
#include "tst_native_process.moc"
