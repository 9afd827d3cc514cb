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

private:
    /// Bounces bytes with a pause after each; returns the processor time used.
    double timeOfQuietTurns(int turns);

    std::optional<testing::Watchdog> m_watchdog;
};

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

QTEST_GUILESS_MAIN(tst_BusyPoll)

#include "tst_busy_poll.moc"
