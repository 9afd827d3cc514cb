// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Children made by fork() without exec, and plain connection ends that any process can use.

#ifndef QLOCAL_TESTS_FORKING_H
#define QLOCAL_TESTS_FORKING_H

#include "testing.h"

#include <QtCore/QByteArray>
#include <QtCore/QElapsedTimer>
#include <QtCore/QEventLoop>
#include <QtCore/QTimer>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace testing {

/// Runs event loops until done; false on time-out.
inline bool loopUntil(const std::function<bool()> &done, int msecs = 20000)
{
    QElapsedTimer timer;
    timer.start();
    while (!done() && timer.elapsed() < msecs) {
        QEventLoop loop;
        QTimer::singleShot(5, &loop, &QEventLoop::quit);
        loop.exec();
    }
    return done();
}

inline void loopFor(int msecs)
{
    QEventLoop loop;
    QTimer::singleShot(msecs, &loop, &QEventLoop::quit);
    loop.exec();
}

/// A child of this process. Destroying this object ends it at the latest.
class Child
{
public:
    /// Runs `body` in the child, which exits as soon as that returns: with 0 on success.
    explicit Child(const std::function<bool()> &body)
    {
        std::fflush(nullptr);
        m_pid = ::fork();
        if (m_pid == 0) {
            ::alarm(60);
            ::_exit(body() ? 0 : 1);
        }
    }
    ~Child() { wait(); }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    /// Waits for its exit without serving anything here; returns whether it succeeded.
    bool wait()
    {
        if (m_pid > 0) {
            ::waitpid(m_pid, &m_status, 0);
            m_pid = -1;
        }
        return WIFEXITED(m_status) && WEXITSTATUS(m_status) == 0;
    }

    bool hasEnded()
    {
        if (m_pid > 0 && ::waitpid(m_pid, &m_status, WNOHANG) == m_pid)
            m_pid = -1;
        return m_pid < 0;
    }

private:
    pid_t m_pid;
    int m_status = -1;
};

/// Both ends of a connection, as plain descriptors.
struct Plain
{
    Plain() { ok = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0; }
    ~Plain()
    {
        if (ok)
            ::close(ends[1]);
    }
    Plain(const Plain &) = delete;
    Plain &operator=(const Plain &) = delete;

    bool send(const QByteArray &data)
    {
        return ::send(ends[1], data.constData(), size_t(data.size()), MSG_NOSIGNAL) == data.size();
    }

    /// The next input, or nothing on time-out.
    QByteArray receive(int msecs = 20000)
    {
        pollfd ready = { ends[1], POLLIN, 0 };
        char room[256];
        if (::poll(&ready, 1, msecs) != 1)
            return {};
        const ssize_t count = ::recv(ends[1], room, sizeof room, 0);
        return count > 0 ? QByteArray(room, count) : QByteArray();
    }

    bool answers(const QByteArray &data = "ping") { return send(data) && receive() == data; }

    bool ok;
    /// The first is for a QLocalSocket, which then owns it.
    int ends[2];
};

} // namespace testing

#endif // QLOCAL_TESTS_FORKING_H
