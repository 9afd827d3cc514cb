// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "watch.h"

#include "roles.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QRandomGenerator>
#include <QtCore/QThread>

#include <algorithm>
#include <cstdio>

namespace {

constexpr int clientProcesses = 4;

// Memory kept by the allocator; in practice far less than a leak over this many connections.
constexpr qint64 toleratedKibibytes = 24 * 1024;

} // namespace

int runWatch(int seconds, int clients)
{
    return Watch(seconds, clients).run() ? 0 : 1;
}

Watch::Watch(int seconds, int clients) : m_seconds(seconds)
{
    const QString name = QStringLiteral("qlocal-soak-%1-").arg(QCoreApplication::applicationPid());
    const QString steadyName = name + "steady";
    const QString fragileName = name + "fragile";
    m_processes.push_back(std::make_unique<Process>(QStringList { "--server", steadyName }));
    m_processes.push_back(std::make_unique<Process>(QStringList { "--server", fragileName }));
    const QString each = QString::number(std::max(1, clients / clientProcesses));
    for (int i = 0; i < clientProcesses; ++i) {
        m_processes.push_back(std::make_unique<Process>(
                QStringList { "--clients", steadyName, fragileName, each }));
    }
}

bool Watch::run()
{
    m_time.start();
    steady().start();
    fragile().start();
    while (steady().last().descriptors == 0) {
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
        steady().listen();
    }
    m_descriptorsAtStart = steady().last().descriptors;
    for (size_t i = 2; i < m_processes.size(); ++i)
        m_processes[i]->start();
    QTimer timer;
    connect(&timer, &QTimer::timeout, this, &Watch::tick);
    timer.start(1000);
    QCoreApplication::exec();
    timer.stop();

    for (size_t i = 2; i < m_processes.size(); ++i)
        m_processes[i]->stop();
    if (!isBackToStart())
        fail(QStringLiteral("the server leaks descriptors"));
    if (hasGrown())
        fail(QStringLiteral("the memory of the server grows"));
    print("in all");
    fragile().stop();
    steady().stop();
    return m_isFine;
}

void Watch::tick()
{
    ++m_ticks;
    for (const auto &process : m_processes) {
        process->listen();
        if (process->hasDied()) {
            fail(QStringLiteral("a process has ended unexpectedly"));
            process->start();
        }
    }
    m_memory.append(steady().last().kibibytes);
    if (m_ticks % 60 == 0)
        print("so far");
    const Counts all = total();
    if (all.wrong > 0 || all.lost > 0)
        fail(QStringLiteral("bytes were corrupted or lost"));
    disturb();
    if (!m_isFine || m_time.elapsed() >= m_seconds * 1000LL)
        QCoreApplication::quit();
}

// The steady server and the first clients live for the whole time.
void Watch::disturb()
{
    auto *random = QRandomGenerator::global();
    if (random->bounded(5) == 0) {
        m_processes[3 + random->bounded(clientProcesses - 1)]->killAndRestart();
        ++m_kills;
    }
    if (random->bounded(15) == 0) {
        fragile().killAndRestart();
        ++m_kills;
    }
}

bool Watch::isBackToStart()
{
    for (int i = 0; i < 600; ++i) {
        QThread::msleep(100);
        QCoreApplication::processEvents();
        steady().listen();
        // By now each of its threads has a reactor.
        if (steady().last().descriptors <= m_descriptorsAtStart + 10)
            return true;
    }
    return false;
}

// Compares the maximum of the last quarter with that of the second one, when everything is running.
bool Watch::hasGrown() const
{
    const qsizetype quarter = m_memory.size() / 4;
    if (quarter < 30)
        return false;
    const auto worst = [&](qsizetype from) {
        return *std::max_element(m_memory.begin() + from * quarter,
                                 m_memory.begin() + (from + 1) * quarter);
    };
    const qint64 before = worst(1);
    const qint64 after = worst(3);
    return after > before + toleratedKibibytes && after > before * 5 / 4;
}

Counts Watch::total()
{
    Counts all;
    for (const auto &process : m_processes)
        all.add(process->counts());
    return all;
}

void Watch::print(const char *what)
{
    const Counts all = total();
    std::printf("%s, after %lld s: %lld connections, %lld messages, %lld MB checked, %lld wrong, "
                "%lld lost, %d kills; "
                "the server has %lld descriptors and %lld MB\n",
                what, m_time.elapsed() / 1000, (long long)all.connections, (long long)all.messages,
                (long long)all.bytes / 1'000'000, (long long)all.wrong, (long long)all.lost,
                m_kills, (long long)steady().last().descriptors,
                (long long)steady().last().kibibytes / 1024);
    std::fflush(stdout);
}

void Watch::fail(const QString &why)
{
    if (m_isFine)
        std::printf("FAILED: %s\n", qPrintable(why));
    m_isFine = false;
}
