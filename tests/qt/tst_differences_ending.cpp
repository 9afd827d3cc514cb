// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Behaviour that is better or different on purpose when a connection ends: rows of
// COMPATIBILITY.md.

#include "pair.h"
#include "recorder.h"

#include <QtCore/QEventLoop>
#include <QtCore/QRegularExpression>
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

class tst_DifferencesEnding : public QObject
{
    Q_OBJECT

private slots:
    void invalidOncePeerHasClosed();
    void unreadAnswerOutlivesFailedWrite();
    void endedAttemptIsUnconnected_data();
    void endedAttemptIsUnconnected();
    void deleteLaterSendsHandlersBytes();
    void peerCloseIsOneError();
    void inputEndsOnce();
    void socketWithoutDescriptorEnds();
    void descriptorIsValidInEveryHandler();
    void abortDropsDeviceBuffer();
    void everyEndHasClosing();
    void failureHandlerEndsNothing();
    void bytesToWriteIsZeroAfterLoss();
    void readsInEndHandlersDoNotWarn();
    void transactionEndsWithConnection();
    void bytesAvailableIsNeverNegative();
    void reconnectDropsDeviceBuffer();
};

void tst_DifferencesEnding::invalidOncePeerHasClosed()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->abort();
    testing::settle();
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(pair.client->isValid(), isStock);
}

void tst_DifferencesEnding::unreadAnswerOutlivesFailedWrite()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->write("answer");
    pair.accepted->flush();
    delete pair.accepted;
    pair.client->write("x");
    pair.client->flush();
    testing::settle();
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(pair.client->readAll(), QByteArray(isStock ? "" : "answer"));
}

void tst_DifferencesEnding::endedAttemptIsUnconnected_data()
{
    QTest::addColumn<bool>("closing");
    QTest::newRow("close") << true;
    QTest::newRow("disconnectFromServer") << false;
}

void tst_DifferencesEnding::endedAttemptIsUnconnected()
{
    const testing::Watchdog watchdog;
    QFETCH(bool, closing);
    QLocalServer server;
    server.setMaxPendingConnections(0);
    server.setListenBacklogSize(0);
    QVERIFY(server.listen(testing::uniqueName()));
    std::array<QLocalSocket, 3> clients;
    for (QLocalSocket &client : clients)
        client.connectToServer(server.serverName());
    QLocalSocket &last = clients.back();
    QCOMPARE(last.state(), QLocalSocket::ConnectingState);
    if (closing)
        last.close();
    else
        last.disconnectFromServer();
    QCOMPARE(last.state(),
             isStock ? QLocalSocket::ConnectingState : QLocalSocket::UnconnectedState);
}

void tst_DifferencesEnding::deleteLaterSendsHandlersBytes()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    connect(pair.client, &QLocalSocket::readyRead, this, [&] {
        pair.client->write("x");
        pair.client->deleteLater();
    });
    QEventLoop loop;
    connect(pair.client, &QObject::destroyed, &loop, &QEventLoop::quit);
    pair.accepted->write("q");
    loop.exec();
    testing::settle();
    QCOMPARE(pair.accepted->readAll(), QByteArray(isStock ? "" : "x"));
}

void tst_DifferencesEnding::peerCloseIsOneError()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    QSignalSpy errors(pair.client, &QLocalSocket::errorOccurred);
    connect(pair.client, &QLocalSocket::errorOccurred, this, [&] {
        if (errors.size() == 1)
            QVERIFY(!pair.client->waitForReadyRead(0));
    });
    pair.accepted->abort();
    testing::settle();
    QCOMPARE(errors.size(), isStock ? 2 : 1);
}

void tst_DifferencesEnding::inputEndsOnce()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    QSignalSpy ends(pair.client, &QIODevice::readChannelFinished);
    connect(pair.client, &QLocalSocket::stateChanged, this,
            [&](QLocalSocket::LocalSocketState state) {
                if (state == QLocalSocket::ClosingState)
                    pair.client->close();
            });
    pair.accepted->abort();
    testing::settle();
    QCOMPARE(ends.size(), isStock ? 2 : 1);
}

void tst_DifferencesEnding::socketWithoutDescriptorEnds()
{
    const testing::Watchdog watchdog;
    QLocalSocket socket;
    QVERIFY(!socket.setSocketDescriptor(-1));
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    socket.abort();
    QCOMPARE(socket.state(),
             isStock ? QLocalSocket::ConnectedState : QLocalSocket::UnconnectedState);
}

void tst_DifferencesEnding::descriptorIsValidInEveryHandler()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QList<bool> there;
    connect(pair.client, &QLocalSocket::stateChanged, this,
            [&] { there << (pair.client->socketDescriptor() != -1); });
    QVERIFY(pair.open());
    pair.accepted->abort();
    testing::settle();
    // Connecting, Connected, Closing, Unconnected.
    QCOMPARE(there, QList<bool>({ false, !isStock, !isStock, false }));
}

void tst_DifferencesEnding::abortDropsDeviceBuffer()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->ungetChar('x');
    qint64 available = -1;
    connect(pair.client, &QLocalSocket::disconnected, this,
            [&] { available = pair.client->bytesAvailable(); });
    pair.client->abort();
    QCOMPARE(available, isStock ? 1 : 0);
    QCOMPARE(pair.client->bytesAvailable(), 0);
}

void tst_DifferencesEnding::everyEndHasClosing()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    pair.client->abort();
    QVERIFY(pair.open());
    QSignalSpy states(pair.client, &QLocalSocket::stateChanged);
    pair.client->disconnectFromServer();
    QCOMPARE(states.size(), isStock ? 1 : 2);
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
}

void tst_DifferencesEnding::failureHandlerEndsNothing()
{
    QLocalSocket socket;
    socket.abort();
    QLocalSocket::LocalSocketState state = {};
    connect(&socket, &QLocalSocket::errorOccurred, this, [&] {
        socket.disconnectFromServer();
        state = socket.state();
    });
    socket.connectToServer(testing::uniqueName());
    QCOMPARE(state, isStock ? QLocalSocket::UnconnectedState : QLocalSocket::ConnectingState);
    QCOMPARE(socket.state(), QLocalSocket::UnconnectedState);
}

void tst_DifferencesEnding::bytesToWriteIsZeroAfterLoss()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->write("x");
    pair.accepted->disconnectFromServer();
    pair.client->disconnectFromServer();
    qint64 unsent = -1;
    connect(pair.client, &QLocalSocket::disconnected, this,
            [&] { unsent = pair.client->bytesToWrite(); });
    QVERIFY(!pair.client->waitForBytesWritten(0));
    QCOMPARE(unsent, isStock ? 1 : 0);
}

void tst_DifferencesEnding::readsInEndHandlersDoNotWarn()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    connect(pair.client, &QLocalSocket::disconnected, this,
            [&] { QCOMPARE(pair.client->readAll(), QByteArray()); });
    if (isStock)
        QTest::ignoreMessage(QtWarningMsg, "QIODevice::read (QTcpSocket): device not open");
    else
        QTest::failOnWarning(QRegularExpression(QStringLiteral(".")));
    pair.client->abort();
}

void tst_DifferencesEnding::transactionEndsWithConnection()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->startTransaction();
    delete pair.accepted;
    testing::settle();
    pair.client->connectToServer(pair.server->fullServerName());
    QCOMPARE(pair.client->state(), QLocalSocket::ConnectedState);
    QCOMPARE(pair.client->isTransactionStarted(), isStock);
}

void tst_DifferencesEnding::bytesAvailableIsNeverNegative()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->startTransaction();
    pair.accepted->write("xy");
    pair.accepted->disconnectFromServer();
    testing::settle();
    char byte;
    QVERIFY(pair.client->getChar(&byte));
    pair.client->connectToServer(pair.server->fullServerName());
    QCOMPARE(pair.client->state(), QLocalSocket::ConnectedState);
    QCOMPARE(pair.client->bytesAvailable(), isStock ? -1 : 0);
}

void tst_DifferencesEnding::reconnectDropsDeviceBuffer()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->ungetChar('x');
    pair.client->disconnectFromServer();
    qint64 available = -1;
    connect(pair.client, &QLocalSocket::stateChanged, this,
            [&](QLocalSocket::LocalSocketState state) {
                if (state == QLocalSocket::ConnectedState)
                    available = pair.client->bytesAvailable();
            });
    pair.client->connectToServer(pair.server->fullServerName());
    QCOMPARE(available, isStock ? 1 : 0);
    QCOMPARE(pair.client->bytesAvailable(), 0);
}

QTEST_GUILESS_MAIN(tst_DifferencesEnding)
#include "tst_differences_ending.moc"
