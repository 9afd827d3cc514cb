// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Handlers that use other sockets of the same batch, or run a nested event loop.

#include "clients.h"
#include "crowd.h"
#include "pair.h"

#include <QtCore/QEventLoop>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

#include <functional>
#include <optional>

class tst_ReentrancyBatch : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void nestedLoopServesRestOfBatch();
    void deeplyNestedLoopsWork();
    void nestedLoopGetsOtherSocketsAnswer();
    void nestedLoopReadsItsOwnSocket();
    void loopInConnectedServesOthers();
    void loopInDisconnectedServesOthers();
    void loopInBytesWrittenServesOthers();
    void loopInNewConnectionAcceptsOthers();
    void deletedSocketInBatchIsSilent();
    void abortedSocketInBatchIsSilent();
    void socketsCanDeleteEachOther_data();
    void socketsCanDeleteEachOther();
    void peerDeletedInReadyRead();

#ifdef QLOCAL_DROPIN // stock Qt reads freed memory
    void socketDeletedInHandlersLoop();
    void bothEndsDeletedInOneHandler();
#endif

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// Runs an event loop until `finished`, as a dialog does.
void loopUntil(const std::function<bool()> &finished)
{
    QEventLoop loop;
    while (!finished())
        loop.processEvents(QEventLoop::WaitForMoreEvents);
}

/// Makes `socket` count what it reads.
void countInto(QLocalSocket *socket, int &count)
{
    QObject::connect(socket, &QIODevice::readyRead, socket,
                     [socket, &count] { count += int(socket->readAll().size()); });
}

/// Inside a handler: whether a new connection of this thread gets an answer through the event loop
/// alone.
bool othersAreServed()
{
    testing::Pair pair;
    if (!pair.open())
        return false;
    int received = 0;
    countInto(pair.accepted, received);
    pair.client->write("other");
    loopUntil([&] { return received == 5; });
    return true;
}

} // namespace

void tst_ReentrancyBatch::nestedLoopServesRestOfBatch()
{
    testing::Crowd crowd;
    QVERIFY(crowd.open(20));
    int served = 0;
    bool looped = false;
    for (const auto &client : crowd.clients) {
        connect(client, &QIODevice::readyRead, client, [&] {
            ++served;
            if (!std::exchange(looped, true))
                loopUntil([&] { return served == 20; });
        });
    }
    crowd.writeToAll("x");
    QCoreApplication::processEvents();
    testing::settle();
    QCOMPARE(served, 20);
}

void tst_ReentrancyBatch::deeplyNestedLoopsWork()
{
    constexpr int count = 50;
    testing::Crowd crowd;
    QVERIFY(crowd.open(count));
    int served = 0;
    int deepest = 0;
    int depth = 0;
    for (const auto &client : crowd.clients) {
        connect(client, &QIODevice::readyRead, client, [&] {
            deepest = qMax(deepest, ++depth);
            ++served;
            loopUntil([&] { return served == count; });
            --depth;
        });
    }
    crowd.writeToAll("x");
    testing::settle();
    QCOMPARE(served, count);
    QCOMPARE(deepest, count);
    QCOMPARE(depth, 0);
}

void tst_ReentrancyBatch::nestedLoopGetsOtherSocketsAnswer()
{
    testing::Pair asked;
    testing::Pair helping;
    QVERIFY(asked.open() && helping.open());
    connect(helping.accepted, &QIODevice::readyRead, helping.accepted,
            [&] { helping.accepted->write(helping.accepted->readAll().toUpper()); });
    QByteArray answer;
    connect(asked.client, &QIODevice::readyRead, asked.client, [&] {
        helping.client->write(asked.client->readAll());
        loopUntil([&] { return helping.client->bytesAvailable() > 0; });
        answer = helping.client->readAll();
    });
    asked.accepted->write("question");
    testing::settle();
    QCOMPARE(answer, QByteArray("QUESTION"));
}

void tst_ReentrancyBatch::nestedLoopReadsItsOwnSocket()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    connect(pair.accepted, &QIODevice::readyRead, pair.accepted,
            [&] { pair.accepted->write(pair.accepted->readAll().toUpper()); });
    int calls = 0;
    QByteArray answer;
    connect(pair.client, &QIODevice::readyRead, pair.client, [&] {
        if (++calls > 1)
            return;
        pair.client->readAll();
        pair.client->write("again");
        loopUntil([&] { return pair.client->bytesAvailable() > 0; });
        answer = pair.client->readAll();
    });
    pair.accepted->write("start");
    testing::settle();
    QCOMPARE(answer, QByteArray("AGAIN"));
    QCOMPARE(calls, 1);
}

void tst_ReentrancyBatch::loopInConnectedServesOthers()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    bool served = false;
    connect(pair.client, &QLocalSocket::connected, this, [&] { served = othersAreServed(); });
    pair.client->connectToServer(pair.server->fullServerName());
    QVERIFY(served);
    QCOMPARE(pair.client->state(), QLocalSocket::ConnectedState);
}

void tst_ReentrancyBatch::loopInDisconnectedServesOthers()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    bool served = false;
    connect(pair.client, &QLocalSocket::disconnected, this, [&] { served = othersAreServed(); });
    delete pair.accepted;
    testing::settle();
    QVERIFY(served);
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
}

void tst_ReentrancyBatch::loopInBytesWrittenServesOthers()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    bool served = false;
    connect(pair.client, &QIODevice::bytesWritten, this, [&] { served = othersAreServed(); });
    pair.client->write("x");
    testing::settle();
    QVERIFY(served);
}

void tst_ReentrancyBatch::loopInNewConnectionAcceptsOthers()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    int announced = 0;
    connect(&server, &QLocalServer::newConnection, this, [&] {
        if (++announced == 1)
            loopUntil([&] { return announced == 3; });
    });
    testing::Clients clients(server, 3);
    testing::settle();
    QCOMPARE(announced, 3);
}

void tst_ReentrancyBatch::deletedSocketInBatchIsSilent()
{
    testing::Crowd crowd;
    QVERIFY(crowd.open(20));
    int served = 0;
    for (const auto &client : crowd.clients) {
        connect(client, &QIODevice::readyRead, this, [&, self = client.data()] {
            ++served;
            for (auto &another : crowd.clients)
                if (another != self)
                    delete another;
        });
    }
    crowd.writeToAll("x");
    testing::settle();
    QCOMPARE(served, 1);
}

void tst_ReentrancyBatch::abortedSocketInBatchIsSilent()
{
    testing::Crowd crowd;
    QVERIFY(crowd.open(20));
    int served = 0;
    for (const auto &client : crowd.clients) {
        connect(client, &QIODevice::readyRead, this, [&, self = client.data()] {
            ++served;
            for (auto &another : crowd.clients)
                if (another != self)
                    another->abort();
        });
    }
    crowd.writeToAll("x");
    testing::settle();
    QCOMPARE(served, 1);
}

void tst_ReentrancyBatch::socketsCanDeleteEachOther_data()
{
    QTest::addColumn<bool>("themselves");
    QTest::newRow("each other") << false;
#ifdef QLOCAL_DROPIN
    QTest::newRow("each other and themselves") << true;
#endif
}

void tst_ReentrancyBatch::socketsCanDeleteEachOther()
{
    QFETCH(bool, themselves);
    constexpr int count = 100;
    testing::Crowd crowd;
    QVERIFY(crowd.open(count));
    int served = 0;
    int deleted = 0;
    for (size_t i = 0; i < count; ++i) {
        connect(crowd.clients[i], &QIODevice::readyRead, this, [&, i] {
            ++served;
            for (size_t victim : { (i + 1) % count, (i + count / 2) % count,
                                   themselves && i % 3 == 0 ? i : (i + 7) % count }) {
                deleted += crowd.clients[victim] ? 1 : 0;
                delete crowd.clients[victim];
            }
        });
    }
    crowd.writeToAll("x");
    testing::settle();
    int left = 0;
    for (const auto &client : crowd.clients)
        left += client ? 1 : 0;
    QCOMPARE(deleted + left, count);
    QVERIFY(served >= left);
    QVERIFY(deleted > 0);
}

void tst_ReentrancyBatch::peerDeletedInReadyRead()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QSignalSpy disconnected(pair.client, &QLocalSocket::disconnected);
    connect(pair.client, &QIODevice::readyRead, this, [&] { delete pair.accepted; });
    pair.accepted->write("last words");
    testing::settle();
    QCOMPARE(disconnected.count(), 1);
    QCOMPARE(pair.client->readAll(), QByteArray("last words"));
}

#ifdef QLOCAL_DROPIN
void tst_ReentrancyBatch::socketDeletedInHandlersLoop()
{
    testing::Pair pair;
    testing::Pair other;
    QVERIFY(pair.open() && other.open());
    bool finished = false;
    connect(other.client, &QIODevice::readyRead, this, [&] { delete pair.client; });
    connect(pair.client, &QIODevice::readyRead, this, [&] {
        other.accepted->write("x");
        loopUntil([&] { return !pair.client; });
        finished = true;
    });
    pair.accepted->write("x");
    testing::settle();
    QVERIFY(finished);
}

void tst_ReentrancyBatch::bothEndsDeletedInOneHandler()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    connect(pair.client, &QIODevice::readyRead, this, [&] {
        delete pair.accepted;
        delete pair.client;
    });
    pair.accepted->write("x");
    testing::settle();
    QVERIFY(!pair.client && !pair.accepted);
}
#endif

QTEST_GUILESS_MAIN(tst_ReentrancyBatch)
#include "tst_reentrancy_batch.moc"
