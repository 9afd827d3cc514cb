// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Handlers that close, delete or restart the server, and do anything with its accepted sockets.

#include "clients.h"
#include "pair.h"

#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

#include <optional>

class tst_ReentrancyServer : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void serverClosedInNewConnection_data() { addWaiting(); }
    void serverClosedInNewConnection();
    void serverRelistensInNewConnection();
    void socketDeletedInNewConnection();
    void socketReparentedInReadyRead();
    void blockingReadsInNewConnection();

#ifdef QLOCAL_DROPIN // stock Qt reads freed memory
    void serverDeletedInNewConnection_data()
    {
        addWaiting();
    }
    void serverDeletedInNewConnection();
    void serverDeletedInReadyRead();
#endif

private:
    static void addWaiting();

    std::optional<testing::Watchdog> m_watchdog;
};

void tst_ReentrancyServer::serverClosedInNewConnection()
{
    QFETCH(bool, waiting);
    testing::Pair pair;
    QVERIFY(pair.listen());
    connect(pair.server, &QLocalServer::newConnection, pair.server, &QLocalServer::close);
    QSignalSpy announced(pair.server, &QLocalServer::newConnection);
    testing::Clients clients(*pair.server, 3);
    if (waiting)
        pair.server->waitForNewConnection(5000);
    testing::settle();
    QVERIFY(!pair.server->isListening());
    QCOMPARE(announced.count(), 1);
    QCOMPARE(clients[2]->state(), QLocalSocket::UnconnectedState);
}

void tst_ReentrancyServer::serverRelistensInNewConnection()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    connect(pair.server, &QLocalServer::newConnection, pair.server, [&] {
        pair.server->close();
        QVERIFY(pair.listen());
        pair.server->disconnect();
    });
    testing::Clients clients(*pair.server, 1);
    testing::settle();
    QVERIFY(pair.connect());
    QVERIFY(pair.answers());
}

void tst_ReentrancyServer::socketDeletedInNewConnection()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    connect(&server, &QLocalServer::newConnection, &server,
            [&] { delete server.nextPendingConnection(); });
    testing::Clients clients(server, 3);
    testing::settle();
    QCOMPARE(clients[2]->state(), QLocalSocket::UnconnectedState);
    QVERIFY(server.isListening());
}

void tst_ReentrancyServer::socketReparentedInReadyRead()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QObject parent;
    connect(pair.accepted, &QIODevice::readyRead, this, [&] { pair.accepted->setParent(&parent); });
    pair.client->write("x");
    testing::settle();
    QCOMPARE(pair.accepted->parent(), &parent);
    pair.accepted->readAll();
    QVERIFY(pair.answers());
    pair.accepted->setParent(nullptr);
}

void tst_ReentrancyServer::blockingReadsInNewConnection()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QByteArrayList read;
    connect(&server, &QLocalServer::newConnection, &server, [&] {
        QLocalSocket *socket = server.nextPendingConnection();
        while (socket->bytesAvailable() < 5 && socket->waitForReadyRead(5000)) { }
        read.append(socket->readAll());
    });
    testing::Clients clients(server, 2);
    for (size_t i = 0; i < 2; ++i) {
        clients[i]->write("hello");
        QVERIFY(clients[i]->flush());
    }
    testing::settle();
    QCOMPARE(read, QByteArrayList({ "hello", "hello" }));
}

void tst_ReentrancyServer::addWaiting()
{
    QTest::addColumn<bool>("waiting");
    QTest::newRow("event loop") << false;
    QTest::newRow("wait") << true;
}

#ifdef QLOCAL_DROPIN
void tst_ReentrancyServer::serverDeletedInNewConnection()
{
    QFETCH(bool, waiting);
    testing::Pair pair;
    QVERIFY(pair.listen());
    connect(pair.server, &QLocalServer::newConnection, this, [&] { delete pair.server; });
    testing::Clients clients(*pair.server, 3);
    if (waiting)
        pair.server->waitForNewConnection(5000);
    testing::settle();
    QVERIFY(!pair.server);
    QCOMPARE(clients[2]->state(), QLocalSocket::UnconnectedState);
}

void tst_ReentrancyServer::serverDeletedInReadyRead()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    connect(pair.accepted, &QIODevice::readyRead, this, [&] { delete pair.server; });
    pair.client->write("x");
    testing::settle();
    QVERIFY(!pair.server && !pair.accepted);
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
}
#endif

QTEST_GUILESS_MAIN(tst_ReentrancyServer)
#include "tst_reentrancy_server.moc"
