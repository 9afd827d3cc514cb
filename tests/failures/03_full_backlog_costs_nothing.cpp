// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A hundred sockets that wait for room in a backlog take no more processor time than a timer, and
// detect room at once.

#include "fact.h"

#include <memory>
#include <vector>

namespace {

/// The processor time per second that this process uses while an event loop runs for this many
/// seconds.
double costOfASecond(int seconds)
{
    QEventLoop loop;
    QTimer::singleShot(1000 * seconds, &loop, &QEventLoop::quit);
    const double before = fact::processorTime();
    loop.exec();
    return (fact::processorTime() - before) / seconds;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog;
    const QString path = fact::path("backlog");
    const int listening = fact::listenAt(path, 0);
    NEEDS(listening >= 0);
    const int inFront = fact::connectTo(path);
    NEEDS(inFront >= 0 && fact::connectTo(path) < 0);

    // The unit is the cost on this machine of a timer that tries to connect every 20 milliseconds.
    double unit = 0;
    {
        QTimer timer;
        timer.setTimerType(Qt::PreciseTimer);
        timer.callOnTimeout([&path] { fact::connectTo(path); });
        timer.start(20);
        unit = costOfASecond(3);
    }

    std::vector<std::unique_ptr<QLocalSocket>> waiting;
    int connected = 0;
    for (int i = 0; i < 100; ++i) {
        waiting.push_back(std::make_unique<QLocalSocket>());
        QObject::connect(waiting.back().get(), &QLocalSocket::connected,
                         [&connected] { ++connected; });
        waiting.back()->connectToServer(path);
        NEEDS(waiting.back()->state() == QLocalSocket::ConnectingState);
    }
    const double inLoop = costOfASecond(5);
    std::printf("%.2f times the processor time of a timer\n", inLoop / unit);
    HOLDS(connected == 0);
    HOLDS(inLoop < 4 * unit);

    // While it waits without an event loop.
    QLocalSocket blocked;
    blocked.connectToServer(path);
    const double before = fact::processorTime();
    HOLDS(!blocked.waitForConnected(1000));
    const double inWait = fact::processorTime() - before;
    std::printf("%.2f times that in a wait\n", inWait / unit);
    HOLDS(inWait < 2 * unit);
    blocked.abort();

    // Room is usually detected before a 20-millisecond timer fires.
    int inTime = 0;
    for (int i = 0; i < 9; ++i) {
        fact::turnFor(50);
        const int before = connected;
        NEEDS(::accept(listening, nullptr, nullptr) >= 0);
        QTimer late;
        late.setTimerType(Qt::PreciseTimer);
        late.callOnTimeout(&late, [&] {
            inTime += connected > before;
            late.stop();
        });
        late.start(20);
        HOLDS(fact::turnUntil([&] { return connected > before && !late.isActive(); }));
    }
    std::printf("%d of 9 in time\n", inTime);
    HOLDS(inTime >= 5);
    QFile::remove(path);
}
