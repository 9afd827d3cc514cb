// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Common code of the programs here: each checks one fact that holds with qlocal, but not with stock
// Qt.

#ifndef QLOCAL_TESTS_FACT_H
#define QLOCAL_TESTS_FACT_H

#include "testing.h"

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QTimer>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#ifdef QLOCAL_DROPIN
#  include <qlocal/server.h>
#endif

namespace fact {

/// The exit code of a program whose fact could not be checked.
constexpr int untried = 77;

inline void require(bool condition, int failure, const char *what, const char *file, int line)
{
    if (condition)
        return;
    std::fprintf(stderr, "%s:%d: %s: %s\n", file, line,
                 failure == untried ? "cannot be tried" : "does not hold", what);
    std::fflush(stderr);
    ::_exit(failure);
}

/// Runs the event loop until `done`, or for this many milliseconds; returns whether it was done.
template<typename Done>
bool turnUntil(Done done, int msecs = 5000)
{
    QElapsedTimer time;
    time.start();
    while (!done()) {
        if (time.elapsed() >= msecs)
            return false;
        QTimer::singleShot(5, [] {});
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    }
    return true;
}

/// Runs the event loop for this time.
inline void turnFor(int msecs)
{
    turnUntil([] { return false; }, msecs);
}

/// The processor time of this process so far, in seconds.
inline double processorTime()
{
    timespec time {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

/// A unique path.
inline QString path(const char *what)
{
    return QDir::tempPath() + QLatin1Char('/') + testing::uniqueName(what);
}

/// The kernel's form of a path; one that is too long is cut.
inline sockaddr_un address(const QString &path)
{
    sockaddr_un address {};
    address.sun_family = AF_UNIX;
    const QByteArray bytes = QFile::encodeName(path).left(sizeof(address.sun_path) - 1);
    std::copy(bytes.cbegin(), bytes.cend(), address.sun_path);
    return address;
}

/// A socket that listens on a path, made by system calls only; -1 on failure.
inline int listenAt(const QString &path, int backlog)
{
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un name = address(path);
    const auto *generic = reinterpret_cast<const sockaddr *>(&name);
    return ::bind(fd, generic, sizeof(name)) == 0 && ::listen(fd, backlog) == 0 ? fd : -1;
}

/// Connects by system calls only, without waiting for room; -1 on failure.
inline int connectTo(const QString &path)
{
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const sockaddr_un name = address(path);
    const auto *generic = reinterpret_cast<const sockaddr *>(&name);
    if (::connect(fd, generic, sizeof(name)) == 0)
        return fd;
    ::close(fd);
    return -1;
}

} // namespace fact

/// Ends the program if the fact does not hold.
#define HOLDS(condition) fact::require((condition), EXIT_FAILURE, #condition, __FILE__, __LINE__)
/// Ends the program if a prerequisite of the fact is missing.
#define NEEDS(condition) fact::require((condition), fact::untried, #condition, __FILE__, __LINE__)

#endif // QLOCAL_TESTS_FACT_H
