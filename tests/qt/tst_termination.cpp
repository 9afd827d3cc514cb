// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QThread::terminate() on a thread that is blocked in a socket or a server, as a last resort.

#include "asleep.h"
#include "testing.h"

#include <QtCore/QEventLoop>
#include <QtCore/QSemaphore>
#include <QtCore/QThread>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <functional>
#include <optional>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/// Runs one function until it is terminated.
class Blocked : public QThread
{
public:
    explicit Blocked(std::function<void()> act) : m_act(std::move(act)) { }

    /// Starts the thread, and returns once it is blocked.
    void startAndBlock()
    {
        start();
        m_started.acquire();
        testing::waitUntilAsleep(m_id);
    }

protected:
    void run() override
    {
        m_id = testing::threadId();
        m_started.release();
        m_act();
    }

private:
    QSemaphore m_started;
    pid_t m_id = 0;
    std::function<void()> m_act;
};

class tst_Termination : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void endsWaitForInput();
    void endsWaitForOutput();
    void endsWaitForDisconnect();
    void endsWaitForConnection();
    void endsEventLoop();
    void endsThreadAfterHandler();

private:
    void endsAThreadThat(std::function<void()> act);

    std::optional<testing::Watchdog> m_watchdog;
    int m_ours = -1;
    int m_peer = -1;
};

void tst_Termination::init()
{
    m_watchdog.emplace();
    int pair[2];
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    m_ours = pair[0];
    m_peer = pair[1];
}

void tst_Termination::cleanup()
{
    ::close(m_peer);
    m_watchdog.reset();
}

/// Terminates a thread, and checks that this one still connects.
void tst_Termination::endsAThreadThat(std::function<void()> act)
{
    Blocked thread(std::move(act));
    // Where it is blocked does not matter: it ends at the next cancellation point.
    thread.startAndBlock();
    thread.terminate();
    QVERIFY(thread.wait(20'000));
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QLocalSocket socket;
    socket.connectToServer(server.fullServerName());
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
}

void tst_Termination::endsWaitForInput()
{
    endsAThreadThat([this] {
        QLocalSocket socket;
        socket.setSocketDescriptor(m_ours);
        socket.waitForReadyRead(-1);
    });
}

void tst_Termination::endsWaitForOutput()
{
    endsAThreadThat([this] {
        QLocalSocket socket;
        socket.setSocketDescriptor(m_ours);
        socket.write(QByteArray(8 << 20, 'x'));
        while (socket.waitForBytesWritten(-1)) { }
    });
}

void tst_Termination::endsWaitForDisconnect()
{
    endsAThreadThat([this] {
        QLocalSocket socket;
        socket.setSocketDescriptor(m_ours);
        socket.waitForDisconnected(-1);
    });
}

void tst_Termination::endsWaitForConnection()
{
    ::close(m_ours);
    endsAThreadThat([] {
        QLocalServer server;
        server.listen(testing::uniqueName());
        server.waitForNewConnection(-1);
    });
}

void tst_Termination::endsEventLoop()
{
    endsAThreadThat([this] {
        QLocalSocket socket;
        socket.setSocketDescriptor(m_ours);
        QEventLoop().exec();
    });
}

void tst_Termination::endsThreadAfterHandler()
{
    int pipe[2];
    QCOMPARE(::pipe(pipe), 0);
    QAtomicInt isInHandler;
    Blocked thread([&] {
        QLocalSocket socket;
        socket.setSocketDescriptor(m_ours);
        connect(&socket, &QIODevice::readyRead, &socket, [&] {
            isInHandler = 1;
            // In Qt it ends here. With this project the request waits until the handler returns.
            pollfd polled { pipe[0], POLLIN, 0 };
            ::poll(&polled, 1, -1);
            socket.readAll();
        });
        QEventLoop().exec();
    });
    thread.start();
    QCOMPARE(::send(m_peer, "x", 1, MSG_NOSIGNAL), 1);
    QTRY_VERIFY_WITH_TIMEOUT(isInHandler, 20'000);
    thread.terminate();
    QCOMPARE(::write(pipe[1], "x", 1), 1);
    QVERIFY(thread.wait(20'000));
    ::close(pipe[0]);
    ::close(pipe[1]);
}

QTEST_GUILESS_MAIN(tst_Termination)
#include "tst_termination.moc"
