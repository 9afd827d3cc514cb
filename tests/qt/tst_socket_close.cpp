// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: the orders in which this side ends a connection.

#include "recorder.h"

#include <QtTest/QtTest>

#include <optional>

using testing::abortOrder;
using testing::endOrder;
using testing::moreThanTheKernelTakes;
using testing::Wire;

class tst_SocketClose : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void disconnectingWithNothingToSendEndsInsideTheCall();
    void disconnectingKeepsTheDeviceOpen();
    void disconnectingKeepsTheInput();
    void disconnectingSendsWhatIsPendingFirst();
    void disconnectingWaitsForAPeerThatReadsLater();
    void writingWhileClosingIsStillSent();
    void disconnectingTwiceAnnouncesOnce();
    void loopInClosingReachesTheEndWhenBytesWereWritten();
    void loopInClosingDoesNotReachTheEndOnceAllWasWaitedFor();

    void closingWithNothingToSendEndsInsideTheCall();
    void closingDropsTheInput();
    void closingSendsWhatIsPendingFirst();
    void closingForgetsTheNamesAtOnce();
    void handlerOfAboutToCloseCanReadTheRest();
    void closingAfterDisconnectingOnlyClosesTheDevice();
    void closingAnAttemptShutsTheDeviceWhileConnecting();
    void readsAndWritesAfterClosingAreRefused();

    void abortingSkipsClosing();
    void abortingThrowsAwayWhatIsPending();
    void abortingWhileClosingEndsAtOnce();
    void abortingAfterDisconnectingOnlyClosesTheDevice();
    void endingWhatNeverBeganAnnouncesNothing();

    void destroyingAConnectedSocketEndsTheConnection();
    void destroyingADisconnectedSocketOnlyClosesTheDevice();

    void socketConnectsAgainAfterEachEnd_data();
    void socketConnectsAgainAfterEachEnd();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_SocketClose::disconnectingWithNothingToSendEndsInsideTheCall()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.record->log(), QStringList("state(Closing) @Closing") + endOrder());
}

void tst_SocketClose::disconnectingKeepsTheDeviceOpen()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.socket->openMode(), QIODevice::ReadWrite);
    QCOMPARE(wire.socket->socketDescriptor(), qintptr(-1));
    QCOMPARE(wire.socket->write("late"), -1);
}

void tst_SocketClose::disconnectingKeepsTheInput()
{
    Wire wire;
    wire.sendFromPeer("input");
    QVERIFY(wire.socket->waitForReadyRead(5000));
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.socket->readAll(), QByteArray("input"));
    char byte;
    QCOMPARE(wire.socket->read(&byte, 1), -1);
}

void tst_SocketClose::disconnectingSendsWhatIsPendingFirst()
{
    Wire wire;
    wire.socket->write("pending");
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.record->take(), QStringList("state(Closing) @Closing"));
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), QStringList("bytesWritten(7) @Closing") + endOrder());
    QCOMPARE(wire.atPeer(), QByteArray("pending"));
}

void tst_SocketClose::disconnectingWaitsForAPeerThatReadsLater()
{
    Wire wire;
    wire.socket->write(QByteArray(moreThanTheKernelTakes, 'x'));
    wire.socket->disconnectFromServer();
    testing::settle();
    QCOMPARE(wire.socket->state(), QLocalSocket::ClosingState);
    QVERIFY(wire.socket->bytesToWrite() > 0);
    QCOMPARE(wire.receiveAtPeer(moreThanTheKernelTakes).size(), moreThanTheKernelTakes);
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log().last(), QStringLiteral("disconnected @Unconnected"));
    QCOMPARE(int(wire.socket->error()), -1);
}

void tst_SocketClose::writingWhileClosingIsStillSent()
{
    Wire wire;
    wire.socket->write("before ");
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.socket->write("after"), 5);
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.atPeer(), QByteArray("before after"));
}

void tst_SocketClose::disconnectingTwiceAnnouncesOnce()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    wire.record->take();
    wire.socket->disconnectFromServer();
    testing::settle();
    QCOMPARE(wire.record->log(), QStringList());
}

void tst_SocketClose::loopInClosingReachesTheEndWhenBytesWereWritten()
{
    Wire wire;
    QLocalSocket::LocalSocketState reached = QLocalSocket::ConnectedState;
    connect(wire.socket.get(), &QIODevice::bytesWritten, this,
            [&] { wire.socket->disconnectFromServer(); });
    wire.record->on("state(Closing)", [&] {
        testing::settle();
        reached = wire.socket->state();
    });
    wire.socket->write("x");
    QVERIFY(wire.waitForEnd());
    QCOMPARE(reached, QLocalSocket::UnconnectedState);
}

void tst_SocketClose::loopInClosingDoesNotReachTheEndOnceAllWasWaitedFor()
{
    Wire wire;
    QLocalSocket::LocalSocketState reached = QLocalSocket::ConnectedState;
    wire.record->on("state(Closing)", [&] {
        testing::settle();
        reached = wire.socket->state();
    });
    wire.socket->write("x");
    QVERIFY(wire.socket->waitForBytesWritten(5000));
    wire.socket->disconnectFromServer();
    QCOMPARE(reached, QLocalSocket::ClosingState);
    QCOMPARE(wire.socket->state(), QLocalSocket::UnconnectedState);
}

void tst_SocketClose::closingWithNothingToSendEndsInsideTheCall()
{
    Wire wire;
    wire.socket->close();
    QCOMPARE(wire.record->log(),
             QStringList({ "aboutToClose @Connected", "state(Closing) @Closing" }) + endOrder());
    QVERIFY(!wire.socket->isOpen());
}

void tst_SocketClose::closingDropsTheInput()
{
    Wire wire;
    wire.sendFromPeer("input");
    QVERIFY(wire.socket->waitForReadyRead(5000));
    wire.socket->close();
    QCOMPARE(wire.socket->bytesAvailable(), 0);
}

void tst_SocketClose::closingSendsWhatIsPendingFirst()
{
    Wire wire;
    wire.socket->write("pending");
    wire.socket->close();
    QCOMPARE(wire.record->take(),
             QStringList({ "aboutToClose @Connected", "state(Closing) @Closing" }));
    QVERIFY(!wire.socket->isOpen());
    QCOMPARE(wire.socket->bytesToWrite(), 7);
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), QStringList("bytesWritten(7) @Closing") + endOrder());
    QCOMPARE(wire.atPeer(), QByteArray("pending"));
}

void tst_SocketClose::closingForgetsTheNamesAtOnce()
{
    Wire wire;
    wire.socket->write("pending");
    wire.socket->close();
    QCOMPARE(wire.socket->state(), QLocalSocket::ClosingState);
    QCOMPARE(wire.socket->serverName(), QString());
    QCOMPARE(wire.socket->fullServerName(), QString());
}

void tst_SocketClose::handlerOfAboutToCloseCanReadTheRest()
{
    Wire wire;
    QByteArray rest;
    connect(wire.socket.get(), &QIODevice::aboutToClose, this,
            [&] { rest = wire.socket->readAll(); });
    wire.sendFromPeer("rest");
    testing::settle();
    wire.socket->close();
    QCOMPARE(rest, QByteArray("rest"));
}

void tst_SocketClose::closingAfterDisconnectingOnlyClosesTheDevice()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    wire.record->take();
    wire.socket->close();
    QCOMPARE(wire.record->log(), QStringList("aboutToClose @Unconnected"));
    QVERIFY(!wire.socket->isOpen());
}

// A device left open by an earlier connection. Stock Qt stays in Connecting afterwards.
void tst_SocketClose::closingAnAttemptShutsTheDeviceWhileConnecting()
{
    QLocalServer server;
    server.setMaxPendingConnections(0);
    server.setListenBacklogSize(0);
    QVERIFY(server.listen(testing::uniqueName()));
    QLocalSocket socket;
    socket.connectToServer(server.serverName());
    QLocalSocket other;
    other.connectToServer(server.serverName());
    socket.disconnectFromServer();
    socket.connectToServer(server.serverName());
    QCOMPARE(socket.state(), QLocalSocket::ConnectingState);
    QList<QLocalSocket::LocalSocketState> states;
    connect(&socket, &QIODevice::aboutToClose, this, [&] { states << socket.state(); });
    socket.close();
    QCOMPARE(states, { QLocalSocket::ConnectingState });
}

void tst_SocketClose::readsAndWritesAfterClosingAreRefused()
{
    Wire wire;
    wire.socket->close();
    char byte;
    QTest::ignoreMessage(QtWarningMsg, "QIODevice::read (QLocalSocket): device not open");
    QCOMPARE(wire.socket->read(&byte, 1), -1);
    QTest::ignoreMessage(QtWarningMsg, "QIODevice::write (QLocalSocket): device not open");
    QCOMPARE(wire.socket->write("x"), -1);
}

void tst_SocketClose::abortingSkipsClosing()
{
    Wire wire;
    wire.socket->abort();
    QCOMPARE(wire.record->log(), abortOrder());
    QVERIFY(!wire.socket->isOpen());
}

void tst_SocketClose::abortingThrowsAwayWhatIsPending()
{
    Wire wire;
    wire.socket->write("never");
    wire.socket->abort();
    testing::settle();
    QCOMPARE(wire.record->log(), abortOrder());
    QCOMPARE(wire.socket->bytesToWrite(), 0);
    QCOMPARE(wire.atPeer(), QByteArray());
}

void tst_SocketClose::abortingWhileClosingEndsAtOnce()
{
    Wire wire;
    wire.socket->write("never");
    wire.socket->disconnectFromServer();
    wire.record->take();
    wire.socket->abort();
    QCOMPARE(wire.record->log(), abortOrder());
    QCOMPARE(wire.atPeer(), QByteArray());
}

void tst_SocketClose::abortingAfterDisconnectingOnlyClosesTheDevice()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    wire.record->take();
    wire.socket->abort();
    QCOMPARE(wire.record->log(), QStringList("aboutToClose @Unconnected"));
}

void tst_SocketClose::endingWhatNeverBeganAnnouncesNothing()
{
    QLocalSocket socket;
    testing::Recorder record(&socket);
    socket.disconnectFromServer();
    socket.close();
    socket.abort();
    QCOMPARE(record.log(), QStringList());
}

void tst_SocketClose::destroyingAConnectedSocketEndsTheConnection()
{
    Wire wire;
    QStringList order;
    QObject::connect(wire.socket.get(), &QLocalSocket::disconnected,
                     [&] { order << "disconnected"; });
    QObject::connect(wire.socket.get(), &QLocalSocket::aboutToClose,
                     [&] { order << "aboutToClose"; });
    QObject::connect(wire.socket.get(), &QObject::destroyed, [&] { order << "destroyed"; });
    wire.record.reset();
    wire.socket.reset();
    QCOMPARE(order, QStringList({ "disconnected", "aboutToClose", "destroyed" }));
    char byte;
    QCOMPARE(::recv(wire.peer, &byte, 1, 0), ssize_t(0));
}

void tst_SocketClose::destroyingADisconnectedSocketOnlyClosesTheDevice()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    int closes = 0, disconnects = 0;
    QObject::connect(wire.socket.get(), &QLocalSocket::aboutToClose, [&] { ++closes; });
    QObject::connect(wire.socket.get(), &QLocalSocket::disconnected, [&] { ++disconnects; });
    wire.record.reset();
    wire.socket.reset();
    QCOMPARE(closes, 1);
    QCOMPARE(disconnects, 0);
}

void tst_SocketClose::socketConnectsAgainAfterEachEnd_data()
{
    QTest::addColumn<int>("how");
    QTest::newRow("abort") << 0;
    QTest::newRow("close") << 1;
    QTest::newRow("disconnectFromServer") << 2;
    QTest::newRow("peer closes") << 3;
}

void tst_SocketClose::socketConnectsAgainAfterEachEnd()
{
    QFETCH(int, how);
    testing::Pair pair;
    QVERIFY(pair.open());
    if (how == 0)
        pair.client->abort();
    else if (how == 1)
        pair.client->close();
    else if (how == 2)
        pair.client->disconnectFromServer();
    else
        pair.accepted->abort();
    QVERIFY(testing::turnUntil(
            [&] { return pair.client->state() == QLocalSocket::UnconnectedState; }));
    delete pair.accepted;
    QVERIFY(pair.connect());
    QVERIFY(pair.answers());
    QCOMPARE(int(pair.client->error()), -1);
}

QTEST_GUILESS_MAIN(tst_SocketClose)
#include "tst_socket_close.moc"
