// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Threads of different real-time priority on one processor: a thread that waits for another must
// sleep, or the other one never runs.

#include "echo.h"

#include <QtCore/QEventLoop>
#include <QtTest/QtTest>

#ifdef QLOCAL_DROPIN
#  include <qlocal/busypoll.h>
#endif

#include <functional>
#include <memory>
#include <optional>

#include <pthread.h>
#include <sched.h>

class tst_RealTime : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void eachPriorityIsAnswered_data();
    void eachPriorityIsAnswered();
#ifdef QLOCAL_DROPIN
    void socketMovesBetweenPriorities();
    void roomWaitLetsServerRun();
    void busyPollingLetsPeerRun();
#endif

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// Makes the calling thread run on one processor, before all threads of lower priority.
bool setPriority(int priority)
{
    sched_param parameters {};
    parameters.sched_priority = priority;
    return ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &parameters) == 0;
}

testing::OwnedThread withPriority(int priority, std::function<void()> body)
{
    return testing::inThread([priority, body = std::move(body)] {
        if (setPriority(priority))
            body();
    });
}

/// An echo server in a thread of this priority, until it is deleted.
class Server
{
public:
    explicit Server(int priority)
    {
        m_thread = withPriority(priority, [this] {
            testing::EchoServer server;
            server.listen(testing::uniqueName("real-time"));
            name = server.fullServerName();
            QEventLoop loop;
            m_loop = &loop;
            m_listening.release();
            loop.exec();
        });
        m_listening.acquire();
    }
    ~Server()
    {
        QMetaObject::invokeMethod(m_loop, &QEventLoop::quit, Qt::QueuedConnection);
        m_thread->wait();
    }

    QString name;

private:
    QEventLoop *m_loop = nullptr;
    QSemaphore m_listening;
    testing::OwnedThread m_thread;
};

int answersByWaiting(const QString &name, int rounds)
{
    QLocalSocket client;
    client.connectToServer(name);
    int answers = 0;
    while (answers < rounds && client.waitForConnected(20000) && client.write("x") == 1
           && client.waitForReadyRead(20000))
        answers += int(client.readAll().size());
    return answers;
}

int answersByLoop(const QString &name, int rounds)
{
    QLocalSocket client;
    QEventLoop loop;
    int answers = 0;
    QObject::connect(&client, &QIODevice::readyRead, &client, [&] {
        answers += int(client.readAll().size());
        answers < rounds ? void(client.write("x")) : loop.quit();
    });
    client.connectToServer(name);
    client.write("x");
    loop.exec();
    return answers;
}

} // namespace

void tst_RealTime::initTestCase()
{
    cpu_set_t here;
    QCOMPARE(::sched_getaffinity(0, sizeof here, &here), 0);
    int processor = 0;
    while (!CPU_ISSET(processor, &here))
        ++processor;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    QCOMPARE(::sched_setaffinity(0, sizeof one, &one), 0);
    bool isAllowed = false;
    testing::inThread([&] { isAllowed = setPriority(1); })->wait();
    if (!isAllowed)
        QSKIP("this user may not set real-time priorities");
}

void tst_RealTime::eachPriorityIsAnswered_data()
{
    QTest::addColumn<int>("server");
    QTest::addColumn<int>("client");
    QTest::newRow("client before server") << 10 << 20;
    QTest::newRow("server before client") << 20 << 10;
    QTest::newRow("both alike") << 10 << 10;
}

void tst_RealTime::eachPriorityIsAnswered()
{
    QFETCH(const int, server);
    QFETCH(const int, client);
    Server echo(server);
    int waited = 0;
    int looped = 0;
    const auto first = withPriority(client, [&] { waited = answersByWaiting(echo.name, 200); });
    const auto second = withPriority(client, [&] { looped = answersByLoop(echo.name, 200); });
    first->wait();
    second->wait();
    QCOMPARE(waited, 200);
    QCOMPARE(looped, 200);
}

#ifdef QLOCAL_DROPIN
// In stock Qt the answers stop.
void tst_RealTime::socketMovesBetweenPriorities()
{
    // The socket echoes in one thread and then in the other, while its peer keeps sending.
    constexpr int moves = 100;
    constexpr int total = 2000;
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName("moves")));
    QThread threads[2];
    for (QThread &thread : threads)
        thread.start();
    for (int index = 0; index < 2; ++index) {
        QObject context;
        context.moveToThread(&threads[index]);
        QMetaObject::invokeMethod(
                &context, [index] { setPriority(10 + 10 * index); }, Qt::BlockingQueuedConnection);
    }
    int answers = 0;
    const auto client = withPriority(15, [&] {
        QLocalSocket socket;
        socket.connectToServer(server.fullServerName());
        for (int sent = 0; sent < total; ++sent) {
            socket.write("x");
            if (sent % 10 == 9)
                socket.waitForReadyRead(20000);
            answers += int(socket.readAll().size());
        }
        while (answers < total && socket.waitForReadyRead(20000))
            answers += int(socket.readAll().size());
    });
    QVERIFY(server.waitForNewConnection(20000));
    QLocalSocket *socket = server.nextPendingConnection();
    socket->setParent(nullptr);
    int handled = 0;
    int moved = 0;
    connect(socket, &QIODevice::readyRead, socket, [&] {
        socket->write(socket->readAll());
        if (++handled % 2 == 0 && moved < moves)
            socket->moveToThread(&threads[++moved % 2]);
    });
    socket->moveToThread(&threads[0]);
    client->wait();
    QMetaObject::invokeMethod(
            socket, [socket] { delete socket; }, Qt::BlockingQueuedConnection);
    for (QThread &thread : threads) {
        thread.quit();
        thread.wait();
    }
    QCOMPARE(answers, total);
}

// Stock Qt polls continuously, and nothing else runs.
void tst_RealTime::roomWaitLetsServerRun()
{
    QLocalServer server;
    server.setListenBacklogSize(1);
    QVERIFY(server.listen(testing::uniqueName("full")));
    QLocalSocket first;
    QLocalSocket second;
    first.connectToServer(server.fullServerName());
    second.connectToServer(server.fullServerName());
    bool connected = false;
    const auto client = withPriority(20, [&] {
        QLocalSocket third;
        third.connectToServer(server.fullServerName());
        connected = third.waitForConnected(20000);
    });
    while (!client->isFinished())
        server.waitForNewConnection(10);
    client->wait();
    QVERIFY(connected);
}

void tst_RealTime::busyPollingLetsPeerRun()
{
    Server echo(10);
    int looped = 0;
    const auto client = withPriority(20, [&] {
        qlocal::setBusyPoll(std::chrono::milliseconds(10));
        looped = answersByLoop(echo.name, 200);
    });
    client->wait();
    QCOMPARE(looped, 200);
}
#endif

QTEST_GUILESS_MAIN(tst_RealTime)
#include "tst_real_time.moc"
