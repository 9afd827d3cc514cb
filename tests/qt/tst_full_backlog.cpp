// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Connecting to a server whose backlog is full.

#include "asleep.h"
#include "testing.h"

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QEventLoop>
#include <QtCore/QFile>
#include <QtCore/QScopeGuard>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QTest>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <memory>
#include <thread>
#include <vector>

namespace {

/// A server made by system calls only, with a full backlog of one.
class FullServer
{
public:
    FullServer()
        : path(QDir::tempPath() + QLatin1Char('/') + testing::uniqueName("full")),
          m_listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
          m_inFront(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un name {};
        name.sun_family = AF_UNIX;
        const QByteArray bytes = QFile::encodeName(path);
        std::copy(bytes.cbegin(), bytes.cend(), name.sun_path);
        const auto *generic = reinterpret_cast<const sockaddr *>(&name);
        isReady = ::bind(m_listening, generic, sizeof(name)) == 0 && ::listen(m_listening, 0) == 0
                && ::connect(m_inFront, generic, sizeof(name)) == 0;
    }
    Q_DISABLE_COPY_MOVE(FullServer)

    ~FullServer()
    {
        for (const int fd : m_accepted)
            ::close(fd);
        ::close(m_inFront);
        stop();
    }

    void accept() { m_accepted.push_back(::accept(m_listening, nullptr, nullptr)); }

    void stop()
    {
        QFile::remove(path);
        if (m_listening >= 0)
            ::close(m_listening);
        m_listening = -1;
    }

    const QString path;
    bool isReady = false;

private:
    int m_listening;
    int m_inFront;
    std::vector<int> m_accepted;
};

} // namespace

class tst_FullBacklog : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog = std::make_unique<testing::Watchdog>(); }
    void cleanup() { m_watchdog.reset(); }
    void waitEndsWhenThereIsRoom();
    void waitSurvivesSignals();
    void waitEndsWithServer();
    void waitRestoresDescriptor();
    void waitObeysTimeout_data();
    void waitObeysTimeout();
    void handlersLoopServesOthers();
    void abortLetsNextAttemptConnect();

private:
    std::unique_ptr<testing::Watchdog> m_watchdog;
};

void tst_FullBacklog::waitEndsWhenThereIsRoom()
{
    FullServer server;
    QVERIFY(server.isReady);
    QLocalSocket socket;
    socket.connectToServer(server.path);
    QCOMPARE(socket.state(), QLocalSocket::ConnectingState);
    std::thread acceptor([&server, waiting = testing::threadId()] {
        testing::waitUntilAsleep(waiting);
        server.accept();
    });
    const auto join = qScopeGuard([&acceptor] { acceptor.join(); });
    QVERIFY(socket.waitForConnected(-1));
    QVERIFY(socket.isOpen());
}

void tst_FullBacklog::waitSurvivesSignals()
{
    FullServer server;
    QVERIFY(server.isReady);
    struct sigaction action
    { };
    struct sigaction before
    { };
    // Without SA_RESTART.
    action.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &action, &before);
    const auto restore = qScopeGuard([&before] { ::sigaction(SIGUSR1, &before, nullptr); });
    QLocalSocket socket;
    socket.connectToServer(server.path);
    const pthread_t waiting = ::pthread_self();
    std::thread acceptor([&server, waiting, id = testing::threadId()] {
        for (int i = 0; i < 20; ++i) {
            testing::waitUntilAsleep(id);
            ::pthread_kill(waiting, SIGUSR1);
        }
        server.accept();
    });
    const auto join = qScopeGuard([&acceptor] { acceptor.join(); });
    QVERIFY(socket.waitForConnected(-1));
}

void tst_FullBacklog::waitEndsWithServer()
{
    FullServer server;
    QVERIFY(server.isReady);
    QLocalSocket socket;
    socket.connectToServer(server.path);
    QCOMPARE(socket.state(), QLocalSocket::ConnectingState);
    std::thread stopper([&server, waiting = testing::threadId()] {
        testing::waitUntilAsleep(waiting);
        server.stop();
    });
    const auto join = qScopeGuard([&stopper] { stopper.join(); });
    QVERIFY(!socket.waitForConnected(-1));
    QCOMPARE(socket.state(), QLocalSocket::UnconnectedState);
}

void tst_FullBacklog::waitRestoresDescriptor()
{
    FullServer server;
    QVERIFY(server.isReady);
    QLocalSocket socket;
    socket.connectToServer(server.path);
    socket.waitForConnected(10);
    server.accept();
    QVERIFY(socket.waitForConnected(-1));
    const int fd = int(socket.socketDescriptor());
    QVERIFY(::fcntl(fd, F_GETFL) & O_NONBLOCK);
    timeval limit { 1, 1 };
    socklen_t size = sizeof(limit);
    QCOMPARE(::getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, &size), 0);
    QCOMPARE(limit.tv_sec, 0);
    QCOMPARE(limit.tv_usec, 0);
}

void tst_FullBacklog::waitObeysTimeout_data()
{
    QTest::addColumn<int>("msecs");
    QTest::newRow("no time") << 0;
    QTest::newRow("some time") << 30;
    QTest::newRow("longer") << 250;
}

void tst_FullBacklog::waitObeysTimeout()
{
    QFETCH(int, msecs);
    FullServer server;
    QVERIFY(server.isReady);
    QLocalSocket socket;
    socket.connectToServer(server.path);
    QElapsedTimer clock;
    clock.start();
    QVERIFY(!socket.waitForConnected(msecs));
    QVERIFY(clock.elapsed() >= msecs);
    QCOMPARE(socket.state(), QLocalSocket::ConnectingState);
}

void tst_FullBacklog::handlersLoopServesOthers()
{
    FullServer server;
    QVERIFY(server.isReady);
    QLocalSocket first;
    QLocalSocket second;
    bool inHandler = false;
    connect(&first, &QLocalSocket::connected, this, [&] {
        inHandler = true;
        server.accept();
        QEventLoop loop;
        connect(&second, &QLocalSocket::connected, &loop, &QEventLoop::quit);
        loop.exec();
        inHandler = false;
    });
    bool connectedInHandler = false;
    connect(&second, &QLocalSocket::connected, this, [&] { connectedInHandler = inHandler; });
    first.connectToServer(server.path);
    second.connectToServer(server.path);
    server.accept();
    QTRY_COMPARE(second.state(), QLocalSocket::ConnectedState);
    QVERIFY(connectedInHandler);
}

void tst_FullBacklog::abortLetsNextAttemptConnect()
{
    FullServer server;
    QVERIFY(server.isReady);
    QLocalSocket first;
    QLocalSocket second;
    first.connectToServer(server.path);
    second.connectToServer(server.path);
    QCOMPARE(second.state(), QLocalSocket::ConnectingState);
    first.abort();
    server.accept();
    QTRY_COMPARE(second.state(), QLocalSocket::ConnectedState);
    QCOMPARE(first.state(), QLocalSocket::UnconnectedState);
}

QTEST_GUILESS_MAIN(tst_FullBacklog)
#include "tst_full_backlog.moc"
