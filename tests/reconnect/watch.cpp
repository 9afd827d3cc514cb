// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "watch.h"

#include "client.h"
#include "message.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QEventLoop>
#include <QtCore/QRandomGenerator>

#include <cstdio>

/// How long all clients may take to be connected: much longer than their maximum interval. A server
/// that others keep busy accepts one of them in each turn of its event loop.
static constexpr qint64 MaxWait = 120'000;

static int random(int below)
{
    return int(QRandomGenerator::global()->bounded(below));
}

static void turnFor(int msecs)
{
    QEventLoop loop;
    QTimer::singleShot(msecs, &loop, &QEventLoop::quit);
    loop.exec();
}

Watch::Watch(int seconds, int clients)
    : m_seconds(seconds), m_clients(clients), m_folder(m_root.filePath(QStringLiteral("folder"))),
      m_received(std::size_t(clients))
{
    m_server.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    QObject::connect(&m_server, &QProcess::readyReadStandardOutput, &m_server,
                     [this] { readReports(); });
}

Watch::~Watch()
{
    m_server.kill();
    m_server.waitForFinished();
    for (const auto &thread : m_threads) {
        thread->quit();
        thread->wait();
    }
}

bool Watch::run()
{
    m_time.start();
    startClients();
    qint64 printed = 0;
    while (m_isFine && m_time.elapsed() < m_seconds * 1000LL) {
        round(random(4) == 0);
        if (m_time.elapsed() - printed >= 60'000) {
            printed = m_time.elapsed();
            print("after");
        }
    }
    if (m_isFine)
        round(true);
    if (m_isFine && m_first) {
        const Counts now = counters.now();
        if (now.descriptors > m_first->descriptors)
            fail("there are more descriptors");
        if (now.kibibytes > m_first->kibibytes * 3 / 2 + 20'000)
            fail("the memory has grown");
    }
    print(m_isFine ? "fine after" : "failed after");
    return m_isFine;
}

void Watch::startClients()
{
    for (int at = 0; at < 4; ++at) {
        m_threads.push_back(std::make_unique<QThread>());
        m_threads.back()->start();
    }
    const QString path = m_folder + QStringLiteral("/s");
    for (int number = 0; number < m_clients; ++number) {
        QThread &thread = *m_threads[std::size_t(number) % m_threads.size()];
        // In its own thread, which also deletes it.
        auto *starter = new QObject;
        starter->moveToThread(&thread);
        QMetaObject::invokeMethod(starter, [number, path, starter, &thread] {
            auto *client = new Client(quint32(number), path);
            QObject::connect(&thread, &QThread::finished, client, &QObject::deleteLater);
            delete starter;
        });
    }
}

void Watch::round(bool untilAllAreConnected)
{
    startServer();
    if (untilAllAreConnected) {
        QElapsedTimer wait;
        wait.start();
        if (!waitForAll())
            fail("not all clients are connected");
        m_longest = std::max(m_longest, wait.elapsed());
        if (!m_first)
            m_first = counters.now();
    }
    turnFor(random(200));
    // All descriptors are open, and no server is about to end.
    if (m_time.elapsed() < m_seconds * 1000LL)
        endServer();
}

void Watch::startServer()
{
    if (m_server.state() != QProcess::NotRunning)
        endServer();
    QDir().mkpath(m_folder);
    m_server.start(QCoreApplication::applicationFilePath(),
                   { QStringLiteral("--server"), m_folder + QStringLiteral("/s") });
    m_server.waitForStarted();
    ++m_servers;
}

void Watch::endServer()
{
    if (random(3) == 0)
        m_server.closeWriteChannel();
    else
        m_server.kill();
    m_server.waitForFinished();
    readReports();
    m_report.clear();
    disturb();
}

void Watch::disturb()
{
    turnFor(random(3) == 0 ? random(100) : 0);
    switch (random(5)) {
    case 0:
        QDir(m_folder).removeRecursively();
        turnFor(random(50));
        break;
    case 1: {
        const QString old = m_root.filePath(QStringLiteral("old"));
        QDir(old).removeRecursively();
        QDir().rename(m_folder, old);
        break;
    }
    default: break;
    }
}

void Watch::readReports()
{
    m_report += m_server.readAllStandardOutput();
    qsizetype at = 0;
    for (; at + Message::Size <= m_report.size(); at += Message::Size) {
        Message message;
        std::memcpy(&message, m_report.constData() + at, Message::Size);
        quint32 &last = m_received.at(message.client);
        if (message.number <= last)
            fail("a message was received twice");
        last = message.number;
        ++m_total;
    }
    m_report.remove(0, at);
}

bool Watch::waitForAll()
{
    QElapsedTimer wait;
    wait.start();
    while (connectedClients != m_clients && wait.elapsed() < MaxWait)
        turnFor(1);
    return connectedClients == m_clients;
}

void Watch::print(const char *what)
{
    const Counts now = counters.now();
    std::printf("%s %lld s: %d servers, %lld connections, %lld messages received, %lld answered, "
                "all clients connected within %lld ms, %lld descriptors, %lld KiB\n",
                what, m_time.elapsed() / 1000, m_servers, now.connections, m_total, now.messages,
                m_longest, now.descriptors, now.kibibytes);
    std::fflush(stdout);
    if (now.wrong)
        fail("messages were refused or have come back wrong");
}

void Watch::fail(const char *why)
{
    std::fprintf(stderr, "%s\n", why);
    m_isFine = false;
}
