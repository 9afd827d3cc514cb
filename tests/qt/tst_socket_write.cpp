// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: writing, when bytes are sent, and how that is announced.

#include "recorder.h"

#include <QtCore/QDataStream>
#include <QtCore/QTextStream>
#include <QtCore/QTimer>
#include <QtTest/QtTest>

#include <optional>

using testing::moreThanKernelHolds;
using testing::Wire;

class tst_SocketWrite : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void writeQueuesEverything();
    void oneEventLoopTurnSends();
    void writesOfOneTurnAreAnnouncedOnce();
    void writesOfOneTurnArriveTogether();
    void writeInHandlerIsSentAtTurnEnd();
    void writeInTimerIsSentAtTurnEnd();
    void writeInConnectedArrives();
    void bytesToWriteDropsWhenAnnounced();
    void flushSendsImmediately();
    void emptyFlushIsFalse();
    void blockedFlushIsFalse();
    void emptyWriteIsSilent();
    void largeWriteIsWholeAtBothEnds();
    void bytesKeepOrderAcrossFlushes();
    void unbufferedWritesWaitForEventLoop();
    void streamsWriteThroughSocket();

    void bytesWrittenHandlerCanWrite();
    void bytesWrittenIsNotNested();
    void connectingAfterWriteIsInTime();
    void readyReadPrecedesBytesWritten();

    void writeBeforeConnectingIsRefused();
    void readOnlySocketRefusesWrite();
    void negativeWriteIsRefused();
    void writeAfterEndIsRefusedSilently();
    void writeToClosedPeerFailsInLoop();
    void flushToClosedPeerFails();
    void peersReadShutdownIsError();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// Bytes in which neighbouring parts differ.
QByteArray pattern(int size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    for (int i = 0; i < size; ++i)
        bytes[i] = char((i * 31) ^ (i >> 8) ^ (i >> 16));
    return bytes;
}

} // namespace

void tst_SocketWrite::writeQueuesEverything()
{
    Wire wire;
    QCOMPARE(wire.socket->write("hello"), 5);
    QCOMPARE(wire.socket->write(QByteArray(100'000, 'x')), 100'000);
    QCOMPARE(wire.socket->bytesToWrite(), 100'005);
    QCOMPARE(wire.atPeer(), QByteArray());
    QCOMPARE(wire.record->log(), QStringList());
}

void tst_SocketWrite::oneEventLoopTurnSends()
{
    Wire wire;
    wire.socket->write("hello");
    QCoreApplication::processEvents();
    QCOMPARE(wire.atPeer(), QByteArray("hello"));
}

void tst_SocketWrite::writesOfOneTurnAreAnnouncedOnce()
{
    Wire wire;
    wire.socket->write("abc");
    wire.socket->write("de");
    wire.socket->write("f");
    testing::settle();
    QCOMPARE(wire.record->log(), QStringList("bytesWritten(6) @Connected"));
    QCOMPARE(wire.atPeer(), QByteArray("abcdef"));
}

void tst_SocketWrite::writesOfOneTurnArriveTogether()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QList<QByteArray> messages;
    QObject::connect(pair.accepted, &QIODevice::readyRead,
                     [&] { messages << pair.accepted->readAll(); });
    const QByteArray header("header"), body(32 * 1024 - header.size(), 'b');
    pair.client->write(header);
    pair.client->write(body);
    testing::settle();
    QCOMPARE(messages, QList<QByteArray>() << header + body);
}

void tst_SocketWrite::writeInHandlerIsSentAtTurnEnd()
{
    Wire wire;
    QByteArray seen("unset");
    wire.record->on("readyRead", [&] {
        wire.socket->write("answer");
        seen = wire.atPeer();
    });
    wire.sendFromPeer("question");
    testing::settle();
    QCOMPARE(seen, QByteArray());
    QCOMPARE(wire.atPeer(), QByteArray("answer"));
}

void tst_SocketWrite::writeInTimerIsSentAtTurnEnd()
{
    Wire wire;
    QTimer::singleShot(0, wire.socket.get(), [&] { wire.socket->write("tick"); });
    QCOMPARE(wire.receiveAtPeer(4), QByteArray("tick"));
}

void tst_SocketWrite::writeInConnectedArrives()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    QObject::connect(pair.client, &QLocalSocket::connected, [&] { pair.client->write("first"); });
    QVERIFY(pair.connect());
    QVERIFY(testing::turnUntil([&] { return pair.accepted->bytesAvailable() == 5; }));
}

void tst_SocketWrite::bytesToWriteDropsWhenAnnounced()
{
    Wire wire;
    qint64 inHandler = -1;
    wire.record->on("bytesWritten(5)", [&] { inHandler = wire.socket->bytesToWrite(); });
    wire.socket->write("hello");
    QCOMPARE(wire.socket->bytesToWrite(), 5);
    testing::settle();
    QCOMPARE(inHandler, 0);
}

void tst_SocketWrite::flushSendsImmediately()
{
    Wire wire;
    wire.socket->write("hello");
    QVERIFY(wire.socket->flush());
    QCOMPARE(wire.record->log(), QStringList("bytesWritten(5) @Connected"));
    QCOMPARE(wire.atPeer(), QByteArray("hello"));
    QCOMPARE(wire.socket->bytesToWrite(), 0);
}

void tst_SocketWrite::emptyFlushIsFalse()
{
    Wire wire;
    QVERIFY(!wire.socket->flush());
    wire.socket->write("x");
    QVERIFY(wire.socket->flush());
    QVERIFY(!wire.socket->flush());
    QLocalSocket unconnected;
    QVERIFY(!unconnected.flush());
}

void tst_SocketWrite::blockedFlushIsFalse()
{
    Wire wire;
    wire.socket->write(QByteArray(moreThanKernelHolds, 'x'));
    while (wire.socket->flush()) { }
    QVERIFY(wire.socket->bytesToWrite() > 0);
    QCOMPARE(wire.socket->state(), QLocalSocket::ConnectedState);
}

void tst_SocketWrite::emptyWriteIsSilent()
{
    Wire wire;
    QCOMPARE(wire.socket->write("", 0), 0);
    QCOMPARE(wire.socket->write(QByteArray()), 0);
    QVERIFY(!wire.socket->flush());
    testing::settle();
    QCOMPARE(wire.record->log(), QStringList());
}

void tst_SocketWrite::largeWriteIsWholeAtBothEnds()
{
    Wire wire;
    qint64 announced = 0;
    QObject::connect(wire.socket.get(), &QIODevice::bytesWritten,
                     [&](qint64 bytes) { announced += bytes; });
    const QByteArray sent = pattern(moreThanKernelHolds);
    QCOMPARE(wire.socket->write(sent), sent.size());
    QVERIFY(wire.receiveAtPeer(sent.size()) == sent);
    QVERIFY(testing::turnUntil([&] { return announced == sent.size(); }));
    QCOMPARE(wire.socket->bytesToWrite(), 0);
}

void tst_SocketWrite::bytesKeepOrderAcrossFlushes()
{
    Wire wire;
    const QByteArray sent = pattern(900'000);
    for (int at = 0, step = 1; at < sent.size(); at += step, step = step * 3 % 70'001) {
        wire.socket->write(sent.mid(at, step));
        if (step % 2)
            wire.socket->flush();
    }
    QVERIFY(wire.receiveAtPeer(sent.size()) == sent);
}

void tst_SocketWrite::unbufferedWritesWaitForEventLoop()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Unbuffered);
    QCOMPARE(wire.socket->write("abc"), 3);
    QCOMPARE(wire.socket->write("d"), 1);
    QCOMPARE(wire.socket->bytesToWrite(), 4);
    QCOMPARE(wire.atPeer(), QByteArray());
    testing::settle();
    QCOMPARE(wire.record->log(), QStringList("bytesWritten(4) @Connected"));
    QCOMPARE(wire.atPeer(), QByteArray("abcd"));
}

void tst_SocketWrite::streamsWriteThroughSocket()
{
    Wire wire;
    QDataStream(wire.socket.get()) << quint16(0x4142);
    QTextStream(wire.socket.get()) << "text " << 42;
    wire.socket->putChar('!');
    QCOMPARE(wire.receiveAtPeer(10), QByteArray("ABtext 42!"));
}

void tst_SocketWrite::bytesWrittenHandlerCanWrite()
{
    Wire wire;
    wire.record->on("bytesWritten(1)", [&] { wire.socket->write("22"); });
    wire.socket->write("1");
    testing::settle();
    QCOMPARE(wire.record->log(),
             QStringList({ "bytesWritten(1) @Connected", "bytesWritten(2) @Connected" }));
    QCOMPARE(wire.atPeer(), QByteArray("122"));
}

void tst_SocketWrite::connectingAfterWriteIsInTime()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    // Nothing is connected to the first one.
    pair.client->write("first");
    QVERIFY(testing::turnUntil([&] { return pair.accepted->bytesAvailable() == 5; }));
    QCOMPARE(pair.client->bytesToWrite(), 0);
    pair.client->write("next");
    QSignalSpy announced(pair.client, &QIODevice::bytesWritten);
    QVERIFY(testing::turnUntil([&] { return pair.accepted->bytesAvailable() == 9; }));
    QCOMPARE(announced.count(), 1);
    QCOMPARE(announced.at(0).at(0).toLongLong(), 4);
}

void tst_SocketWrite::bytesWrittenIsNotNested()
{
    Wire wire;
    QStringList inHandler;
    wire.record->on("bytesWritten(1)", [&] {
        wire.record->take();
        wire.socket->write("22");
        const bool flushed = wire.socket->flush();
        wire.socket->write("333");
        const bool waited = wire.socket->waitForBytesWritten(5000);
        inHandler = QStringList(wire.record->log())
                << QString::number(flushed) << QString::number(waited);
    });
    wire.socket->write("1");
    testing::settle();
    QCOMPARE(inHandler, QStringList({ "1", "1" }));
    QCOMPARE(wire.atPeer(), QByteArray("122333"));
}

void tst_SocketWrite::readyReadPrecedesBytesWritten()
{
    Wire wire;
    wire.sendFromPeer("in");
    wire.socket->write("out");
    testing::settle();
    QCOMPARE(wire.record->log(),
             QStringList({ "readyRead @Connected", "bytesWritten(3) @Connected" }));
}

void tst_SocketWrite::writeBeforeConnectingIsRefused()
{
    QLocalSocket socket;
    QTest::ignoreMessage(QtWarningMsg, "QIODevice::write (QLocalSocket): device not open");
    QCOMPARE(socket.write("x"), -1);
}

void tst_SocketWrite::readOnlySocketRefusesWrite()
{
    Wire wire(QIODevice::ReadOnly);
    QTest::ignoreMessage(QtWarningMsg, "QIODevice::write (QLocalSocket): ReadOnly device");
    QCOMPARE(wire.socket->write("x"), -1);
}

void tst_SocketWrite::negativeWriteIsRefused()
{
    Wire wire;
    QTest::ignoreMessage(QtWarningMsg, "QIODevice::write (QLocalSocket): Called with maxSize < 0");
    QCOMPARE(wire.socket->write("x", -1), -1);
}

void tst_SocketWrite::writeAfterEndIsRefusedSilently()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    wire.record->take();
    QCOMPARE(wire.socket->write("x"), -1);
    testing::settle();
    QCOMPARE(wire.record->log(), QStringList());
    QCOMPARE(wire.socket->bytesToWrite(), 0);
}

void tst_SocketWrite::writeToClosedPeerFailsInLoop()
{
    Wire wire;
    wire.closePeer();
    QCOMPARE(wire.socket->write("lost"), 4);
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), testing::peerCloseOrder());
    QCOMPARE(wire.socket->bytesToWrite(), 0);
}

void tst_SocketWrite::flushToClosedPeerFails()
{
    Wire wire;
    wire.closePeer();
    QCOMPARE(wire.socket->write("lost"), 4);
    QVERIFY(!wire.socket->flush());
    QCOMPARE(wire.record->log(), QStringList("error(PeerClosed) @Connected") + testing::endOrder());
    QVERIFY(wire.socket->isOpen());
}

void tst_SocketWrite::peersReadShutdownIsError()
{
    Wire wire;
    QCOMPARE(::shutdown(wire.peer, SHUT_RD), 0);
    wire.socket->write("lost");
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), QStringList("error(PeerClosed) @Connected") + testing::endOrder());
}

QTEST_GUILESS_MAIN(tst_SocketWrite)
#include "tst_socket_write.moc"
