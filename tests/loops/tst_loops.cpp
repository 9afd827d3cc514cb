// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Sockets and servers in a thread whose loop may not be Qt's, and in loops run by handlers.

#include "../qt/asleep.h"
#include "../qt/echo.h"
#include "../qt/pair.h"
#include "loop.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QThread>
#include <QtCore/QTimer>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <ctime>
#include <optional>

using testing::later;
using testing::Loop;

class tst_Loops : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void writeIsSent_data();
    void writeIsSent();
    void writeInNestedLoopIsSent_data();
    void writeInNestedLoopIsSent();
    void writeBeforeNestedLoopIsSent();
    void crossWriteBeforeNestedLoopIsSent();
    void closeSendsPendingBytes();
    void limitedReadingContinues();
    void limitedPartialReadContinues();
    void limitedReadInPartsContinues();
    void serverAnswersClients();
    void acceptingContinuesAtPendingLimit();
    void threadsLoopServesSockets();
    void nestedLoopDeletesLater_data();
    void nestedLoopDeletesLater();
    void processEventsDeletesLater();
    void exchangeInNestedLoopCompletes();
    void idleLoopDoesNotSpin();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

enum class From { Before, Timer, QueuedCall, Source, Thread };

void addPlaces(bool withBefore)
{
    QTest::addColumn<From>("from");
    if (withBefore)
        QTest::newRow("before the loop") << From::Before;
    QTest::newRow("timer") << From::Timer;
    QTest::newRow("queued call") << From::QueuedCall;
    QTest::newRow("source of the loop") << From::Source;
    QTest::newRow("call from a thread") << From::Thread;
}

/// Calls this from the thread's loop, or now.
void callFrom(From from, QObject *context, const std::function<void()> &call)
{
    switch (from) {
    case From::Before: call(); break;
    case From::Timer: QTimer::singleShot(5, context, call); break;
    case From::QueuedCall: QMetaObject::invokeMethod(context, call, Qt::QueuedConnection); break;
    case From::Source: later(5, call); break;
    case From::Thread:
        QThread *thread = QThread::create([context, call, waiting = testing::threadId()] {
            testing::waitUntilAsleep(waiting);
            QMetaObject::invokeMethod(context, call, Qt::QueuedConnection);
        });
        QObject::connect(thread, &QThread::finished, thread, &QObject::deleteLater);
        thread->start();
        break;
    }
}

/// The processor time of this thread, in nanoseconds.
qint64 processorTime()
{
    timespec time = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

/// A client of an echo server in another thread.
struct Asker
{
    testing::EchoThread server;
    QLocalSocket client;
    QByteArray answer;
    QObject context;

    explicit Asker(Loop &loop)
    {
        QObject::connect(&client, &QIODevice::readyRead, &context, [this, &loop] {
            answer += client.readAll();
            if (answer.endsWith('.'))
                loop.quit();
        });
        client.connectToServer(server.fullServerName());
    }
};

} // namespace

Q_DECLARE_METATYPE(From)

void tst_Loops::writeIsSent_data()
{
    addPlaces(true);
}

void tst_Loops::writeIsSent()
{
    QFETCH(From, from);
    Loop loop;
    Asker asker(loop);
    qint64 written = 0;
    connect(&asker.client, &QLocalSocket::bytesWritten, this,
            [&](qint64 count) { written += count; });
    callFrom(from, &asker.context, [&] { asker.client.write("question."); });
    loop.run();
    QCOMPARE(asker.answer, QByteArray("question."));
    QCOMPARE(written, 9);
}

void tst_Loops::writeInNestedLoopIsSent_data()
{
    addPlaces(true);
}

void tst_Loops::writeInNestedLoopIsSent()
{
    QFETCH(From, from);
    for (const From outer : { From::Timer, From::QueuedCall, From::Source }) {
        Loop loop, nested;
        Asker asker(nested);
        callFrom(outer, &asker.context, [&] {
            callFrom(from, &asker.context, [&] { asker.client.write("question."); });
            nested.run();
            loop.quit();
        });
        loop.run();
        QCOMPARE(asker.answer, QByteArray("question."));
    }
}

void tst_Loops::writeBeforeNestedLoopIsSent()
{
    Loop loop, nested;
    Asker asker(nested);
    testing::Pair pair;
    QVERIFY(pair.open());
    QByteArray sent;
    connect(pair.client, &QIODevice::readyRead, this, [&] { sent += pair.client->readAll(); });
    connect(pair.accepted, &QIODevice::readyRead, this, [&] {
        pair.accepted->readAll();
        // Before the loop, on the socket whose handler this is.
        pair.accepted->write("answer");
        asker.client.write("question.");
        nested.run();
        // Here the loop has ended, but the handler has not.
        pair.accepted->write(" and more");
        loop.quit();
    });
    pair.client->write("?");
    loop.run();
    QCOMPARE(asker.answer, QByteArray("question."));
    QVERIFY(sent.startsWith("answer"));
    later(0, [&] { loop.quit(); });
    loop.run();
    QTRY_COMPARE(sent, QByteArray("answer and more"));
}

void tst_Loops::crossWriteBeforeNestedLoopIsSent()
{
    Loop loop, nested;
    testing::Pair first, second;
    QVERIFY(first.open() && second.open());
    connect(first.accepted, &QIODevice::readyRead, this, [&] {
        first.accepted->readAll();
        second.client->write("for the other");
        nested.run();
        loop.quit();
    });
    QByteArray received;
    connect(second.accepted, &QIODevice::readyRead, this, [&] {
        received += second.accepted->readAll();
        nested.quit();
    });
    first.client->write("?");
    loop.run();
    QCOMPARE(received, QByteArray("for the other"));
}

void tst_Loops::closeSendsPendingBytes()
{
    Loop loop;
    testing::Pair pair;
    QVERIFY(pair.open());
    const QByteArray sent = testing::streamOf(3'000'000);
    QByteArray received;
    connect(pair.accepted, &QIODevice::readyRead, this,
            [&] { received += pair.accepted->readAll(); });
    connect(pair.accepted, &QLocalSocket::disconnected, this, [&] { loop.quit(); });
    bool isOver = false;
    connect(pair.client, &QLocalSocket::disconnected, this, [&] { isOver = true; });
    later(5, [&] {
        pair.client->write(sent);
        pair.client->disconnectFromServer();
    });
    loop.run();
    QVERIFY(isOver);
    QVERIFY(received == sent);
}

void tst_Loops::limitedReadingContinues()
{
    Loop loop;
    testing::Pair pair;
    QVERIFY(pair.open());
    const QByteArray sent = testing::streamOf(2000);
    pair.accepted->setReadBufferSize(64);
    QByteArray received;
    const std::function<void()> read = [&] {
        received += pair.accepted->readAll();
        if (received.size() < sent.size())
            later(0, read);
        else
            loop.quit();
    };
    pair.client->write(sent);
    later(0, read);
    loop.run();
    QVERIFY(received == sent);
}

void tst_Loops::limitedPartialReadContinues()
{
    Loop loop;
    testing::Pair pair;
    QVERIFY(pair.open());
    const QByteArray sent = testing::streamOf(600);
    pair.accepted->setReadBufferSize(20);
    QByteArray received;
    // The second part is in the device's own buffer.
    const std::function<void()> read = [&] {
        received += pair.accepted->read(8);
        received += pair.accepted->read(12);
        if (received.size() < sent.size())
            later(0, read);
        else
            loop.quit();
    };
    pair.client->write(sent);
    later(0, read);
    loop.run();
    QVERIFY(received == sent);
}

void tst_Loops::limitedReadInPartsContinues()
{
    Loop loop;
    testing::Pair pair;
    QVERIFY(pair.open());
    const QByteArray sent = testing::streamOf(200);
    pair.accepted->setReadBufferSize(20);
    QByteArray received;
    // Outside the handler, and each byte of the limit without asking for one more.
    connect(pair.accepted, &QIODevice::readyRead, this, [&] {
        later(0, [&] {
            received += pair.accepted->read(8);
            received += pair.accepted->read(12);
            if (received.size() == sent.size())
                loop.quit();
        });
    });
    pair.client->write(sent);
    loop.run();
    QVERIFY(received == sent);
}

void tst_Loops::serverAnswersClients()
{
    Loop loop;
    testing::EchoServer server;
    QVERIFY(server.listen(testing::uniqueName("loops")));
    QByteArray answer;
    int left = 20;
    std::vector<std::unique_ptr<QLocalSocket>> clients;
    for (int i = 0; i < left; ++i) {
        QLocalSocket *client = clients.emplace_back(std::make_unique<QLocalSocket>()).get();
        connect(client, &QIODevice::readyRead, this, [&, client] {
            answer += client->readAll();
            client->disconnectFromServer();
        });
        connect(client, &QLocalSocket::disconnected, this, [&] {
            if (--left == 0)
                loop.quit();
        });
        connect(client, &QLocalSocket::connected, this, [client] { client->write("x"); });
    }
    later(0, [&] {
        for (const auto &client : clients)
            client->connectToServer(server.fullServerName());
    });
    loop.run();
    QCOMPARE(answer, QByteArray(int(clients.size()), 'x'));
}

void tst_Loops::acceptingContinuesAtPendingLimit()
{
    Loop loop;
    QLocalServer server;
    server.setMaxPendingConnections(1);
    QVERIFY(server.listen(testing::uniqueName("loops")));
    std::vector<std::unique_ptr<QLocalSocket>> clients;
    for (int i = 0; i < 9; ++i) {
        clients.push_back(std::make_unique<QLocalSocket>());
        clients.back()->connectToServer(server.fullServerName());
    }
    size_t taken = 0;
    const std::function<void()> take = [&] {
        if (QLocalSocket *socket = server.nextPendingConnection()) {
            socket->deleteLater();
            ++taken;
        }
        if (taken < clients.size())
            later(1, take);
        else
            loop.quit();
    };
    later(1, take);
    loop.run();
    QCOMPARE(taken, clients.size());
}

void tst_Loops::threadsLoopServesSockets()
{
    QByteArray answer;
    const testing::OwnedThread thread(QThread::create([&] {
        Loop loop;
        Asker asker(loop);
        later(5, [&] { asker.client.write("question."); });
        loop.run();
        answer = asker.answer;
    }));
    if (testing::loopKind() == testing::LoopKind::Foreign)
        thread->setEventDispatcher(new ForeignDispatcher);
    thread->start();
    thread->wait();
    QCOMPARE(answer, QByteArray("question."));
}

void tst_Loops::nestedLoopDeletesLater_data()
{
    QTest::addColumn<bool>("inBytesWritten");
    QTest::newRow("in disconnected") << false;
    QTest::newRow("in bytesWritten") << true;
}

void tst_Loops::nestedLoopDeletesLater()
{
    QFETCH(bool, inBytesWritten);
    Loop loop, dialog;
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName("loops")));
    const int count = 25;
    int deleted = 0;
    QObject context;
    connect(&server, &QLocalServer::newConnection, &context, [&] {
        while (QLocalSocket *socket = server.nextPendingConnection()) {
            if (inBytesWritten)
                connect(socket, &QLocalSocket::bytesWritten, socket, &QObject::deleteLater);
            else
                connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
            connect(socket, &QObject::destroyed, &context, [&] {
                if (++deleted == count)
                    dialog.quit();
            });
            QTimer::singleShot(1, socket, [socket, inBytesWritten] {
                socket->write("ok");
                if (!inBytesWritten)
                    socket->disconnectFromServer();
            });
        }
    });
    std::vector<std::unique_ptr<QLocalSocket>> clients;
    QTimer::singleShot(0, &context, [&] {
        for (int i = 0; i < count; ++i) {
            clients.push_back(std::make_unique<QLocalSocket>());
            clients.back()->connectToServer(server.fullServerName());
        }
        // Does not end before all are deleted.
        dialog.run();
        loop.quit();
    });
    loop.run();
    QCOMPARE(deleted, count);
}

void tst_Loops::processEventsDeletesLater()
{
    Loop loop;
    testing::Pair pair;
    QVERIFY(pair.open());
    QPointer<QLocalSocket> socket = pair.accepted;
    connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
    QTimer::singleShot(0, this, [&] {
        socket->write("ok");
        socket->disconnectFromServer();
        while (socket)
            QCoreApplication::processEvents();
        loop.quit();
    });
    loop.run();
    QVERIFY(!socket);
}

void tst_Loops::exchangeInNestedLoopCompletes()
{
    Loop loop, nested;
    testing::EchoThread server;
    QLocalSocket client;
    testing::Pair pair;
    QVERIFY(pair.open());
    const QByteArray sent = testing::streamOf(1'000'000);
    QByteArray received;
    client.connectToServer(server.fullServerName());
    connect(&client, &QIODevice::readyRead, this, [&] {
        received += client.readAll();
        if (received.size() == sent.size())
            nested.quit();
    });
    connect(pair.accepted, &QIODevice::readyRead, this, [&] {
        client.write(sent);
        nested.run();
        loop.quit();
    });
    pair.client->write("?");
    loop.run();
    QVERIFY(received == sent);
}

void tst_Loops::idleLoopDoesNotSpin()
{
    Loop loop;
    testing::Pair pair;
    QVERIFY(pair.open());
    connect(pair.accepted, &QIODevice::readyRead, this, [&] {
        pair.accepted->readAll();
        pair.accepted->write("answer");
    });
    pair.client->write("?");
    later(50, [&] { loop.quit(); });
    loop.run();
    QCOMPARE(pair.client->readAll(), QByteArray("answer"));
    // Everything is done. Any further work of the thread is wasted.
    QElapsedTimer time;
    time.start();
    const qint64 before = processorTime();
    later(200, [&] { loop.quit(); });
    loop.run();
    const qint64 used = processorTime() - before;
    // A busy loop would use all available processor time.
    QVERIFY2(used * 4 < time.nsecsElapsed(), qPrintable(QString::number(used)));
}

int main(int argc, char **argv)
{
    testing::chooseDispatcher();
    QCoreApplication application(argc, argv);
    tst_Loops test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_loops.moc"
