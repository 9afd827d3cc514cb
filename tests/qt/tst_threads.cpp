// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Servers and sockets that live in different threads, with and without event loops.

#include "clients.h"
#include "echo.h"

#include <QtCore/QThreadPool>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

class tst_Threads : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void serverThreadAnswersMainThread();
    void clientThreadCanBlock();
    void threadWithoutEventLoopCanServe();
    void bothEndsCanBlockInOwnThreads();
    void descriptorsGoToLoopThreads();
    void descriptorsGoToBlockingWorkers();
    void signalsRunInSocketsThread();
    void queuedConnectionsCarryEnums_data();
    void queuedConnectionsCarryEnums();
    void manyThreadsPlayPingPong();

public slots:
    void onError(QLocalSocket::LocalSocketError error) { m_errors.append(error); }
    void onState(QLocalSocket::LocalSocketState state) { m_states.append(state); }

private:
    std::optional<testing::Watchdog> m_watchdog;
    QList<QLocalSocket::LocalSocketError> m_errors;
    QList<QLocalSocket::LocalSocketState> m_states;
};

namespace {

/// Answers one connection with blocking calls only: reads `size` bytes and sends them back.
bool answerBlocking(QLocalSocket *socket, qsizetype size)
{
    QByteArray bytes;
    while (bytes.size() < size && (socket->bytesAvailable() || socket->waitForReadyRead(10000)))
        bytes += socket->readAll();
    socket->write(bytes);
    while (socket->bytesToWrite() > 0 && socket->waitForBytesWritten(10000)) { }
    return bytes.size() == size;
}

/// Passes each descriptor to `taker` instead of creating a socket.
class HandingServer : public QLocalServer
{
public:
    explicit HandingServer(std::function<void(qintptr)> taker) : m_taker(std::move(taker)) { }

protected:
    void incomingConnection(quintptr descriptor) override { m_taker(qintptr(descriptor)); }

private:
    const std::function<void(qintptr)> m_taker;
};

/// Sends a different message from each client and collects the answers until all have arrived or 10
/// s have passed.
bool allAreAnswered(const testing::Clients &clients, size_t count)
{
    std::vector<QByteArray> answers(count);
    for (size_t i = 0; i < count; ++i) {
        QObject::connect(clients[i], &QIODevice::readyRead, clients[i],
                         [&, i] { answers[i] += clients[i]->readAll(); });
        clients[i]->write("client " + QByteArray::number(int(1000 + i)));
    }
    return QTest::qWaitFor(
            [&] {
                for (size_t i = 0; i < count; ++i)
                    if (answers[i] != "client " + QByteArray::number(int(1000 + i)))
                        return false;
                return true;
            },
            10000);
}

} // namespace

void tst_Threads::serverThreadAnswersMainThread()
{
    testing::EchoThread server;
    std::vector<std::unique_ptr<QLocalSocket>> clients;
    const QByteArray sent = testing::streamOf(300000);
    std::vector<QByteArray> received(10);
    for (QByteArray &bytes : received) {
        clients.push_back(std::make_unique<QLocalSocket>());
        QLocalSocket *client = clients.back().get();
        connect(client, &QIODevice::readyRead, client,
                [client, &bytes] { bytes += client->readAll(); });
        client->connectToServer(server.fullServerName());
        client->write(sent);
    }
    for (const QByteArray &bytes : received) {
        QTRY_COMPARE_WITH_TIMEOUT(bytes.size(), sent.size(), 10000);
        QCOMPARE(bytes, sent);
    }
}

void tst_Threads::clientThreadCanBlock()
{
    testing::EchoThread server;
    const QByteArray sent = testing::streamOf(300000);
    QByteArray received;
    testing::inThread([&] {
        received = testing::askBlocking(server.fullServerName(), sent);
    })->wait();
    QCOMPARE(received, sent);
}

void tst_Threads::threadWithoutEventLoopCanServe()
{
    const QString name = testing::uniqueName();
    QSemaphore listening;
    bool served = false;
    const testing::OwnedThread thread = testing::inThread([&] {
        QLocalServer server;
        server.listen(name);
        listening.release();
        served = server.waitForNewConnection(10000)
                && answerBlocking(server.nextPendingConnection(), 5);
    });
    listening.acquire();
    QLocalSocket client;
    client.connectToServer(name);
    client.write("hello");
    QTRY_COMPARE_WITH_TIMEOUT(client.bytesAvailable(), 5, 10000);
    QCOMPARE(client.readAll(), QByteArray("hello"));
    thread->wait();
    QVERIFY(served);
}

void tst_Threads::bothEndsCanBlockInOwnThreads()
{
    const QString name = testing::uniqueName();
    const QByteArray sent = testing::streamOf(200000);
    QSemaphore listening;
    bool served = false;
    QByteArray received;
    const testing::OwnedThread serving = testing::inThread([&] {
        QLocalServer server;
        server.listen(name);
        listening.release();
        served = server.waitForNewConnection(10000)
                && answerBlocking(server.nextPendingConnection(), sent.size());
    });
    listening.acquire();
    const testing::OwnedThread asking = testing::inThread(
            [&] { received = testing::askBlocking(name, sent); });
    asking->wait();
    serving->wait();
    QVERIFY(served);
    QCOMPARE(received, sent);
}

void tst_Threads::descriptorsGoToLoopThreads()
{
    QThread threads[4];
    QObject hosts[4];
    for (int i = 0; i < 4; ++i) {
        hosts[i].moveToThread(&threads[i]);
        threads[i].start();
    }
    int next = 0;
    HandingServer server([&](qintptr descriptor) {
        QObject *host = &hosts[next++ % 4];
        QMetaObject::invokeMethod(host, [host, descriptor] {
            auto *socket = new QLocalSocket;
            QObject::connect(host->thread(), &QThread::finished, socket, &QObject::deleteLater);
            testing::echo(socket);
            socket->setSocketDescriptor(descriptor);
        });
    });
    QVERIFY(server.listen(testing::uniqueName()));
    {
        testing::Clients clients(server, 20);
        QVERIFY(allAreAnswered(clients, 20));
    }
    for (QThread &thread : threads) {
        thread.quit();
        thread.wait();
    }
    QCOMPARE(next, 20);
}

void tst_Threads::descriptorsGoToBlockingWorkers()
{
    QThreadPool pool;
    pool.setMaxThreadCount(3);
    std::atomic<int> answered = 0;
    HandingServer server([&](qintptr descriptor) {
        pool.start([&answered, descriptor] {
            QLocalSocket socket;
            if (socket.setSocketDescriptor(descriptor) && answerBlocking(&socket, 11))
                ++answered;
        });
    });
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 20);
    QVERIFY(allAreAnswered(clients, 20));
    QVERIFY(pool.waitForDone(10000));
    QCOMPARE(answered.load(), 20);
}

void tst_Threads::signalsRunInSocketsThread()
{
    testing::EchoThread server;
    QSet<QThread *> emitters;
    const testing::OwnedThread thread = testing::inThread([&] {
        QLocalSocket socket;
        const auto note = [&] { emitters.insert(QThread::currentThread()); };
        connect(&socket, &QLocalSocket::connected, note);
        connect(&socket, &QLocalSocket::readyRead, note);
        connect(&socket, &QLocalSocket::bytesWritten, note);
        connect(&socket, &QLocalSocket::disconnected, note);
        QEventLoop loop;
        connect(&socket, &QLocalSocket::readyRead, &loop, &QEventLoop::quit);
        socket.connectToServer(server.fullServerName());
        socket.write("x");
        loop.exec();
        socket.close();
    });
    thread->wait();
    QCOMPARE(emitters, QSet<QThread *>({ thread.get() }));
}

void tst_Threads::queuedConnectionsCarryEnums_data()
{
    QTest::addColumn<bool>("byString");
    QTest::newRow("by string") << true;
    QTest::newRow("by pointer") << false;
}

void tst_Threads::queuedConnectionsCarryEnums()
{
    QFETCH(bool, byString);
    qRegisterMetaType<QLocalSocket::LocalSocketError>();
    qRegisterMetaType<QLocalSocket::LocalSocketState>();
    m_errors.clear();
    m_states.clear();
    testing::inThread([&] {
        QLocalSocket socket;
        if (byString) {
            connect(&socket, SIGNAL(errorOccurred(QLocalSocket::LocalSocketError)), this,
                    SLOT(onError(QLocalSocket::LocalSocketError)), Qt::QueuedConnection);
            connect(&socket, SIGNAL(stateChanged(QLocalSocket::LocalSocketState)), this,
                    SLOT(onState(QLocalSocket::LocalSocketState)), Qt::QueuedConnection);
        } else {
            connect(&socket, &QLocalSocket::errorOccurred, this, &tst_Threads::onError,
                    Qt::QueuedConnection);
            connect(&socket, &QLocalSocket::stateChanged, this, &tst_Threads::onState,
                    Qt::QueuedConnection);
        }
        socket.connectToServer(testing::uniqueName("missing"));
    })->wait();
    QVERIFY(m_errors.isEmpty() && m_states.isEmpty());
    QCoreApplication::processEvents();
    QCOMPARE(m_errors,
             QList<QLocalSocket::LocalSocketError>({ QLocalSocket::ServerNotFoundError }));
    QCOMPARE(m_states,
             QList<QLocalSocket::LocalSocketState>(
                     { QLocalSocket::ConnectingState, QLocalSocket::UnconnectedState }));
}

void tst_Threads::manyThreadsPlayPingPong()
{
    constexpr int roundTrips = 500;
    std::atomic<int> finished = 0;
    std::vector<testing::OwnedThread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.push_back(testing::inThread([&] {
            testing::EchoServer server;
            server.listen(testing::uniqueName("ping"));
            QLocalSocket client;
            QEventLoop loop;
            int left = roundTrips;
            connect(&client, &QIODevice::readyRead, &client, [&] {
                client.readAll();
                if (--left == 0)
                    return loop.quit();
                client.write("x");
            });
            client.connectToServer(server.fullServerName());
            client.write("x");
            loop.exec();
            finished += left == 0 ? 1 : 0;
        }));
    }
    for (const testing::OwnedThread &thread : threads)
        thread->wait();
    QCOMPARE(finished.load(), 8);
}

QTEST_GUILESS_MAIN(tst_Threads)
#include "tst_threads.moc"
