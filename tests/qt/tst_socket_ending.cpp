// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: calls inside handlers of a disconnect, their immediate and later effects.

#include "recorder.h"

#include <QtTest/QtTest>

#include <optional>

using testing::endOrder;
using testing::peerCloseOrder;
using testing::Wire;

class tst_SocketEnding : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void restFollowsHandler_data();
    void restFollowsHandler();
    void loopInReadyReadSeesEnd();
    void flushInReadyReadSeesNoEnd();
    void disconnectInErrorHandlerEmitsRest();
    void closeInClosingHandlerEmitsRest();
    void connectBeforeEndIsError();
    void writeInClosingHandlerIsSent();
    void writeInClosingBytesWrittenIsSent();
    void unsentBytesCountUntilDisconnected();
    void readInClosingIsAtEnd();
    void readBeforeAnnouncedEndIsZero();
    void validUntilEndIsAnnounced();
    void abortDropsReadAheadBytes();
    void abortClearsSetName();
    void failureClosesDeviceInNewState();
    void unreadBytesOutliveAttempt();
    void waitLeavesHandlersWrites();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_SocketEnding::restFollowsHandler_data()
{
    QTest::addColumn<QString>("entry");
    QTest::addColumn<bool>("loops");
    for (const char *entry :
         { "error(PeerClosed)", "state(Closing)", "state(Unconnected)", "finished" }) {
        QTest::addRow("flush in %s", entry) << QString::fromLatin1(entry) << false;
        QTest::addRow("event loop in %s", entry) << QString::fromLatin1(entry) << true;
    }
}

void tst_SocketEnding::restFollowsHandler()
{
    QFETCH(const QString, entry);
    QFETCH(const bool, loops);
    Wire wire;
    QStringList log;
    wire.record->on(entry, [&] {
        if (loops)
            testing::settle();
        else
            wire.socket->flush();
        log = wire.record->log();
    });
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QVERIFY(log.last().startsWith(entry));
    QCOMPARE(wire.record->log(), peerCloseOrder());
}

void tst_SocketEnding::loopInReadyReadSeesEnd()
{
    Wire wire;
    QStringList log;
    wire.record->on("readyRead", [&] {
        testing::settle();
        log = wire.record->log();
    });
    wire.sendFromPeer("x");
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(log, QStringList { "readyRead @Connected" } + peerCloseOrder());
    QCOMPARE(wire.record->log(), log);
}

void tst_SocketEnding::flushInReadyReadSeesNoEnd()
{
    Wire wire;
    QStringList log;
    wire.record->on("readyRead", [&] {
        wire.socket->flush();
        log = wire.record->log();
    });
    wire.sendFromPeer("x");
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(log, QStringList { "readyRead @Connected" });
}

void tst_SocketEnding::disconnectInErrorHandlerEmitsRest()
{
    Wire wire;
    QStringList log;
    wire.record->on("error(PeerClosed)", [&] {
        wire.socket->disconnectFromServer();
        log = wire.record->log();
    });
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(log, peerCloseOrder());
}

void tst_SocketEnding::closeInClosingHandlerEmitsRest()
{
    Wire wire;
    QStringList log;
    wire.record->on("state(Closing)", [&] {
        wire.socket->close();
        log = wire.record->log();
    });
    wire.socket->disconnectFromServer();
    QCOMPARE(log, QStringList({ "state(Closing) @Closing", "aboutToClose @Closing" }) + endOrder());
}

void tst_SocketEnding::connectBeforeEndIsError()
{
    Wire wire;
    wire.record->on("error(PeerClosed)", [&] { wire.socket->connectToServer("elsewhere"); });
    QTest::ignoreMessage(QtWarningMsg,
                         "QLocalSocket::setServerName() called while not in unconnected state");
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QStringList expected = peerCloseOrder();
    expected.insert(1, "error(Operation) @Connected");
    QCOMPARE(wire.record->log(), expected);
}

void tst_SocketEnding::writeInClosingHandlerIsSent()
{
    Wire wire;
    wire.record->on("state(Closing)", [&] { QCOMPARE(wire.socket->write("late"), 4); });
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.socket->state(), QLocalSocket::ClosingState);
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.atPeer(), "late");
    QCOMPARE(wire.record->log(),
             QStringList({ "state(Closing) @Closing", "bytesWritten(4) @Closing" }) + endOrder());
}

void tst_SocketEnding::writeInClosingBytesWrittenIsSent()
{
    Wire wire;
    wire.record->on("bytesWritten(5)", [&] { QCOMPARE(wire.socket->write("late"), 4); });
    wire.socket->write("early");
    wire.socket->disconnectFromServer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.atPeer(), "earlylate");
}

void tst_SocketEnding::unsentBytesCountUntilDisconnected()
{
    Wire wire;
    QList<qint64> counts;
    const auto count = [&] { counts << wire.socket->bytesToWrite(); };
    connect(wire.socket.get(), &QLocalSocket::readChannelFinished, this, count);
    connect(wire.socket.get(), &QLocalSocket::disconnected, this, count);
    wire.closePeer();
    wire.socket->write("unsent");
    QVERIFY(wire.waitForEnd());
    QCOMPARE(counts, QList<qint64>({ 6, 6 }));
    QCOMPARE(wire.socket->bytesToWrite(), 0);
}

void tst_SocketEnding::readInClosingIsAtEnd()
{
    Wire wire;
    wire.socket->write("x");
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.socket->state(), QLocalSocket::ClosingState);
    char byte;
    QCOMPARE(wire.socket->read(&byte, 1), -1);
}

void tst_SocketEnding::readBeforeAnnouncedEndIsZero()
{
    Wire wire;
    qint64 atEnd = -2;
    wire.record->on("readyRead", [&] {
        char byte;
        QCOMPARE(wire.socket->read(&byte, 1), 1);
        atEnd = wire.socket->read(&byte, 1);
    });
    wire.sendFromPeer("x");
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(atEnd, 0);
}

void tst_SocketEnding::validUntilEndIsAnnounced()
{
    Wire wire;
    bool valid = false;
    wire.record->on("readyRead", [&] { valid = wire.socket->isValid(); });
    wire.sendFromPeer("x");
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QVERIFY(valid);
}

void tst_SocketEnding::abortDropsReadAheadBytes()
{
    Wire wire;
    QVERIFY(wire.deliver("0123456789"));
    QCOMPARE(wire.socket->read(2), "01");
    qint64 left = -1;
    wire.record->on("state(Unconnected)", [&] { left = wire.socket->bytesAvailable(); });
    wire.socket->abort();
    QCOMPARE(left, 0);
}

void tst_SocketEnding::abortClearsSetName()
{
    QLocalSocket socket;
    socket.setServerName("somewhere");
    socket.abort();
    QCOMPARE(socket.serverName(), QString());
}

void tst_SocketEnding::failureClosesDeviceInNewState()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    QVERIFY(wire.socket->isOpen());
    wire.record->take();
    wire.socket->connectToServer("missing");
    QCOMPARE(wire.record->log(),
             QStringList({ "state(Connecting) @Connecting", "error(ServerNotFound) @Connecting",
                           "aboutToClose @Unconnected", "state(Unconnected) @Unconnected" }));
    QVERIFY(!wire.socket->isOpen());
}

void tst_SocketEnding::unreadBytesOutliveAttempt()
{
    Wire wire;
    QVERIFY(wire.deliver("unread"));
    wire.socket->disconnectFromServer();
    QByteArray seen;
    wire.record->on("state(Connecting)", [&] { seen = wire.socket->peek(6); });
    wire.socket->connectToServer("missing");
    QCOMPARE(seen, "unread");
    QCOMPARE(wire.socket->bytesAvailable(), 0);
}

void tst_SocketEnding::waitLeavesHandlersWrites()
{
    Wire wire;
    wire.record->on("readyRead", [&] { wire.socket->write("answer"); });
    wire.sendFromPeer("question");
    QVERIFY(wire.socket->waitForReadyRead(5000));
    QCOMPARE(wire.atPeer(), QByteArray());
    QCOMPARE(wire.socket->bytesToWrite(), 6);
    QCOMPARE(wire.receiveAtPeer(6), "answer");
}

QTEST_GUILESS_MAIN(tst_SocketEnding)

#include "tst_socket_ending.moc"
