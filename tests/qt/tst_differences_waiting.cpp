// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Behaviour that is better or different on purpose in waits: rows of COMPATIBILITY.md.

#include "pair.h"
#include "recorder.h"

#include <QtCore/QElapsedTimer>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

#include <array>

#ifdef QLOCAL_DROPIN
constexpr bool isStock = false;
#else
constexpr bool isStock = true;
#endif

class tst_DifferencesWaiting : public QObject
{
    Q_OBJECT

private slots:
    void expiredConnectWaitIsTimeout();
    void endWaitInItsHandlerIsTrue();
    void endWaitAfterAllIsSentIsTrue();
    void outputWaitCountsHandlersSends();
    void inputWaitKeepsAttempt();
#ifdef QLOCAL_DROPIN
    // Stock Qt crashes.
    void outputWaitInEndHandlerIsFalse();
#endif
    void endWaitKeepsAttempt();
    void inputWaitWithoutRoomIsFalse();
    void failedAttemptIsAnnouncedOnce();
    void inputInTimeoutHandlerIsKept();
    void inputWaitCountsHandlersInput();
};

void tst_DifferencesWaiting::expiredConnectWaitIsTimeout()
{
    const testing::Watchdog watchdog;
    QLocalServer server;
    server.setMaxPendingConnections(0);
    server.setListenBacklogSize(0);
    QVERIFY(server.listen(testing::uniqueName()));
    std::array<QLocalSocket, 3> clients;
    for (QLocalSocket &client : clients)
        client.connectToServer(server.serverName());
    QLocalSocket &last = clients.back();
    QSignalSpy errors(&last, &QLocalSocket::errorOccurred);
    QVERIFY(!last.waitForConnected(30));
    QCOMPARE(last.state(), QLocalSocket::ConnectingState);
    QCOMPARE(errors.size(), isStock ? 0 : 1);
    QCOMPARE(last.error(),
             isStock ? QLocalSocket::UnknownSocketError : QLocalSocket::SocketTimeoutError);
}

void tst_DifferencesWaiting::endWaitInItsHandlerIsTrue()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    bool ended = isStock;
    connect(pair.client, &QLocalSocket::stateChanged, this,
            [&](QLocalSocket::LocalSocketState state) {
                if (state == QLocalSocket::ClosingState)
                    ended = pair.client->waitForDisconnected(20);
            });
    pair.client->disconnectFromServer();
    QCOMPARE(ended, !isStock);
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
}

void tst_DifferencesWaiting::endWaitAfterAllIsSentIsTrue()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    bool ended = isStock;
    connect(pair.client, &QIODevice::bytesWritten, this,
            [&] { ended = pair.client->waitForDisconnected(20); });
    pair.client->write("x");
    pair.client->disconnectFromServer();
    testing::settle();
    QCOMPARE(ended, !isStock);
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
}

void tst_DifferencesWaiting::outputWaitCountsHandlersSends()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->write("x");
    QVERIFY(pair.accepted->flush());
    connect(pair.client, &QIODevice::readyRead, this, [] { testing::settle(); });
    pair.client->write("y");
    // Qt returns true since 6.10.2.
    const bool isOld = QT_VERSION < QT_VERSION_CHECK(6, 10, 2);
    QCOMPARE(pair.client->waitForBytesWritten(20), !isStock || !isOld);
}

void tst_DifferencesWaiting::inputWaitKeepsAttempt()
{
    const testing::Watchdog watchdog;
    QLocalServer server;
    server.setMaxPendingConnections(0);
    server.setListenBacklogSize(0);
    QVERIFY(server.listen(testing::uniqueName()));
    std::array<QLocalSocket, 3> clients;
    for (QLocalSocket &client : clients)
        client.connectToServer(server.serverName());
    QLocalSocket &last = clients.back();
    QCOMPARE(last.state(), QLocalSocket::ConnectingState);
    QVERIFY(!last.waitForReadyRead(0));
    QCOMPARE(last.state(),
             isStock ? QLocalSocket::UnconnectedState : QLocalSocket::ConnectingState);
}

#ifdef QLOCAL_DROPIN
void tst_DifferencesWaiting::outputWaitInEndHandlerIsFalse()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->write("x");
    bool written = true;
    connect(pair.client, &QLocalSocket::stateChanged, this,
            [&](QLocalSocket::LocalSocketState state) {
                if (state == QLocalSocket::ClosingState)
                    written = pair.client->waitForBytesWritten(20);
            });
    pair.accepted->disconnectFromServer();
    testing::settle();
    QVERIFY(!written);
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
}
#endif

void tst_DifferencesWaiting::endWaitKeepsAttempt()
{
    const testing::Watchdog watchdog;
    QLocalServer server;
    server.setMaxPendingConnections(0);
    server.setListenBacklogSize(0);
    QVERIFY(server.listen(testing::uniqueName()));
    std::array<QLocalSocket, 3> clients;
    for (QLocalSocket &client : clients)
        client.connectToServer(server.serverName());
    QLocalSocket &last = clients.back();
    QCOMPARE(last.state(), QLocalSocket::ConnectingState);
    QVERIFY(!last.waitForDisconnected(0));
    QCOMPARE(last.state(),
             isStock ? QLocalSocket::UnconnectedState : QLocalSocket::ConnectingState);
}

void tst_DifferencesWaiting::inputWaitWithoutRoomIsFalse()
{
    const testing::Watchdog watchdog;
    testing::Wire wire;
    wire.socket->setReadBufferSize(10);
    wire.sendFromPeer(QByteArray(30, 'x'));
    testing::settle();
    QCOMPARE(wire.record->take(), QStringList("readyRead @Connected"));
    QElapsedTimer timer;
    timer.start();
    QVERIFY(!wire.socket->waitForReadyRead(5000));
    QCOMPARE(timer.elapsed() >= 5000, isStock);
    // Not a time-out, in either implementation.
    QCOMPARE(wire.record->log(), QStringList());
}

void tst_DifferencesWaiting::failedAttemptIsAnnouncedOnce()
{
    const testing::Watchdog watchdog;
    QLocalSocket client;
    QSignalSpy errors(&client, &QLocalSocket::errorOccurred);
    connect(&client, &QLocalSocket::errorOccurred, this, [&] {
        if (errors.size() == 1)
            QVERIFY(!client.waitForConnected(0));
    });
    client.connectToServer(testing::uniqueName());
    QCOMPARE(client.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(errors.size(), isStock ? 2 : 1);
    QCOMPARE(client.error(), QLocalSocket::ServerNotFoundError);
}

void tst_DifferencesWaiting::inputInTimeoutHandlerIsKept()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->write("xyz");
    pair.accepted->disconnectFromServer();
    connect(pair.client, &QLocalSocket::errorOccurred, this, [] { testing::settle(); });
    QVERIFY(!pair.client->waitForReadyRead(0));
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(pair.client->readAll(), QByteArray(isStock ? "" : "xyz"));
}

void tst_DifferencesWaiting::inputWaitCountsHandlersInput()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->write("x");
    connect(pair.client, &QIODevice::bytesWritten, this, [] { testing::settle(); });
    pair.client->write("y");
    QCOMPARE(pair.client->waitForReadyRead(20), !isStock);
    QCOMPARE(pair.client->readAll(), QByteArray("x"));
}

QTEST_GUILESS_MAIN(tst_DifferencesWaiting)
#include "tst_differences_waiting.moc"
