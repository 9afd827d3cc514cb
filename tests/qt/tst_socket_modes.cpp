// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: opened for one direction only, without a buffer, and in text mode.

#include "recorder.h"

#include <QtTest/QtTest>

#include <optional>

using testing::Wire;

class tst_SocketModes : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void readOnlySocketAnnouncesInput();
    void readOnlySocketKeepsOtherDirection();
    void readOnlySocketHasNothingToWrite();
    void readOnlySocketSeesPeerClose();
    void readOnlySocketEndsInOrder_data() { ends(); }
    void readOnlySocketEndsInOrder();

    void writeOnlySocketSends();
    void writeOnlySocketWaitsForBytes();
    void writeOnlySocketHasNothingToRead();
    void writeOnlySocketSeesPeerCloseInWait();

    void unbufferedSocketReadsLines();
    void unbufferedSocketPutsBack();
    void unbufferedSocketSkips();
    void unbufferedSocketRollsBack();
    void unbufferedSocketReadsAtEnd();
    void unbufferedWriteIsSentAtTurnEnd();
    void flushAndWaitSendUnbufferedWrite();

    void textModeDropsCarriageReturns();
    void textModeDropsLoneCarriageReturn();
    void textModeCountsRawBytes();
    void textModeSendsLineFeedsUnchanged();
    void textModeCanChangeWhileOpen();
    void textModePeekMatchesRead();

    void modeIsKeptAfterPeerClose();
    void modeCanChangePerConnection();
    void modeIsKeptUntilDeviceReopens();

private:
    static void ends();

    std::optional<testing::Watchdog> m_watchdog;
};

void tst_SocketModes::ends()
{
    QTest::addColumn<int>("call");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("abort") << 0 << testing::abortOrder();
    QTest::newRow("close") << 1
                           << QStringList({ "aboutToClose @Connected", "state(Closing) @Closing" })
                    + testing::endOrder();
    QTest::newRow("disconnectFromServer")
            << 2 << QStringList("state(Closing) @Closing") + testing::endOrder();
}

void tst_SocketModes::readOnlySocketAnnouncesInput()
{
    Wire wire(QIODevice::ReadOnly);
    QVERIFY(wire.deliver("hello"));
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected"));
    QCOMPARE(wire.socket->readAll(), QByteArray("hello"));
}

void tst_SocketModes::readOnlySocketKeepsOtherDirection()
{
    Wire wire(QIODevice::ReadOnly);
    testing::settle();
    char byte;
    QCOMPARE(::recv(wire.peer, &byte, 1, MSG_DONTWAIT), ssize_t(-1));
    QCOMPARE(errno, EAGAIN);
}

void tst_SocketModes::readOnlySocketHasNothingToWrite()
{
    Wire wire(QIODevice::ReadOnly);
    QVERIFY(!wire.socket->flush());
    QVERIFY(!wire.socket->waitForBytesWritten(-1));
    QCOMPARE(wire.socket->bytesToWrite(), 0);
}

void tst_SocketModes::readOnlySocketSeesPeerClose()
{
    Wire wire(QIODevice::ReadOnly);
    wire.sendFromPeer("bye");
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected") + testing::peerCloseOrder());
    QCOMPARE(wire.socket->readAll(), QByteArray("bye"));
}

void tst_SocketModes::readOnlySocketEndsInOrder()
{
    QFETCH(int, call);
    QFETCH(QStringList, expected);
    Wire wire(QIODevice::ReadOnly);
    if (call == 0)
        wire.socket->abort();
    else if (call == 1)
        wire.socket->close();
    else
        wire.socket->disconnectFromServer();
    QCOMPARE(wire.record->log(), expected);
}

void tst_SocketModes::writeOnlySocketSends()
{
    Wire wire(QIODevice::WriteOnly);
    QCOMPARE(wire.socket->write("hello"), 5);
    testing::settle();
    QCOMPARE(wire.record->log(), QStringList("bytesWritten(5) @Connected"));
    QCOMPARE(wire.atPeer(), QByteArray("hello"));
}

void tst_SocketModes::writeOnlySocketWaitsForBytes()
{
    Wire wire(QIODevice::WriteOnly);
    wire.sendFromPeer("unheard");
    wire.socket->write("hello");
    QVERIFY(wire.socket->waitForBytesWritten(5000));
    QCOMPARE(wire.record->log(), QStringList("bytesWritten(5) @Connected"));
}

void tst_SocketModes::writeOnlySocketHasNothingToRead()
{
    Wire wire(QIODevice::WriteOnly);
    wire.sendFromPeer("unheard\n");
    testing::settle();
    QCOMPARE(wire.socket->bytesAvailable(), 0);
    QVERIFY(!wire.socket->canReadLine());
}

void tst_SocketModes::writeOnlySocketSeesPeerCloseInWait()
{
    Wire wire(QIODevice::WriteOnly);
    wire.closePeer();
    QVERIFY(wire.socket->waitForDisconnected(5000));
    QCOMPARE(wire.record->log(), testing::peerCloseOrder());
}

void tst_SocketModes::unbufferedSocketReadsLines()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Unbuffered);
    QVERIFY(wire.deliver("one\ntwo\nthr"));
    QCOMPARE(wire.socket->readLine(), QByteArray("one\n"));
    QVERIFY(wire.socket->canReadLine());
    QCOMPARE(wire.socket->readLine(), QByteArray("two\n"));
    QVERIFY(!wire.socket->canReadLine());
    QCOMPARE(wire.socket->readLine(), QByteArray("thr"));
}

void tst_SocketModes::unbufferedSocketPutsBack()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Unbuffered);
    QVERIFY(wire.deliver("hello"));
    QCOMPARE(wire.socket->read(1), QByteArray("h"));
    wire.socket->ungetChar('J');
    QCOMPARE(wire.socket->bytesAvailable(), 5);
    QCOMPARE(wire.socket->readAll(), QByteArray("Jello"));
}

void tst_SocketModes::unbufferedSocketSkips()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Unbuffered);
    QVERIFY(wire.deliver("hello"));
    QCOMPARE(wire.socket->skip(2), 2);
    QCOMPARE(wire.socket->peek(2), QByteArray("ll"));
    QCOMPARE(wire.socket->skip(9), 3);
}

void tst_SocketModes::unbufferedSocketRollsBack()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Unbuffered);
    QVERIFY(wire.deliver("hello"));
    wire.socket->startTransaction();
    QCOMPARE(wire.socket->read(3), QByteArray("hel"));
    wire.socket->rollbackTransaction();
    QCOMPARE(wire.socket->bytesAvailable(), 5);
    QCOMPARE(wire.socket->readAll(), QByteArray("hello"));
}

void tst_SocketModes::unbufferedSocketReadsAtEnd()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Unbuffered);
    wire.sendFromPeer("bye");
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    char bytes[8];
    QCOMPARE(wire.socket->read(bytes, sizeof bytes), 3);
    QCOMPARE(wire.socket->read(bytes, sizeof bytes), -1);
}

void tst_SocketModes::unbufferedWriteIsSentAtTurnEnd()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Unbuffered);
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

void tst_SocketModes::flushAndWaitSendUnbufferedWrite()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Unbuffered);
    wire.socket->write("one");
    QVERIFY(wire.socket->flush());
    QCOMPARE(wire.atPeer(), QByteArray("one"));
    wire.socket->write("two");
    QVERIFY(wire.socket->waitForBytesWritten(5000));
    QCOMPARE(wire.atPeer(), QByteArray("two"));
}

void tst_SocketModes::textModeDropsCarriageReturns()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Text);
    QVERIFY(wire.socket->isTextModeEnabled());
    QVERIFY(wire.deliver("one\r\ntwo\r\n"));
    QVERIFY(wire.socket->canReadLine());
    QCOMPARE(wire.socket->readLine(), QByteArray("one\n"));
    char line[16];
    QCOMPARE(wire.socket->readLine(line, sizeof line), 4);
    QCOMPARE(QByteArray(line), QByteArray("two\n"));
}

void tst_SocketModes::textModeDropsLoneCarriageReturn()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Text);
    QVERIFY(wire.deliver("a\rb\r\r\nc"));
    QCOMPARE(wire.socket->readAll(), QByteArray("ab\nc"));
}

void tst_SocketModes::textModeCountsRawBytes()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Text);
    QVERIFY(wire.deliver("one\r\n"));
    QCOMPARE(wire.socket->bytesAvailable(), 5);
    QCOMPARE(wire.socket->size(), 5);
}

void tst_SocketModes::textModeSendsLineFeedsUnchanged()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Text);
    QCOMPARE(wire.socket->write("one\ntwo\r\n"), 9);
    QCOMPARE(wire.receiveAtPeer(9), QByteArray("one\ntwo\r\n"));
}

void tst_SocketModes::textModeCanChangeWhileOpen()
{
    Wire wire;
    QVERIFY(wire.deliver("one\r\ntwo\r\nthree\r\n"));
    QCOMPARE(wire.socket->readLine(), QByteArray("one\r\n"));
    wire.socket->setTextModeEnabled(true);
    QCOMPARE(wire.socket->readLine(), QByteArray("two\n"));
    wire.socket->setTextModeEnabled(false);
    QCOMPARE(wire.socket->readLine(), QByteArray("three\r\n"));
}

void tst_SocketModes::textModePeekMatchesRead()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Text);
    QVERIFY(wire.deliver("a\r\nb"));
    QCOMPARE(wire.socket->peek(100), QByteArray("a\nb"));
    QCOMPARE(wire.socket->readAll(), QByteArray("a\nb"));
}

void tst_SocketModes::modeIsKeptAfterPeerClose()
{
    Wire wire(QIODevice::ReadOnly | QIODevice::Text);
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.socket->openMode(), QIODevice::ReadOnly | QIODevice::Text);
    QVERIFY(wire.socket->isReadable() && !wire.socket->isWritable());
}

void tst_SocketModes::modeCanChangePerConnection()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QLocalSocket socket;
    for (const QIODevice::OpenMode mode :
         { QIODevice::OpenMode(QIODevice::ReadOnly), QIODevice::OpenMode(QIODevice::WriteOnly),
           QIODevice::ReadWrite | QIODevice::Unbuffered, QIODevice::ReadWrite | QIODevice::Text,
           QIODevice::OpenMode(QIODevice::ReadWrite) }) {
        socket.connectToServer(server.serverName(), mode);
        QCOMPARE(socket.openMode(), mode);
        QVERIFY(server.waitForNewConnection(5000));
        QLocalSocket *accepted = server.nextPendingConnection();
        if (socket.isWritable()) {
            socket.write("out");
            QVERIFY(socket.flush());
            QVERIFY(accepted->waitForReadyRead(5000));
        }
        if (socket.isReadable()) {
            accepted->write("in");
            QVERIFY(accepted->flush());
            QVERIFY(socket.waitForReadyRead(5000));
            QCOMPARE(socket.readAll(), QByteArray("in"));
        }
        socket.abort();
    }
}

void tst_SocketModes::modeIsKeptUntilDeviceReopens()
{
    const QIODevice::OpenMode unbuffered = QIODevice::WriteOnly | QIODevice::Unbuffered;
    Wire wire(QIODevice::ReadWrite);
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QList<QIODevice::OpenMode> modes;
    // The socket emits stateChanged() once more when it is deleted.
    const QObject context;
    connect(&*wire.socket, &QLocalSocket::stateChanged, &context,
            [&] { modes += wire.socket->openMode(); });
    connect(&*wire.socket, &QLocalSocket::connected, &context,
            [&] { modes += wire.socket->openMode(); });
    wire.socket->connectToServer(server.serverName(), unbuffered);
    const QIODevice::OpenMode old = QIODevice::ReadWrite;
    QCOMPARE(modes, (QList<QIODevice::OpenMode> { old, old, unbuffered }));
}

QTEST_GUILESS_MAIN(tst_SocketModes)
#include "tst_socket_modes.moc"
