// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: the orders in which this side ends a connection.

#include "recorder.h"

#include <QtTest/QtTest>

#include <optional>

using testing::abortOrder;
using testing::endOrder;
using testing::moreThanKernelHolds;
using testing::Wire;

class tst_SocketClose : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void idleDisconnectEndsInsideCall();
    void disconnectKeepsDeviceOpen();
    void disconnectKeepsInput();
    void disconnectSendsPendingBytes();
    void disconnectWaitsForSlowPeer();
    void writeWhileClosingIsSent();
    void disconnectTwiceAnnouncesOnce();
    void loopInClosingEndsAfterWrite();
    void loopInClosingAfterWaitStaysClosing();

    void idleCloseEndsInsideCall();
    void closeDropsInput();
    void closeSendsPendingBytes();
    void closeClearsNamesImmediately();
    void aboutToCloseHandlerCanReadRest();
    void closeAfterDisconnectClosesDevice();
    void closeDuringConnectClosesDevice();
    void closedSocketRefusesReadAndWrite();

    void abortSkipsClosing();
    void abortDropsPendingBytes();
    void abortWhileClosingEndsImmediately();
    void abortAfterDisconnectClosesDevice();
    void endingUnconnectedIsSilent();

    void destructorEndsConnection();
    void destructorClosesDisconnectedDevice();

    void reconnectsAfterEachEnd_data();
    void reconnectsAfterEachEnd();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_SocketClose::idleDisconnectEndsInsideCall()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.record->log(), QStringList("state(Closing) @Closing") + endOrder());
}

void tst_SocketClose::disconnectKeepsDeviceOpen()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.socket->openMode(), QIODevice::ReadWrite);
    QCOMPARE(wire.socket->socketDescriptor(), qintptr(-1));
    QCOMPARE(wire.socket->write("late"), -1);
}

void tst_SocketClose::disconnectKeepsInput()
{
    Wire wire;
    wire.sendFromPeer("input");
    QVERIFY(wire.socket->waitForReadyRead(5000));
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.socket->readAll(), QByteArray("input"));
    char byte;
    QCOMPARE(wire.socket->read(&byte, 1), -1);
}

void tst_SocketClose::disconnectSendsPendingBytes()
{
    Wire wire;
    wire.socket->write("pending");
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.record->take(), QStringList("state(Closing) @Closing"));
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), QStringList("bytesWritten(7) @Closing") + endOrder());
    QCOMPARE(wire.atPeer(), QByteArray("pending"));
}

void tst_SocketClose::disconnectWaitsForSlowPeer()
{
    Wire wire;
    wire.socket->write(QByteArray(moreThanKernelHolds, 'x'));
    wire.socket->disconnectFromServer();
    testing::settle();
    QCOMPARE(wire.socket->state(), QLocalSocket::ClosingState);
    QVERIFY(wire.socket->bytesToWrite() > 0);
    QCOMPARE(wire.receiveAtPeer(moreThanKernelHolds).size(), moreThanKernelHolds);
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log().last(), QStringLiteral("disconnected @Unconnected"));
    QCOMPARE(int(wire.socket->error()), -1);
}

void tst_SocketClose::writeWhileClosingIsSent()
{
    Wire wire;
    wire.socket->write("before ");
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.socket->write("after"), 5);
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.atPeer(), QByteArray("before after"));
}

void tst_SocketClose::disconnectTwiceAnnouncesOnce()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    wire.record->take();
    wire.socket->disconnectFromServer();
    testing::settle();
    QCOMPARE(wire.record->log(), QStringList());
}

void tst_SocketClose::loopInClosingEndsAfterWrite()
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

void tst_SocketClose::loopInClosingAfterWaitStaysClosing()
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

void tst_SocketClose::idleCloseEndsInsideCall()
{
    Wire wire;
    wire.socket->close();
    QCOMPARE(wire.record->log(),
             QStringList({ "aboutToClose @Connected", "state(Closing) @Closing" }) + endOrder());
    QVERIFY(!wire.socket->isOpen());
}

void tst_SocketClose::closeDropsInput()
{
    Wire wire;
    wire.sendFromPeer("input");
    QVERIFY(wire.socket->waitForReadyRead(5000));
    wire.socket->close();
    QCOMPARE(wire.socket->bytesAvailable(), 0);
}

void tst_SocketClose::closeSendsPendingBytes()
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

void tst_SocketClose::closeClearsNamesImmediately()
{
    Wire wire;
    wire.socket->write("pending");
    wire.socket->close();
    QCOMPARE(wire.socket->state(), QLocalSocket::ClosingState);
    QCOMPARE(wire.socket->serverName(), QString());
    QCOMPARE(wire.socket->fullServerName(), QString());
}

void tst_SocketClose::aboutToCloseHandlerCanReadRest()
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

void tst_SocketClose::closeAfterDisconnectClosesDevice()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    wire.record->take();
    wire.socket->close();
    QCOMPARE(wire.record->log(), QStringList("aboutToClose @Unconnected"));
    QVERIFY(!wire.socket->isOpen());
}

// A device left open by an earlier connection. Stock Qt stays in Connecting afterwards.
void tst_SocketClose::closeDuringConnectClosesDevice()
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

void tst_SocketClose::closedSocketRefusesReadAndWrite()
{
    Wire wire;
    wire.socket->close();
    char byte;
    QTest::ignoreMessage(QtWarningMsg, "QIODevice::read (QLocalSocket): device not open");
    QCOMPARE(wire.socket->read(&byte, 1), -1);
    QTest::ignoreMessage(QtWarningMsg, "QIODevice::write (QLocalSocket): device not open");
    QCOMPARE(wire.socket->write("x"), -1);
}

void tst_SocketClose::abortSkipsClosing()
{
    Wire wire;
    wire.socket->abort();
    QCOMPARE(wire.record->log(), abortOrder());
    QVERIFY(!wire.socket->isOpen());
}

void tst_SocketClose::abortDropsPendingBytes()
{
    Wire wire;
    wire.socket->write("never");
    wire.socket->abort();
    testing::settle();
    QCOMPARE(wire.record->log(), abortOrder());
    QCOMPARE(wire.socket->bytesToWrite(), 0);
    QCOMPARE(wire.atPeer(), QByteArray());
}

void tst_SocketClose::abortWhileClosingEndsImmediately()
{
    Wire wire;
    wire.socket->write("never");
    wire.socket->disconnectFromServer();
    wire.record->take();
    wire.socket->abort();
    QCOMPARE(wire.record->log(), abortOrder());
    QCOMPARE(wire.atPeer(), QByteArray());
}

void tst_SocketClose::abortAfterDisconnectClosesDevice()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    wire.record->take();
    wire.socket->abort();
    QCOMPARE(wire.record->log(), QStringList("aboutToClose @Unconnected"));
}

void tst_SocketClose::endingUnconnectedIsSilent()
{
    QLocalSocket socket;
    testing::Recorder record(&socket);
    socket.disconnectFromServer();
    socket.close();
    socket.abort();
    QCOMPARE(record.log(), QStringList());
}

void tst_SocketClose::destructorEndsConnection()
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

void tst_SocketClose::destructorClosesDisconnectedDevice()
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

void tst_SocketClose::reconnectsAfterEachEnd_data()
{
    QTest::addColumn<int>("how");
    QTest::newRow("abort") << 0;
    QTest::newRow("close") << 1;
    QTest::newRow("disconnectFromServer") << 2;
    QTest::newRow("peer closes") << 3;
}

void tst_SocketClose::reconnectsAfterEachEnd()
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
