// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalServer: accepting, the queue of pending connections and its limit.

#include "clients.h"
#include "pair.h"

#include <QtCore/QSocketNotifier>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

#include <optional>

class tst_ServerPending : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void eachConnectionIsAnnouncedOnce();
    void pendingSocketIsOpenAndConnected();
    void pendingSocketsKeepOrder();
    void bytesBeforeAcceptAreReadable();
    void closedClientIsStillAccepted();
    void acceptedSocketCanBeReparented();
    void serverDeletesAcceptedSocket();

    void pausesTwoAboveLimit_data();
    void pausesTwoAboveLimit();
    void takingOneWhenFullAcceptsNone();
    void takingOneResumesAccepting_data();
    void takingOneResumesAccepting();
    void pauseDropsNoConnection();
    void acceptedClientsComeFirst();
    void limitZeroAcceptsOnlyByWaiting();
    void disabledNotifierPausesAtOnce();
    void takingOneEnablesNotifier();
    void eachServerHasOwnNotifier();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_ServerPending::eachConnectionIsAnnouncedOnce()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QSignalSpy announced(&server, &QLocalServer::newConnection);
    testing::Clients clients(server, 5);
    testing::settle();
    QCOMPARE(announced.count(), 5);
}

void tst_ServerPending::pendingSocketIsOpenAndConnected()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 1);
    QVERIFY(server.waitForNewConnection(5000));
    QVERIFY(server.hasPendingConnections());
    QLocalSocket *socket = server.nextPendingConnection();
    QVERIFY(socket);
    QCOMPARE(socket->state(), QLocalSocket::ConnectedState);
    QCOMPARE(socket->openMode(), QIODevice::ReadWrite);
    QVERIFY(socket->isValid());
    QVERIFY(!server.hasPendingConnections());
    QVERIFY(!server.nextPendingConnection());
}

void tst_ServerPending::pendingSocketsKeepOrder()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 3);
    for (char i = 0; i < 3; ++i) {
        clients[size_t(i)]->putChar(i);
        QVERIFY(clients[size_t(i)]->flush());
    }
    testing::settle();
    for (char i = 0; i < 3; ++i)
        QCOMPARE(server.nextPendingConnection()->readAll(), QByteArray(1, i));
}

void tst_ServerPending::bytesBeforeAcceptAreReadable()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 1);
    clients[0]->write("early");
    QVERIFY(clients[0]->waitForBytesWritten(5000));
    QVERIFY(server.waitForNewConnection(5000));
    QLocalSocket *socket = server.nextPendingConnection();
    QVERIFY(socket->waitForReadyRead(5000));
    QCOMPARE(socket->readAll(), QByteArray("early"));
}

void tst_ServerPending::closedClientIsStillAccepted()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    {
        testing::Clients clients(server, 1);
        clients[0]->write("bye");
        QVERIFY(clients[0]->waitForBytesWritten(5000));
    }
    QVERIFY(server.waitForNewConnection(5000));
    QLocalSocket *socket = server.nextPendingConnection();
    QVERIFY(socket);
    QVERIFY(socket->waitForReadyRead(5000));
    QCOMPARE(socket->readAll(), QByteArray("bye"));
}

void tst_ServerPending::acceptedSocketCanBeReparented()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QObject parent;
    pair.accepted->setParent(&parent);
    delete pair.server;
    QVERIFY(pair.answers());
}

void tst_ServerPending::serverDeletesAcceptedSocket()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    delete pair.server;
    QVERIFY(!pair.accepted);
    QVERIFY(pair.client->waitForDisconnected(5000));
}

void tst_ServerPending::pausesTwoAboveLimit_data()
{
    QTest::addColumn<int>("limit");
    QTest::addColumn<int>("accepted");
    QTest::newRow("1") << 1 << 3;
    QTest::newRow("2") << 2 << 4;
    QTest::newRow("5") << 5 << 7;
    QTest::newRow("30") << 30 << 32;
    QTest::newRow("0") << 0 << 0;
}

void tst_ServerPending::pausesTwoAboveLimit()
{
    QFETCH(int, limit);
    QFETCH(int, accepted);
    QLocalServer server;
    server.setMaxPendingConnections(limit);
    QVERIFY(server.listen(testing::uniqueName()));
    QSignalSpy announced(&server, &QLocalServer::newConnection);
    testing::Clients clients(server, 40);
    testing::settle();
    QCOMPARE(announced.count(), accepted);
}

void tst_ServerPending::takingOneWhenFullAcceptsNone()
{
    QLocalServer server;
    server.setMaxPendingConnections(1);
    QVERIFY(server.listen(testing::uniqueName()));
    QSignalSpy announced(&server, &QLocalServer::newConnection);
    testing::Clients clients(server, 3);
    testing::settle();
    QCOMPARE(announced.count(), 3);
    testing::Clients late(server, 1);
    QVERIFY(server.nextPendingConnection());
    testing::settle();
    QCOMPARE(announced.count(), 3);
    QVERIFY(server.nextPendingConnection());
    QTRY_COMPARE(announced.count(), 4);
}

void tst_ServerPending::takingOneResumesAccepting_data()
{
    QTest::addColumn<int>("limit");
    QTest::newRow("1") << 1;
    QTest::newRow("5") << 5;
}

void tst_ServerPending::takingOneResumesAccepting()
{
    QFETCH(int, limit);
    QLocalServer server;
    server.setMaxPendingConnections(limit);
    QVERIFY(server.listen(testing::uniqueName()));
    QSignalSpy announced(&server, &QLocalServer::newConnection);
    testing::Clients clients(server, 20);
    testing::settle();
    // Still above the limit with one taken; at the limit with two, and then it fills up again.
    QVERIFY(server.nextPendingConnection());
    testing::settle();
    QCOMPARE(announced.count(), limit + 2);
    QVERIFY(server.nextPendingConnection());
    testing::settle();
    QCOMPARE(announced.count(), limit + 4);
}

void tst_ServerPending::pauseDropsNoConnection()
{
    QLocalServer server;
    server.setMaxPendingConnections(1);
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 40);
    int taken = 0;
    for (testing::settle(); server.hasPendingConnections(); testing::settle()) {
        QCOMPARE(server.nextPendingConnection()->state(), QLocalSocket::ConnectedState);
        ++taken;
    }
    QCOMPARE(taken, 40);
    for (size_t i = 0; i < 40; ++i)
        QCOMPARE(clients[i]->state(), QLocalSocket::ConnectedState);
}

void tst_ServerPending::acceptedClientsComeFirst()
{
    constexpr int count = 45;
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, count);
    for (int i = 0; i < count; ++i) {
        clients[size_t(i)]->write("?");
        clients[size_t(i)]->flush();
    }
    int open = 0;
    int peak = 0;
    int done = 0;
    connect(&server, &QLocalServer::newConnection, this, [&] {
        QLocalSocket *accepted = server.nextPendingConnection();
        peak = std::max(peak, ++open);
        connect(accepted, &QLocalSocket::readyRead, this, [&, accepted] {
            accepted->readAll();
            --open;
            ++done;
        });
    });
    QTRY_COMPARE_WITH_TIMEOUT(done, count, 30000);
    // Not all waiting connections are accepted before one of them is served.
    QVERIFY2(peak < 10, qPrintable(QString::number(peak)));
}

void tst_ServerPending::limitZeroAcceptsOnlyByWaiting()
{
    QLocalServer server;
    server.setMaxPendingConnections(0);
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 3);
    testing::settle();
    QVERIFY(!server.hasPendingConnections());
    QVERIFY(server.waitForNewConnection(5000));
    QVERIFY(server.nextPendingConnection());
    QVERIFY(!server.nextPendingConnection());
}

void tst_ServerPending::disabledNotifierPausesAtOnce()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QSignalSpy announced(&server, &QLocalServer::newConnection);
    auto *notifier = server.findChild<QSocketNotifier *>();
    QVERIFY(notifier);
    QCOMPARE(notifier->type(), QSocketNotifier::Read);
    QCOMPARE(notifier->socket(), server.socketDescriptor());
    connect(&server, &QLocalServer::newConnection, notifier,
            [notifier] { notifier->setEnabled(false); });
    testing::Clients clients(server, 3);
    testing::settle();
    QCOMPARE(announced.count(), 1);
}

void tst_ServerPending::takingOneEnablesNotifier()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    auto *notifier = server.findChild<QSocketNotifier *>();
    testing::Clients clients(server, 2);
    QVERIFY(server.waitForNewConnection(5000));
    notifier->setEnabled(false);
    testing::settle();
    QVERIFY(server.nextPendingConnection());
    QVERIFY(notifier->isEnabled());
    testing::settle();
    QVERIFY(server.hasPendingConnections());
}

void tst_ServerPending::eachServerHasOwnNotifier()
{
    QLocalServer paused;
    QLocalServer going;
    QVERIFY(paused.listen(testing::uniqueName()) && going.listen(testing::uniqueName()));
    paused.findChild<QSocketNotifier *>()->setEnabled(false);
    testing::Clients toPaused(paused, 1);
    testing::Clients toGoing(going, 1);
    testing::settle();
    QVERIFY(!paused.hasPendingConnections());
    QVERIFY(going.hasPendingConnections());
}

QTEST_GUILESS_MAIN(tst_ServerPending)
#include "tst_server_pending.moc"
