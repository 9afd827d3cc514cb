// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "figures.h"

#include <QtCore/QEventLoop>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtCore/QTimer>
#include <qlocal/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono;

/// Binds and listens, and returns the descriptor.
static int listenOn(const QByteArray &path)
{
    const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.constData(), std::size_t(path.size()));
    if (::bind(server, reinterpret_cast<sockaddr *>(&address), sizeof(address)) != 0
        || ::listen(server, 5) != 0)
        std::abort();
    return server;
}

static void printLatency(const QString &path)
{
    qlocal::Socket socket;
    socket.keepConnected();
    QEventLoop loop;
    QObject::connect(&socket, &qlocal::Socket::reconnecting, &loop, &QEventLoop::quit);
    steady_clock::time_point connected;
    QObject::connect(&socket, &QLocalSocket::connected, &loop, [&] {
        connected = steady_clock::now();
        loop.quit();
    });
    std::vector<double> all;
    for (int round = 0; round < 1000; ++round) {
        socket.connectToServer(path);
        // Until it waits.
        loop.exec();
        steady_clock::time_point appeared;
        int descriptor = -1;
        std::thread server([&] {
            // Until the other thread sleeps.
            std::this_thread::sleep_for(2ms);
            descriptor = listenOn(QFile::encodeName(path));
            // The other thread may have connected already.
            appeared = steady_clock::now();
        });
        while (socket.state() != QLocalSocket::ConnectedState)
            loop.exec();
        server.join();
        all.push_back(std::max(0., duration<double, std::milli>(connected - appeared).count()));
        socket.abort();
        ::close(descriptor);
        QFile::remove(path);
    }
    std::sort(all.begin(), all.end());
    std::printf("connected after the server listens: median %.3f ms, p99 %.3f ms, maximum "
                "%.3f ms\n",
                all[500], all[989], all[999]);
}

static double processorTime()
{
    rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto msecs = [](const timeval &time) { return time.tv_sec * 1e3 + time.tv_usec / 1e3; };
    return msecs(usage.ru_utime) + msecs(usage.ru_stime);
}

static void printWaiting(const QString &folder, bool areDifferent, int seconds)
{
    std::vector<std::unique_ptr<qlocal::Socket>> sockets;
    for (int number = 0; number < 1000; ++number) {
        sockets.push_back(std::make_unique<qlocal::Socket>());
        sockets.back()->keepConnected();
        sockets.back()->connectToServer(folder + QString::number(areDifferent ? number : 0));
    }
    const auto turnFor = [](milliseconds time) {
        QEventLoop loop;
        QTimer::singleShot(time, &loop, &QEventLoop::quit);
        loop.exec();
    };
    turnFor(1s);
    const double before = processorTime();
    turnFor(milliseconds(seconds * 1000));
    std::printf("processor time of 1000 clients that wait for %s in %d s: %.1f ms\n",
                areDifferent ? "1000 servers" : "one server", seconds, processorTime() - before);
}

void printFigures(int seconds)
{
    const QTemporaryDir folder;
    printLatency(folder.filePath(QStringLiteral("s")));
    printWaiting(folder.filePath(QStringLiteral("s")), false, seconds);
    printWaiting(folder.filePath(QStringLiteral("s")), true, seconds);
    std::fflush(stdout);
}
