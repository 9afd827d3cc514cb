// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The window of examples/monitor: figures above zero, and a row for each connection.

#include "testing.h"
#include "window.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

class tst_Monitor : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void figuresAreAboveZero();
    void sliderStartsAndEndsClients();
    void otherProcessIsInTable();
    void deleteEndsConnection();

private:
    QTemporaryDir m_folder;
};

static QByteArray rows(int count)
{
    return "table.count === " + QByteArray::number(count);
}

void tst_Monitor::init()
{
    QVERIFY(m_folder.isValid());
}

void tst_Monitor::figuresAreAboveZero()
{
    const testing::Watchdog watchdog;
    Window window(m_folder.path(), { "--clients", "3" });
    QVERIFY(window.await(rows(3)));
    for (const char *figure : { "messages", "bytes", "median", "tail" })
        QVERIFY2(window.await(QByteArray("newest(meter.") + figure + ") > 0"), figure);
    QVERIFY(window.await("meter.messages.length > 2"));
}

void tst_Monitor::sliderStartsAndEndsClients()
{
    const testing::Watchdog watchdog;
    Window window(m_folder.path(), { "--clients", "1" });
    QVERIFY(window.await(rows(1)));
    window.tell("key Right");
    window.tell("key Right");
    QVERIFY(window.await(rows(3)));
    window.tell("key Left");
    QVERIFY(window.await(rows(2)));
    window.tell("key Home");
    QVERIFY(window.await(rows(0)));
    QVERIFY(window.await("newest(meter.messages) === 0"));
}

void tst_Monitor::otherProcessIsInTable()
{
    const testing::Watchdog watchdog;
    Window server(m_folder.path(), { "--clients", "1" });
    QVERIFY(server.await(rows(1)));
    Window other(m_folder.path(), { "--clients", "2" });
    QVERIFY(other.await("newest(meter.messages) > 0"));
    QCOMPARE(other.value("table.count"), QByteArray("0"));
    QVERIFY(server.await(rows(3)));
    other.kill();
    QVERIFY(server.await(rows(1)));
}

void tst_Monitor::deleteEndsConnection()
{
    const testing::Watchdog watchdog;
    Window server(m_folder.path(), { "--clients", "0" });
    QVERIFY(server.await("server.listening"));
    Window other(m_folder.path(), { "--clients", "1" });
    QVERIFY(server.await(rows(1)));
    // The role `since` of the first connection.
    const QByteArray first = "server.connections.data(server.connections.index(0, 0), 0x105)";
    const QByteArray since = "(" + first + "?.getTime() ?? 0)";
    const QByteArray before = server.value(since);
    server.value("table.forceActiveFocus()");
    server.tell("key Delete");
    // The client comes back at once, as a new connection.
    QVERIFY(server.await(rows(1) + " && " + since + " > " + before));
}

QTEST_GUILESS_MAIN(tst_Monitor)
#include "tst_monitor.moc"
