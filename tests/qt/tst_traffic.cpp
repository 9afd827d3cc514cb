// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Sockets under full traffic: passed to worker threads, and moved between threads.

#include "echo.h"
#include "pair.h"

#include <QtTest/QtTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

class tst_Traffic : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void descriptorsGoToWorkersUnderTraffic();
    void socketsMoveUnderTraffic();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// Some threads with event loops, and an object in each.
class Workers
{
public:
    Workers()
    {
        for (size_t i = 0; i < m_threads.size(); ++i) {
            m_hosts[i].moveToThread(&m_threads[i]);
            m_threads[i].start();
        }
    }
    ~Workers()
    {
        for (QThread &thread : m_threads) {
            thread.quit();
            thread.wait();
        }
    }

    /// The next one, round robin.
    QObject *next() { return &m_hosts[m_next++ % m_hosts.size()]; }

private:
    std::array<QThread, 3> m_threads;
    std::array<QObject, 3> m_hosts;
    size_t m_next = 0;
};

/// Passes each connection to a worker, which echoes.
class WorkersServer : public QLocalServer
{
public:
    explicit WorkersServer(Workers *workers) : m_workers(workers) { }

protected:
    void incomingConnection(quintptr descriptor) override
    {
        QObject *host = m_workers->next();
        QMetaObject::invokeMethod(host, [host, descriptor] {
            auto *socket = new QLocalSocket;
            QObject::connect(host->thread(), &QThread::finished, socket, &QObject::deleteLater);
            testing::echo(socket);
            QObject::connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
            socket->setSocketDescriptor(qintptr(descriptor));
        });
    }

private:
    Workers *m_workers;
};

/// A client that sends its own stream to an echo and collects what comes back. The amount in flight
/// is limited so that the other end is called many times.
class Caller
{
public:
    Caller(const QString &fullServerName, const QByteArray &bytes) : stream(bytes)
    {
        QObject::connect(&socket, &QIODevice::readyRead, &socket, [this] {
            received += socket.readAll();
            send();
        });
        socket.connectToServer(fullServerName);
        send();
    }

    QLocalSocket socket;
    const QByteArray stream;
    QByteArray received;

private:
    void send()
    {
        while (m_sent < stream.size() && m_sent - received.size() < 20000)
            m_sent += socket.write(stream.mid(m_sent, 3333));
    }

    qsizetype m_sent = 0;
};

} // namespace

void tst_Traffic::descriptorsGoToWorkersUnderTraffic()
{
    Workers workers;
    WorkersServer server(&workers);
    QVERIFY(server.listen(testing::uniqueName()));
    // Each sends before it is accepted, and new ones connect while the old ones are busy.
    const QByteArray stream = testing::streamOf(300000);
    std::deque<Caller> callers;
    const auto received = [&] {
        return std::all_of(callers.begin(), callers.end(), [](const Caller &caller) {
            return caller.received.size() >= caller.stream.size();
        });
    };
    for (int round = 0; round < 10; ++round) {
        for (int i = 0; i < 4; ++i)
            callers.emplace_back(server.fullServerName(), stream.mid(int(callers.size()) * 7));
        QTRY_VERIFY_WITH_TIMEOUT(!callers.back().received.isEmpty(), 10000);
    }
    QTRY_VERIFY_WITH_TIMEOUT(received(), 20000);
    for (const Caller &caller : callers)
        QCOMPARE(caller.received, caller.stream);
}

void tst_Traffic::socketsMoveUnderTraffic()
{
    // The accepted sockets echo, and each moves to the next thread at every third arrival of bytes.
    Workers workers;
    const QByteArray stream = testing::streamOf(300000);
    std::atomic<int> moves = 0;
    std::atomic<int> wrong = 0;
    std::vector<QObject *> hosts = { workers.next(), workers.next(), workers.next() };
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    connect(&server, &QLocalServer::newConnection, this, [&] {
        QLocalSocket *socket = server.nextPendingConnection();
        socket->setParent(nullptr);
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        const auto handled = std::make_shared<size_t>(0);
        connect(socket, &QIODevice::readyRead, socket, [&, socket, handled] {
            if (QThread::currentThread() != socket->thread())
                ++wrong;
            socket->write(socket->readAll());
            if (++*handled % 3 != 0)
                return;
            QThread *next = hosts[*handled / 3 % hosts.size()]->thread();
            QMetaObject::invokeMethod(
                    socket,
                    [&, socket, next] {
                        socket->moveToThread(next);
                        ++moves;
                    },
                    Qt::QueuedConnection);
        });
    });
    std::deque<Caller> callers;
    for (int i = 0; i < 8; ++i)
        callers.emplace_back(server.fullServerName(), stream.mid(i * 7));
    for (const Caller &caller : callers) {
        QTRY_COMPARE_WITH_TIMEOUT(caller.received.size(), caller.stream.size(), 20000);
        QCOMPARE(caller.received, caller.stream);
    }
    QCOMPARE(wrong.load(), 0);
    QVERIFY2(moves > 16, qPrintable(QString::number(moves)));
    // The accepted ones are deleted where they are, while their threads still run.
    for (Caller &caller : callers)
        caller.socket.abort();
    for (QObject *host : hosts)
        testing::inside(*host->thread(), [] { testing::settle(); });
}

QTEST_GUILESS_MAIN(tst_Traffic)
#include "tst_traffic.moc"
