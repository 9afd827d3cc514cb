// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// One peer's traffic does not take time or memory away from the others.

#include "echo.h"
#include "memory.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QEventLoop>
#include <QtCore/QTimer>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <algorithm>
#include <atomic>
#include <deque>
#include <optional>
#include <vector>

#include <sys/resource.h>

namespace {

constexpr qint64 KiB = 1024;

/// How often a measurement is tried: the machine may have been busy.
constexpr int attempts = 5;

/// Bounces a byte for this long, and returns how often it came back.
int roundTripsDuring(QLocalSocket &socket, int msecs)
{
    QElapsedTimer clock;
    clock.start();
    int count = 0;
    QEventLoop loop;
    QObject::connect(&socket, &QIODevice::readyRead, &loop, [&] {
        socket.readAll();
        ++count;
        if (clock.elapsed() < msecs)
            socket.write("x", 1);
        else
            loop.quit();
    });
    socket.write("x", 1);
    loop.exec();
    return count;
}

/// Connects, and returns when the server's thread has had its turn with all of them.
bool connectAll(std::deque<QLocalSocket> &sockets, const QString &name)
{
    for (QLocalSocket &socket : sockets) {
        socket.connectToServer(name);
        if (socket.state() != QLocalSocket::ConnectedState && !socket.waitForConnected(10000))
            return false;
    }
    return std::all_of(sockets.begin(), sockets.end(), [](QLocalSocket &socket) {
        socket.write("x", 1);
        return socket.waitForReadyRead(10000) && socket.readAll() == "x";
    });
}

} // namespace

class tst_Pressure : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void init() { m_watchdog.emplace(120); }
    void cleanup() { m_watchdog.reset(); }

    void slowPeersDoNotDelayFastOne();
    void timerFiresOnTimeInFlood();
    void endedConnectionsFreeMemory();

private:
    int m_descriptors = 0;
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_Pressure::initTestCase()
{
    rlimit limit = {};
    QCOMPARE(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    QCOMPARE(setrlimit(RLIMIT_NOFILE, &limit), 0);
    m_descriptors = int(std::min<rlim_t>(limit.rlim_cur, 1'000'000));
}

void tst_Pressure::slowPeersDoNotDelayFastOne()
{
    constexpr int slowPeers = 1000;
    constexpr qint64 unread = 400 * KiB; // more than the kernel buffers for a connection
    // A loop whose turns cost more with each connection leaves a few percent.
    constexpr int wantedPercent = 50;
    QVERIFY(m_descriptors > 2 * slowPeers + 100);

    testing::EchoThread server;
    QLocalSocket fast;
    fast.connectToServer(server.fullServerName());
    QVERIFY(fast.waitForConnected(10000));

    std::deque<QLocalSocket> slow(slowPeers);
    // Data for them stays in the kernel, and the rest in the server.
    for (QLocalSocket &socket : slow)
        socket.setReadBufferSize(1);
    QList<int> percents;
    const int warmUp = roundTripsDuring(fast, 100);
    QVERIFY(warmUp > 0);
    const int alone = roundTripsDuring(fast, 500);
    QVERIFY(connectAll(slow, server.fullServerName()));
    const QByteArray question(unread, 'q');
    for (QLocalSocket &socket : slow)
        socket.write(question);
    // Some of them constantly request a little more.
    QTimer trickle;
    std::size_t next = 0;
    trickle.callOnTimeout(&fast, [&] {
        for (int count = 0; count < 10; ++count)
            slow[next++ % slow.size()].write("more");
    });
    trickle.start(10);
    const auto isSent = [](const QLocalSocket &socket) { return socket.bytesToWrite() == 0; };
    QTRY_VERIFY_WITH_TIMEOUT(std::all_of(slow.cbegin(), slow.cend(), isSent), 30000);
    for (int attempt = 0; attempt < attempts; ++attempt) {
        percents.append(roundTripsDuring(fast, 500) * 100 / std::max(alone, 1));
        if (percents.constLast() >= wantedPercent)
            break;
    }
    qInfo() << alone << "round trips in half a second alone; among slow peers percent" << percents;
    QVERIFY(percents.constLast() >= wantedPercent);
}

void tst_Pressure::timerFiresOnTimeInFlood()
{
    constexpr int interval = 10;
    constexpr int shots = 200;
    QLocalServer server;
    // Each connection is read at once, and its input discarded.
    connect(&server, &QLocalServer::newConnection, &server, [&] {
        while (QLocalSocket *socket = server.nextPendingConnection())
            connect(socket, &QIODevice::readyRead, socket, [socket] { socket->readAll(); });
    });
    QVERIFY(server.listen(testing::uniqueName("flood")));

    std::atomic<bool> isOver = false;
    const QString name = server.fullServerName();
    const auto flood = testing::inThread([&] {
        std::deque<QLocalSocket> sockets(20);
        const QByteArray block(64 * KiB, 'f');
        for (QLocalSocket &socket : sockets) {
            socket.connectToServer(name);
            socket.waitForConnected(10000);
        }
        while (!isOver) {
            for (QLocalSocket &socket : sockets) {
                socket.write(block);
                socket.waitForBytesWritten(100);
            }
        }
    });

    std::vector<double> gaps;
    QElapsedTimer clock;
    QTimer timer;
    timer.setInterval(interval);
    timer.setTimerType(Qt::PreciseTimer);
    timer.callOnTimeout(this, [&] {
        gaps.push_back(double(clock.nsecsElapsed()) / 1e6);
        clock.restart();
    });
    // The 99th percentile of the timer's lateness, in milliseconds.
    const auto measure = [&] {
        gaps.clear();
        clock.start();
        timer.start();
        if (!QTest::qWaitFor([&] { return gaps.size() >= shots; }, 60000))
            return -1.0;
        timer.stop();
        std::sort(gaps.begin(), gaps.end());
        return gaps[gaps.size() * 99 / 100];
    };
    QList<double> flooded;
    for (int attempt = 0; attempt < attempts; ++attempt)
        flooded.append(measure());
    isOver = true;
    QVERIFY(flood->wait(60000));

    // The same next to a thread that only uses a processor, as the flood does.
    isOver = false;
    const auto busy = testing::inThread([&] {
        while (!isOver) { }
    });
    QList<double> alone;
    for (int attempt = 0; attempt < attempts; ++attempt)
        alone.append(measure());
    isOver = true;
    QVERIFY(busy->wait(60000));
    qInfo() << "99 percent of the shots came within, in ms:" << flooded
            << "without a flood:" << alone;
    const double minimum = *std::min_element(flooded.cbegin(), flooded.cend());
    QVERIFY(minimum > 0);
    QVERIFY(minimum <= 2 * *std::max_element(alone.cbegin(), alone.cend()));
}

void tst_Pressure::endedConnectionsFreeMemory()
{
    constexpr int rounds = 10;
    const int connections = std::min(9000, (m_descriptors - 200) / 2);
    QList<qint64> resident;
    for (int round = 0; round < rounds; ++round) {
        testing::EchoThread server;
        std::deque<QLocalSocket> sockets(connections);
        QVERIFY(connectAll(sockets, server.fullServerName()));
        resident.append(residentMemory() / KiB);
    }
    qInfo() << connections << "connections, KiB:" << resident;
    // The allocator's own memory differs slightly from round to round.
    QVERIFY(resident.constLast() <= resident.constFirst() * 105 / 100 + KiB);
}

QTEST_GUILESS_MAIN(tst_Pressure)

#include "tst_pressure.moc"
