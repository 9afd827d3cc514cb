// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A hundred sockets that wait for room in a backlog take no processor, and notice room at once.

#include "fact.h"

#include <memory>
#include <vector>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog;
    const QString path = fact::path("backlog");
    const int listening = fact::listenAt(path, 0);
    NEEDS(listening >= 0);
    const int inFront = fact::connectTo(path);
    NEEDS(inFront >= 0 && fact::connectTo(path) < 0);

    std::vector<std::unique_ptr<QLocalSocket>> waiting;
    int connected = 0;
    for (int i = 0; i < 100; ++i) {
        waiting.push_back(std::make_unique<QLocalSocket>());
        QObject::connect(waiting.back().get(), &QLocalSocket::connected,
                         [&connected] { ++connected; });
        waiting.back()->connectToServer(path);
        NEEDS(waiting.back()->state() == QLocalSocket::ConnectingState);
    }

    // In the event loop: less than one per cent over ten seconds.
    QEventLoop loop;
    QTimer::singleShot(10000, &loop, &QEventLoop::quit);
    const double before = fact::processorTime();
    loop.exec();
    const double spent = fact::processorTime() - before;
    std::printf("%.3f s of processor time in 10 s\n", spent);
    HOLDS(connected == 0);
    HOLDS(spent < 0.1);

    // While it waits without one.
    QLocalSocket blocked;
    blocked.connectToServer(path);
    const double beforeWaiting = fact::processorTime();
    blocked.waitForConnected(1000);
    HOLDS(fact::processorTime() - beforeWaiting < 0.05);

    // Room is noticed: the middle one of several times, since the machine may be busy.
    std::vector<qint64> delays;
    for (int i = 0; i < 9; ++i) {
        const int before = connected;
        NEEDS(::accept(listening, nullptr, nullptr) >= 0);
        QElapsedTimer time;
        time.start();
        HOLDS(fact::turnUntil([&] { return connected > before; }));
        delays.push_back(time.elapsed());
    }
    std::sort(delays.begin(), delays.end());
    HOLDS(delays[4] <= 20);
    QFile::remove(path);
}
