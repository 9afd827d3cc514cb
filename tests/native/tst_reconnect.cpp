// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Connections that are kept. Where an interval is an hour, only the server's file leads to a
// connection.

#include "testing.h"

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QPointer>
#include <QtCore/QSemaphore>
#include <QtCore/QTemporaryDir>
#include <QtCore/QThread>
#include <QtCore/QTimer>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include <memory>
#include <optional>
#include <vector>

using namespace std::chrono_literals;

using qlocal::Error;
using qlocal::ReconnectPolicy;

class tst_reconnect : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void defaultsAreDocumented();
    void policyCanBeRead();
    void socketWaitsForItsServer();
    void socketWaitsForTheFolder();
    void socketComesBackWhenTheServerRestarts();
    void errorComesWhenNoAttemptIsLeft();
    void endingCancels_data();
    void endingCancels();
    void endingInsideReconnectingCancels_data();
    void endingInsideReconnectingCancels();
    void socketMayBeDeletedInsideReconnecting();
    void reconnectingMayThrow();
    void handlerMayRunAnEventLoop();
    void waitingSocketMayMoveToAnotherThread();
    void serversMayStartWhileSocketsMove();
    void pendingAttemptIsKept();
    void nameStaysWhatItWasSetTo();
    void timerThatRetriesConnects();

private:
    QString path(const QString &name) const { return m_folder->filePath(name); }

    std::optional<testing::Watchdog> m_watchdog;
    std::optional<QTemporaryDir> m_folder;
};

static ReconnectPolicy hourly()
{
    ReconnectPolicy policy;
    policy.initialInterval = policy.maxInterval = 1h;
    policy.jitter = 0;
    return policy;
}

static ReconnectPolicy often()
{
    ReconnectPolicy policy;
    policy.initialInterval = policy.maxInterval = 5ms;
    return policy;
}

void tst_reconnect::init()
{
    m_watchdog.emplace();
    m_folder.emplace();
}

void tst_reconnect::cleanup()
{
    m_folder.reset();
    m_watchdog.reset();
}

void tst_reconnect::defaultsAreDocumented()
{
    const qlocal::Socket socket;
    QVERIFY(!socket.isKept());
    QVERIFY(!socket.isReconnecting());
    const ReconnectPolicy policy = socket.reconnectPolicy();
    QCOMPARE(policy.initialInterval.count(), 500);
    QCOMPARE(policy.maxInterval.count(), 30000);
    QCOMPARE(policy.jitter, 20);
    QCOMPARE(policy.maxAttempts, 0);
    QVERIFY(!policy.keepsUnsent);
}

void tst_reconnect::policyCanBeRead()
{
    qlocal::Socket socket;
    socket.keepConnected({ 1s, 2s, 3, 4, true });
    QVERIFY(socket.isKept());
    const ReconnectPolicy policy = socket.reconnectPolicy();
    QCOMPARE(policy.initialInterval.count(), 1000);
    QCOMPARE(policy.maxInterval.count(), 2000);
    QCOMPARE(policy.jitter, 3);
    QCOMPARE(policy.maxAttempts, 4);
    QVERIFY(policy.keepsUnsent);
    socket.letGo();
    QVERIFY(!socket.isKept());
}

void tst_reconnect::socketWaitsForItsServer()
{
    qlocal::Socket socket;
    socket.keepConnected(hourly());
    QSignalSpy reconnecting(&socket, &qlocal::Socket::reconnecting);
    QSignalSpy failed(&socket, &QLocalSocket::errorOccurred);
    QSignalSpy states(&socket, &QLocalSocket::stateChanged);
    socket.connectToServer(path("a"));
    QVERIFY(socket.isReconnecting());
    QCOMPARE(socket.state(), QLocalSocket::UnconnectedState);
    QVERIFY(reconnecting.wait());
    QCOMPARE(reconnecting.takeFirst(), QVariantList({ 1, qint64(-1) }));
    QCOMPARE(socket.lastError().kind(), Error::NotFound);
    QCOMPARE(states.size(), 0);

    qlocal::Server server;
    QVERIFY(server.listen(path("a")));
    QTRY_COMPARE(socket.state(), QLocalSocket::ConnectedState);
    QVERIFY(!socket.isReconnecting());
    QCOMPARE(states.size(), 2);
    QCOMPARE(failed.size(), 0);
    QCOMPARE(reconnecting.size(), 0);
}

void tst_reconnect::socketWaitsForTheFolder()
{
    qlocal::Socket socket;
    socket.keepConnected(hourly());
    socket.connectToServer(path("a/b/c"));
    QVERIFY(QSignalSpy(&socket, &qlocal::Socket::reconnecting).wait());
    QVERIFY(QDir(m_folder->path()).mkpath("a/b"));
    qlocal::Server server;
    QVERIFY(server.listen(path("a/b/c")));
    QTRY_COMPARE(socket.state(), QLocalSocket::ConnectedState);
}

void tst_reconnect::socketComesBackWhenTheServerRestarts()
{
    qlocal::Socket socket;
    socket.keepConnected(hourly());
    QSignalSpy connected(&socket, &QLocalSocket::connected);
    QSignalSpy disconnected(&socket, &QLocalSocket::disconnected);
    socket.connectToServer(path("a"));
    for (int round = 1; round <= 3; ++round) {
        {
            qlocal::Server server;
            QVERIFY(server.listen(path("a")));
            QTRY_COMPARE(connected.size(), round);
            QTRY_VERIFY(server.hasPendingConnections());
            QCOMPARE(disconnected.size(), round - 1);
            QCOMPARE(socket.fullServerName(), path("a"));
        }
        // The next server is started once this end is noticed: the connection was short.
        QTRY_COMPARE(disconnected.size(), round);
    }
}

void tst_reconnect::errorComesWhenNoAttemptIsLeft()
{
    qlocal::Socket socket;
    ReconnectPolicy policy = often();
    policy.maxAttempts = 3;
    socket.keepConnected(policy);
    QSignalSpy reconnecting(&socket, &qlocal::Socket::reconnecting);
    QSignalSpy failed(&socket, &QLocalSocket::errorOccurred);
    socket.connectToServer(path("a"));
    QVERIFY(failed.wait());
    QCOMPARE(reconnecting.size(), 3);
    QVERIFY(!socket.isReconnecting());
    QCOMPARE(socket.error(), QLocalSocket::ServerNotFoundError);
    QCOMPARE(socket.lastError().kind(), Error::NotFound);
    QCOMPARE(socket.state(), QLocalSocket::UnconnectedState);
    // It can be started again.
    qlocal::Server server;
    QVERIFY(server.listen(path("a")));
    socket.connectToServer();
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
}

using End = void (*)(qlocal::Socket &);
Q_DECLARE_METATYPE(End)

static void addEnds()
{
    QTest::addColumn<End>("end");
    QTest::newRow("disconnectFromServer")
            << End([](auto &socket) { socket.disconnectFromServer(); });
    QTest::newRow("close") << End([](auto &socket) { socket.close(); });
    QTest::newRow("abort") << End([](auto &socket) { socket.abort(); });
    QTest::newRow("letGo") << End([](auto &socket) { socket.letGo(); });
}

void tst_reconnect::endingCancels_data()
{
    addEnds();
}

void tst_reconnect::endingCancels()
{
    QFETCH(End, end);
    qlocal::Socket socket;
    qlocal::Socket other;
    for (qlocal::Socket *one : { &socket, &other }) {
        one->keepConnected(hourly());
        one->connectToServer(path("a"));
    }
    end(socket);
    QVERIFY(!socket.isReconnecting());
    qlocal::Server server;
    QVERIFY(server.listen(path("a")));
    QTRY_COMPARE(other.state(), QLocalSocket::ConnectedState);
    QCOMPARE(socket.state(), QLocalSocket::UnconnectedState);
}

void tst_reconnect::endingInsideReconnectingCancels_data()
{
    addEnds();
}

void tst_reconnect::endingInsideReconnectingCancels()
{
    QFETCH(End, end);
    qlocal::Socket socket;
    socket.keepConnected(often());
    int calls = 0;
    connect(&socket, &qlocal::Socket::reconnecting, &socket, [&] {
        ++calls;
        end(socket);
    });
    socket.connectToServer(path("a"));
    QTRY_COMPARE(calls, 1);
    QVERIFY(!socket.isReconnecting());
}

void tst_reconnect::socketMayBeDeletedInsideReconnecting()
{
    QPointer<qlocal::Socket> socket = new qlocal::Socket;
    socket->keepConnected(often());
    connect(socket, &qlocal::Socket::reconnecting, this, [&] { delete socket; });
    socket->connectToServer(path("a"));
    QTRY_VERIFY(!socket);
}

void tst_reconnect::reconnectingMayThrow()
{
    qlocal::Socket socket;
    ReconnectPolicy policy = often();
    policy.maxAttempts = 10;
    socket.keepConnected(policy);
    int calls = 0;
    connect(&socket, &qlocal::Socket::reconnecting, &socket, [&] {
        if (++calls == 1)
            throw 1;
    });
    socket.connectToServer(path("a"));
    int caught = 0;
    while (calls < 3) {
        try {
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        } catch (int) {
            ++caught;
        }
    }
    QCOMPARE(caught, 1);
}

void tst_reconnect::handlerMayRunAnEventLoop()
{
    qlocal::Socket socket;
    socket.keepConnected(hourly());
    qlocal::Server server;
    bool isDone = false;
    connect(&socket, &qlocal::Socket::reconnecting, &socket, [&] {
        QVERIFY(server.listen(path("a")));
        QTRY_COMPARE(socket.state(), QLocalSocket::ConnectedState);
        isDone = true;
    });
    socket.connectToServer(path("a"));
    QTRY_VERIFY(isDone);
}

void tst_reconnect::waitingSocketMayMoveToAnotherThread()
{
    const auto socket = std::make_unique<qlocal::Socket>();
    socket->keepConnected(hourly());
    socket->connectToServer(path("a"));
    QThread thread;
    thread.start();
    QThread *connectedIn = nullptr;
    connect(socket.get(), &QLocalSocket::connected, socket.get(), [&connectedIn, &thread] {
        connectedIn = QThread::currentThread();
        thread.quit();
    });
    socket->moveToThread(&thread);
    qlocal::Server server;
    QVERIFY(server.listen(path("a")));
    QVERIFY(thread.wait());
    QCOMPARE(connectedIn, &thread);
    // Nothing calls it any more: its thread has ended.
}

void tst_reconnect::serversMayStartWhileSocketsMove()
{
    QThread threads[2];
    for (QThread &thread : threads)
        thread.start();
    QSemaphore connected;
    // The server starts at another moment of the move in each round.
    for (int round = 0; round < 100; ++round) {
        qlocal::Server server;
        auto *socket = new qlocal::Socket;
        socket->keepConnected(hourly());
        connect(socket, &QLocalSocket::connected, socket, [&] { connected.release(); });
        socket->connectToServer(path("a"));
        QThread *const thread = &threads[round % 2];
        socket->moveToThread(thread);
        QElapsedTimer moving;
        moving.start();
        while (moving.nsecsElapsed() < round % 10 * 10000) { }
        QVERIFY(server.listen(path("a")));
        connected.acquire();
        connect(socket, &QObject::destroyed, [&] { connected.release(); });
        socket->deleteLater();
        connected.acquire();
    }
    for (QThread &thread : threads) {
        thread.quit();
        QVERIFY(thread.wait());
    }
}

void tst_reconnect::pendingAttemptIsKept()
{
    QLocalServer server;
    server.setListenBacklogSize(1);
    QVERIFY(server.listen(path("a")));
    std::vector<std::unique_ptr<qlocal::Socket>> sockets;
    do {
        sockets.push_back(std::make_unique<qlocal::Socket>());
        sockets.back()->connectToServer(path("a"));
    } while (sockets.back()->state() == QLocalSocket::ConnectedState);
    qlocal::Socket &socket = *sockets.back();
    QCOMPARE(socket.state(), QLocalSocket::ConnectingState);
    socket.keepConnected(often());
    server.close();
    QTRY_VERIFY(socket.isReconnecting());
    qlocal::Server next;
    QVERIFY(next.listen(path("a")));
    QTRY_COMPARE(socket.state(), QLocalSocket::ConnectedState);
}

void tst_reconnect::nameStaysWhatItWasSetTo()
{
    qlocal::Socket socket;
    socket.connectToServer(path("a"));
    QCOMPARE(socket.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(socket.serverName(), path("a"));
    qlocal::Server server;
    QVERIFY(server.listen(path("a")));
    socket.connectToServer();
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    socket.abort();
    QCOMPARE(socket.serverName(), path("a"));
    QCOMPARE(socket.fullServerName(), QString());
}

void tst_reconnect::timerThatRetriesConnects()
{
    qlocal::Socket socket;
    socket.setServerName(path("a"));
    QTimer retry;
    connect(&retry, &QTimer::timeout, &socket, [&] {
        if (socket.state() == QLocalSocket::UnconnectedState)
            socket.connectToServer();
    });
    retry.start(1);
    QVERIFY(QSignalSpy(&socket, &QLocalSocket::errorOccurred).wait());
    qlocal::Server server;
    QVERIFY(server.listen(path("a")));
    QTRY_COMPARE(socket.state(), QLocalSocket::ConnectedState);
}

QTEST_GUILESS_MAIN(tst_reconnect)
#include "tst_reconnect.moc"
