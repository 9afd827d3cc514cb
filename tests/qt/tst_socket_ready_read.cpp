// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: when readyRead is emitted, and the limit on buffered input.

#include "recorder.h"

#include <QtTest/QtTest>

#include <optional>

using testing::Wire;

class tst_SocketReadyRead : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void readyReadBringsAllInput();
    void readyReadNeedsNewBytes();
    void bytesDuringHandlerFollowIt();
    void readyReadIsNotNested();
    void nestedLoopServesOtherSockets();
    void writeOnlySocketAnnouncesNoInput();

    void limitBoundsInput_data();
    void limitBoundsInput();
    void readMakesRoomUnderLimit();
    void partialReadMakesRoom();
    void partialReaderGetsRest();
    void peekSeesBeyondLimit();
    void raisedLimitTakesMore();
    void loweredLimitWaitsForReading();
    void limitIsKeptAcrossConnections();
    void loopInReadyReadGoesIdle();
    void peerCloseFollowsLimitedInput();
    void partialPeekMakesAsMuchRoom();
    void partialReadAboveLimitMakesNoRoom();
    void oneReadyReadEmptiesKernel();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_SocketReadyRead::readyReadBringsAllInput()
{
    Wire wire;
    qint64 seen = 0;
    wire.record->on("readyRead", [&] { seen = wire.socket->bytesAvailable(); });
    wire.sendFromPeer(QByteArray(20'000, 'x'));
    wire.sendFromPeer(QByteArray(10'000, 'y'));
    testing::settle();
    QCOMPARE(seen, 30'000);
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected"));
}

void tst_SocketReadyRead::readyReadNeedsNewBytes()
{
    Wire wire;
    QVERIFY(wire.deliver("hello"));
    wire.record->take();
    wire.socket->read(2);
    testing::settle();
    QCOMPARE(wire.record->log(), QStringList());
    QVERIFY(wire.deliver("!"));
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected"));
}

void tst_SocketReadyRead::bytesDuringHandlerFollowIt()
{
    Wire wire;
    wire.record->on("readyRead", [&] {
        wire.socket->readAll();
        wire.sendFromPeer("second");
    });
    wire.sendFromPeer("first");
    testing::settle();
    QCOMPARE(wire.record->log(), QStringList({ "readyRead @Connected", "readyRead @Connected" }));
    QCOMPARE(wire.socket->readAll(), QByteArray("second"));
}

void tst_SocketReadyRead::readyReadIsNotNested()
{
    Wire wire;
    QStringList nested;
    wire.record->on("readyRead", [&] {
        wire.record->take();
        wire.sendFromPeer(" more");
        testing::turnUntil([&] { return wire.socket->bytesAvailable() == 10; });
        nested = wire.record->log();
    });
    wire.sendFromPeer("first");
    testing::settle();
    QCOMPARE(nested, QStringList());
    QCOMPARE(wire.socket->readAll(), QByteArray("first more"));
}

void tst_SocketReadyRead::nestedLoopServesOtherSockets()
{
    Wire one, other;
    bool served = false;
    const auto nest = [&](Wire &self, Wire &second) {
        self.record->on("readyRead", [&] {
            second.record->on("", nullptr);
            served = testing::turnUntil([&] { return second.socket->bytesAvailable() == 1; });
        });
    };
    nest(one, other);
    nest(other, one);
    one.sendFromPeer("1");
    other.sendFromPeer("2");
    QVERIFY(testing::turnUntil(
            [&] { return one.socket->bytesAvailable() && other.socket->bytesAvailable(); }));
    QVERIFY(served);
}

void tst_SocketReadyRead::writeOnlySocketAnnouncesNoInput()
{
    Wire wire(QIODevice::WriteOnly);
    wire.sendFromPeer("unheard");
    testing::settle();
    QCOMPARE(wire.record->log(), QStringList());
    QCOMPARE(wire.socket->bytesAvailable(), 0);
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), testing::peerCloseOrder());
}

void tst_SocketReadyRead::limitBoundsInput_data()
{
    QTest::addColumn<int>("limit");
    QTest::newRow("1") << 1;
    QTest::newRow("10") << 10;
    QTest::newRow("4096") << 4096;
}

void tst_SocketReadyRead::limitBoundsInput()
{
    QFETCH(int, limit);
    Wire wire;
    wire.socket->setReadBufferSize(limit);
    QCOMPARE(wire.socket->readBufferSize(), limit);
    wire.sendFromPeer(QByteArray(20'000, 'x'));
    testing::settle();
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected"));
    QCOMPARE(wire.socket->bytesAvailable(), limit);
}

void tst_SocketReadyRead::readMakesRoomUnderLimit()
{
    Wire wire;
    wire.socket->setReadBufferSize(4096);
    QList<qsizetype> sizes;
    QObject::connect(wire.socket.get(), &QIODevice::readyRead,
                     [&] { sizes << wire.socket->readAll().size(); });
    wire.sendFromPeer(QByteArray(10'000, 'x'));
    testing::settle();
    QCOMPARE(sizes, QList<qsizetype>({ 4096, 4096, 1808 }));
}

// Only input that found no room has to wait until everything is read.
void tst_SocketReadyRead::partialReadMakesRoom()
{
    Wire wire;
    wire.socket->setReadBufferSize(10);
    wire.sendFromPeer(QByteArray(10, 'x'));
    testing::settle();
    QCOMPARE(wire.socket->read(5).size(), 5);
    wire.sendFromPeer(QByteArray(12, 'y'));
    testing::settle();
    QCOMPARE(wire.record->log(), QStringList({ "readyRead @Connected", "readyRead @Connected" }));
    QCOMPARE(wire.socket->bytesAvailable(), 10);
}

void tst_SocketReadyRead::partialReaderGetsRest()
{
    Wire wire;
    wire.socket->setReadBufferSize(10);
    QByteArray received;
    connect(wire.socket.get(), &QIODevice::readyRead, this,
            [&] { received += wire.socket->read(5); });
    wire.sendFromPeer(QByteArray(30, 'x'));
    testing::settle();
    QVERIFY2(received.size() >= 25, qPrintable(QString::number(received.size())));
}

void tst_SocketReadyRead::peekSeesBeyondLimit()
{
    Wire wire;
    wire.socket->setReadBufferSize(10);
    QList<qsizetype> sizes;
    connect(wire.socket.get(), &QIODevice::readyRead, this,
            [&] { sizes << wire.socket->peek(100).size(); });
    wire.sendFromPeer(QByteArray(35, 'x'));
    testing::settle();
    QCOMPARE(sizes, QList<qsizetype>({ 10, 20, 30, 35 }));
}

void tst_SocketReadyRead::raisedLimitTakesMore()
{
    Wire wire;
    wire.socket->setReadBufferSize(10);
    wire.sendFromPeer(QByteArray(50, 'x'));
    testing::settle();
    QCOMPARE(wire.socket->bytesAvailable(), 10);
    wire.socket->setReadBufferSize(30);
    testing::settle();
    QCOMPARE(wire.socket->bytesAvailable(), 30);
    wire.socket->setReadBufferSize(0);
    testing::settle();
    QCOMPARE(wire.socket->bytesAvailable(), 50);
    QCOMPARE(wire.record->log().size(), 3);
}

void tst_SocketReadyRead::loweredLimitWaitsForReading()
{
    Wire wire;
    QVERIFY(wire.deliver(QByteArray(22, 'x')));
    wire.socket->setReadBufferSize(5);
    QCOMPARE(wire.socket->read(20).size(), 20);
    wire.sendFromPeer("y");
    testing::settle();
    QCOMPARE(wire.socket->bytesAvailable(), 2);
    QCOMPARE(wire.socket->readAll(), QByteArray("xx"));
    testing::settle();
    QCOMPARE(wire.socket->readAll(), QByteArray("y"));
}

void tst_SocketReadyRead::loopInReadyReadGoesIdle()
{
    Wire wire;
    bool rested = false;
    wire.record->on("readyRead", [&] {
        testing::settle();
        rested = true;
    });
    wire.sendFromPeer("x");
    QVERIFY(testing::turnUntil([&] { return rested; }));
}

void tst_SocketReadyRead::limitIsKeptAcrossConnections()
{
    testing::Pair pair;
    pair.client->setReadBufferSize(10);
    QVERIFY(pair.open());
    pair.accepted->write(QByteArray(50, 'x'));
    testing::settle();
    QCOMPARE(pair.client->readBufferSize(), 10);
    QCOMPARE(pair.client->bytesAvailable(), 10);
}

void tst_SocketReadyRead::peerCloseFollowsLimitedInput()
{
    Wire wire;
    wire.socket->setReadBufferSize(10);
    wire.sendFromPeer(QByteArray(25, 'x'));
    wire.closePeer();
    testing::settle();
    QCOMPARE(wire.socket->state(), QLocalSocket::ConnectedState);
    qsizetype read = 0;
    QVERIFY(testing::turnUntil([&] { return (read += wire.socket->readAll().size()) == 25; }));
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log().mid(wire.record->log().size() - 5), testing::peerCloseOrder());
}

void tst_SocketReadyRead::partialPeekMakesAsMuchRoom()
{
    Wire wire;
    wire.socket->setReadBufferSize(100);
    connect(wire.socket.get(), &QIODevice::readyRead, this, [&] { wire.socket->peek(1); });
    wire.sendFromPeer(QByteArray(1000, 'x'));
    testing::settle();
    QCOMPARE(wire.socket->bytesAvailable(), 101);
}

void tst_SocketReadyRead::partialReadAboveLimitMakesNoRoom()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->write("0123456789");
    testing::settle();
    pair.client->setReadBufferSize(1);
    pair.accepted->write("more");
    QCOMPARE(pair.client->read(1), QByteArray("0"));
    testing::settle();
    QCOMPARE(pair.client->bytesAvailable(), 9);
}

void tst_SocketReadyRead::oneReadyReadEmptiesKernel()
{
    Wire wire;
    // As much as the system grants.
    const int wanted = 1 << 20;
    ::setsockopt(wire.peer, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
    const QByteArray block(10'000, 'x');
    qint64 sent = 0;
    for (ssize_t count = 1; count > 0;) {
        count = ::send(wire.peer, block.constData(), size_t(block.size()), MSG_NOSIGNAL);
        sent += qMax<ssize_t>(count, 0);
    }
    qint64 first = 0;
    wire.record->on("readyRead", [&] { first = wire.socket->readAll().size(); });
    QVERIFY(testing::turnUntil([&] { return first > 0; }));
    QCOMPARE(first, sent);
}

QTEST_GUILESS_MAIN(tst_SocketReadyRead)
#include "tst_socket_ready_read.moc"
