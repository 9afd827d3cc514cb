// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket and QLocalServer: one object for many connections, one after the other.

#include "recorder.h"

#include <QtTest/QtTest>

#include <optional>

using testing::Wire;

class tst_SocketRecycling : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void everyRoundEmitsSameSignals_data();
    void everyRoundEmitsSameSignals();
    void reconnectDropsUnreadInput_data() { ways(); }
    void reconnectDropsUnreadInput();
    void reconnectDropsUnsentBytes();
    void reconnectEndsTransaction();
    void failuresLeaveNoTrace();
    void handlersStayConnected();
    void reconnectFromEventLoopWorks();
    void socketCanChangeServer();
    void socketCanChangeToAbstractName();
    void descriptorCanFollowConnection();
    void acceptedSocketCanConnect();
    void serverCanListenHundredTimes();
    void serverCanChangeToAbstractName();
    void closedServerLeaksNoDescriptors();

private:
    static void ways();

    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

enum Way { Abort, Close, Disconnect, PeerCloses };

/// Ends the connection of a pair in this way, and waits until it has ended.
bool end(testing::Pair &pair, int way)
{
    switch (way) {
    case Abort: pair.client->abort(); break;
    case Close: pair.client->close(); break;
    case Disconnect: pair.client->disconnectFromServer(); break;
    case PeerCloses: pair.accepted->abort(); break;
    }
    const bool ended = testing::turnUntil(
            [&] { return pair.client->state() == QLocalSocket::UnconnectedState; });
    delete pair.accepted;
    return ended;
}

int openDescriptors()
{
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd)
        count += ::fcntl(fd, F_GETFD) >= 0;
    return count;
}

} // namespace

void tst_SocketRecycling::ways()
{
    QTest::addColumn<int>("way");
    QTest::newRow("abort") << int(Abort);
    QTest::newRow("close") << int(Close);
    QTest::newRow("disconnectFromServer") << int(Disconnect);
    QTest::newRow("peer closes") << int(PeerCloses);
}

void tst_SocketRecycling::everyRoundEmitsSameSignals_data()
{
    ways();
}

void tst_SocketRecycling::everyRoundEmitsSameSignals()
{
    QFETCH(int, way);
    testing::Pair pair;
    QVERIFY(pair.listen());
    testing::Recorder record(pair.client);
    QStringList first, closing;
    for (int round = 0; round < 100; ++round) {
        QVERIFY(pair.connect());
        QVERIFY(pair.answers());
        QVERIFY(end(pair, way));
        QCOMPARE(pair.client->bytesAvailable(), 0);
        QCOMPARE(pair.client->bytesToWrite(), 0);
        QCOMPARE(pair.client->socketDescriptor(), qintptr(-1));
        // Close a device left open by a disconnect, so that all rounds are alike.
        pair.client->close();
        if (round == 0)
            first = record.log();
        QCOMPARE(record.take(), first);
    }
}

void tst_SocketRecycling::reconnectDropsUnreadInput()
{
    QFETCH(int, way);
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->write("for the first");
    QVERIFY(pair.accepted->flush());
    QVERIFY(pair.client->waitForReadyRead(5000));
    // A part of it is in the device's own buffer.
    QCOMPARE(pair.client->peek(3), QByteArray("for"));
    QVERIFY(end(pair, way));
    QVERIFY(pair.connect());
    QCOMPARE(pair.client->bytesAvailable(), 0);
    pair.accepted->write("for the second");
    QVERIFY(pair.accepted->flush());
    QVERIFY(pair.client->waitForReadyRead(5000));
    QCOMPARE(pair.client->readAll(), QByteArray("for the second"));
}

void tst_SocketRecycling::reconnectDropsUnsentBytes()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->write(QByteArray(testing::moreThanKernelHolds, 'x'));
    pair.client->flush();
    QVERIFY(pair.client->bytesToWrite() > 0);
    QVERIFY(end(pair, Abort));
    QVERIFY(pair.connect());
    QCOMPARE(pair.client->bytesToWrite(), 0);
    QVERIFY(pair.answers());
}

void tst_SocketRecycling::reconnectEndsTransaction()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->startTransaction();
    QVERIFY(end(pair, Abort));
    QVERIFY(pair.connect());
    QVERIFY(!pair.client->isTransactionStarted());
    QVERIFY(pair.answers());
}

void tst_SocketRecycling::failuresLeaveNoTrace()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    for (int round = 0; round < 20; ++round) {
        pair.client->connectToServer(testing::uniqueName("missing"));
        QCOMPARE(pair.client->error(), QLocalSocket::ServerNotFoundError);
        QVERIFY(pair.connect());
        QCOMPARE(pair.client->error(), QLocalSocket::UnknownSocketError);
        QVERIFY(pair.answers());
        QVERIFY(end(pair, round % 4));
    }
}

void tst_SocketRecycling::handlersStayConnected()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    int connected = 0, ended = 0;
    QByteArray read;
    connect(pair.client, &QLocalSocket::connected, this, [&] { ++connected; });
    connect(pair.client, &QLocalSocket::disconnected, this, [&] { ++ended; });
    connect(pair.client, &QIODevice::readyRead, this, [&] { read += pair.client->readAll(); });
    for (char round = '0'; round < '8'; ++round) {
        QVERIFY(pair.connect());
        pair.accepted->putChar(round);
        testing::settle();
        QVERIFY(end(pair, round % 4));
    }
    QCOMPARE(connected, 8);
    QCOMPARE(ended, 8);
    QCOMPARE(read, QByteArray("01234567"));
}

void tst_SocketRecycling::reconnectFromEventLoopWorks()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const QString name = pair.server->fullServerName();
    int rounds = 0;
    // Queued: connecting in a handler of the disconnect itself is tested elsewhere.
    connect(
            pair.client, &QLocalSocket::disconnected, pair.client,
            [&] {
                if (++rounds < 50)
                    pair.client->connectToServer(name);
            },
            Qt::QueuedConnection);
    connect(pair.server, &QLocalServer::newConnection, pair.server, [&] {
        QLocalSocket *accepted = pair.server->nextPendingConnection();
        accepted->abort();
        accepted->deleteLater();
    });
    pair.accepted->abort();
    QVERIFY(testing::turnUntil([&] { return rounds == 50; }));
}

void tst_SocketRecycling::socketCanChangeServer()
{
    testing::Pair one, other;
    QVERIFY(one.open() && other.listen());
    QVERIFY(end(one, Disconnect));
    one.client->connectToServer(other.server->fullServerName());
    QCOMPARE(one.client->fullServerName(), other.server->fullServerName());
    QVERIFY(other.server->waitForNewConnection(5000));
    one.client->write("hello");
    QVERIFY(one.client->flush());
    QLocalSocket *accepted = other.server->nextPendingConnection();
    QVERIFY(accepted->waitForReadyRead(5000));
    QCOMPARE(accepted->readAll(), QByteArray("hello"));
}

void tst_SocketRecycling::socketCanChangeToAbstractName()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QVERIFY(end(pair, Close));
    QLocalServer abstract;
    abstract.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(abstract.listen(testing::uniqueName()));
    pair.client->setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    pair.client->connectToServer(abstract.serverName());
    QCOMPARE(pair.client->state(), QLocalSocket::ConnectedState);
    pair.client->abort();
    pair.client->setSocketOptions(QLocalSocket::NoOptions);
    QVERIFY(pair.connect());
    QVERIFY(pair.answers());
}

void tst_SocketRecycling::descriptorCanFollowConnection()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    for (int round = 0; round < 10; ++round) {
        QVERIFY(end(pair, Disconnect));
        int ends[2];
        QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        QVERIFY(pair.client->setSocketDescriptor(ends[0]));
        pair.client->write("x");
        QVERIFY(pair.client->waitForBytesWritten(5000));
        char byte = 0;
        QCOMPARE(::recv(ends[1], &byte, 1, MSG_DONTWAIT), ssize_t(1));
        ::close(ends[1]);
        QVERIFY(pair.client->waitForDisconnected(5000));
        QVERIFY(pair.connect());
        QVERIFY(pair.answers());
    }
}

void tst_SocketRecycling::acceptedSocketCanConnect()
{
    testing::Pair pair, other;
    QVERIFY(pair.open() && other.listen());
    pair.accepted->disconnectFromServer();
    pair.accepted->connectToServer(other.server->fullServerName());
    QCOMPARE(pair.accepted->state(), QLocalSocket::ConnectedState);
    QVERIFY(other.server->waitForNewConnection(5000));
    pair.accepted->write("hello");
    QVERIFY(pair.accepted->flush());
    QLocalSocket *accepted = other.server->nextPendingConnection();
    QVERIFY(accepted->waitForReadyRead(5000));
}

void tst_SocketRecycling::serverCanListenHundredTimes()
{
    testing::Pair pair;
    int announced = 0;
    connect(pair.server, &QLocalServer::newConnection, this, [&] { ++announced; });
    for (int round = 0; round < 100; ++round) {
        QVERIFY(pair.open());
        QVERIFY(pair.answers());
        QVERIFY(end(pair, round % 4));
        pair.server->close();
    }
    QCOMPARE(announced, 100);
}

void tst_SocketRecycling::serverCanChangeToAbstractName()
{
    QLocalServer server;
    const QString name = testing::uniqueName();
    for (const auto option : { QLocalServer::NoOptions, QLocalServer::AbstractNamespaceOption,
                               QLocalServer::UserAccessOption, QLocalServer::NoOptions }) {
        server.setSocketOptions(option);
        QVERIFY(server.listen(name));
        QLocalSocket client;
        client.setSocketOptions(option == QLocalServer::AbstractNamespaceOption
                                        ? QLocalSocket::AbstractNamespaceOption
                                        : QLocalSocket::NoOptions);
        client.connectToServer(name);
        QCOMPARE(client.state(), QLocalSocket::ConnectedState);
        server.close();
    }
}

void tst_SocketRecycling::closedServerLeaksNoDescriptors()
{
    const auto round = [] {
        testing::Pair pair;
        QVERIFY(pair.open() && pair.answers());
        QVERIFY(end(pair, Abort));
        pair.server->close();
        testing::settle();
    };
    // A thread's shared resources exist after the first socket.
    round();
    const int before = openDescriptors();
    for (int i = 0; i < 20; ++i)
        round();
    QCOMPARE(openDescriptors(), before);
}

QTEST_GUILESS_MAIN(tst_SocketRecycling)
#include "tst_socket_recycling.moc"
