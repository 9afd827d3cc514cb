// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Threads that stay awake for further events.

#include <qlocal/busypoll.h>

#include "echo.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QEventLoop>
#include <QtCore/QTimer>
#include <QtTest/QtTest>

#include <ctime>
#include <optional>

using namespace std::chrono_literals;

namespace {

/// The processor time of this thread, in seconds.
double processorTime()
{
    timespec time = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

} // namespace

class tst_BusyPoll : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup()
    {
        qlocal::setBusyPoll(0us);
        m_watchdog.reset();
    }

    void pollingThreadGetsAnswers();
    void timersFireWhilePolling();
    void pollingLastsAsLongAsSet();
    void zeroDisablesPolling();
    void wakeUpCostBecomesKnown();
    void negativeLimitNeverPolls();
    void loopThatReturnsNeverLingers();

private:
    enum Loop { Blocking, Returning };
    /// Bounces a byte until the cost of waking the thread is known, so many times at most. Returns
    /// whether it is.
    static bool bounceUntilKnown(int most, Loop kind);
    /// The same in a thread that has not polled before, after `start`.
    static bool isKnownInNewThread(
            Loop kind, const std::function<void()> &start = [] {});

    /// Bounces bytes with a pause after each; returns the processor time used.
    double timeOfQuietTurns(int turns);

    std::optional<testing::Watchdog> m_watchdog;
};

bool tst_BusyPoll::bounceUntilKnown(int most, Loop kind)
{
    const auto isKnown = [] { return qlocal::wakeUpCost().has_value(); };
    testing::EchoThread server;
    QLocalSocket client;
    client.connectToServer(server.fullServerName());
    bool isDone = false;
    connect(&client, &QIODevice::readyRead, &client, [&] {
        client.readAll();
        isDone = --most == 0 || isKnown();
        if (!isDone)
            client.write("x", 1);
    });
    client.write("x", 1);
    while (!isDone)
        QCoreApplication::processEvents(kind == Blocking ? QEventLoop::WaitForMoreEvents
                                                         : QEventLoop::AllEvents);
    return isKnown();
}

bool tst_BusyPoll::isKnownInNewThread(Loop kind, const std::function<void()> &start)
{
    bool isKnown = false;
    std::unique_ptr<QThread> thread(QThread::create([&] {
        start();
        isKnown = bounceUntilKnown(500, kind);
    }));
    thread->start();
    thread->wait();
    return isKnown;
}

void tst_BusyPoll::pollingThreadGetsAnswers()
{
    QVERIFY(qlocal::setBusyPoll(1ms));
    testing::EchoThread server;
    QLocalSocket client;
    client.connectToServer(server.fullServerName());
    QByteArray answer;
    QEventLoop loop;
    connect(&client, &QIODevice::readyRead, &loop, [&] {
        answer += client.readAll();
        if (answer.size() == 100)
            loop.quit();
        else
            client.write("x", 1);
    });
    client.write("x", 1);
    loop.exec();
    QCOMPARE(answer, QByteArray(100, 'x'));
}

void tst_BusyPoll::timersFireWhilePolling()
{
    // The maximum that a thread may poll, however much is requested.
    QVERIFY(qlocal::setBusyPoll(1h));
    testing::EchoThread server;
    QLocalSocket client;
    client.connectToServer(server.fullServerName());
    connect(&client, &QIODevice::readyRead, &client, [&] { client.write(client.readAll()); });
    client.write("x", 1);
    int shots = 0;
    QTimer timer;
    timer.callOnTimeout(this, [&] { ++shots; });
    timer.start(5);
    QTRY_VERIFY_WITH_TIMEOUT(shots >= 20, 10000);
}

double tst_BusyPoll::timeOfQuietTurns(int turns)
{
    testing::EchoThread server;
    QLocalSocket client;
    client.connectToServer(server.fullServerName());
    QEventLoop loop;
    connect(&client, &QIODevice::readyRead, &loop, [&] {
        client.readAll();
        loop.quit();
    });
    double spent = 0;
    for (int turn = 0; turn < turns; ++turn) {
        const double before = processorTime();
        client.write("x", 1);
        loop.exec();
        QTimer::singleShot(20, &loop, &QEventLoop::quit);
        loop.exec();
        spent += processorTime() - before;
    }
    return spent;
}

void tst_BusyPoll::pollingLastsAsLongAsSet()
{
    QVERIFY(qlocal::setBusyPoll(10ms));
    const double awake = timeOfQuietTurns(20);
    QVERIFY(qlocal::setBusyPoll(0us));
    const double asleep = timeOfQuietTurns(20);
    QVERIFY2(awake > 2 * asleep, qPrintable(QStringLiteral("%1 %2").arg(awake).arg(asleep)));
}

void tst_BusyPoll::zeroDisablesPolling()
{
    QVERIFY(qlocal::setBusyPoll(10ms));
    QVERIFY(qlocal::setBusyPoll(0us));
    const double off = timeOfQuietTurns(20);
    QVERIFY(qlocal::setBusyPoll(10ms));
    const double on = timeOfQuietTurns(20);
    QVERIFY(qlocal::setBusyPoll(0us));
    QVERIFY2(off < on / 2, qPrintable(QStringLiteral("%1 %2").arg(off).arg(on)));
}

void tst_BusyPoll::wakeUpCostBecomesKnown()
{
    // A thread that may run on one processor only does not poll.
    QCOMPARE(bounceUntilKnown(20000, Blocking), QThread::idealThreadCount() > 1);
}

void tst_BusyPoll::negativeLimitNeverPolls()
{
    QVERIFY(!isKnownInNewThread(Blocking, [] { qlocal::setBusyPoll(-1us); }));
}

void tst_BusyPoll::loopThatReturnsNeverLingers()
{
    QVERIFY(!isKnownInNewThread(Returning));
}

QTEST_GUILESS_MAIN(tst_BusyPoll)

#include "tst_busy_poll.moc"
