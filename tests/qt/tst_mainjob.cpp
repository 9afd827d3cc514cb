// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The main workload in small: ping-pong and data exchange between two threads, with the roles
// either way round.

#include "echo.h"

#include <QtCore/QEventLoop>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <memory>
#include <optional>
#include <vector>

class tst_MainJob : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void pingPong_data();
    void pingPong();
    void dataExchange_data();
    void dataExchange();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// Connections that each send a message to an echo server, check the answer, and send the next.
class Players
{
public:
    Players(int connections, int messages, qsizetype size)
        : m_messages(messages), m_message(testing::streamOf(size))
    {
        for (int i = 0; i < connections; ++i)
            m_players.push_back(std::make_unique<Player>());
    }

    /// Plays to the end in the calling thread; returns an error message, or nothing.
    QString play(const QString &fullServerName)
    {
        QEventLoop loop;
        for (const auto &player : m_players) {
            QLocalSocket &socket = player->socket;
            QObject::connect(&socket, &QIODevice::readyRead, &loop, [&, player = player.get()] {
                if (!receive(*player))
                    loop.quit();
            });
            QObject::connect(&socket, &QLocalSocket::errorOccurred, &loop, [&] {
                m_failure = socket.errorString();
                loop.quit();
            });
            QObject::connect(&socket, &QLocalSocket::connected, &loop,
                             [&] { socket.write(m_message); });
            socket.connectToServer(fullServerName);
        }
        if (m_failure.isEmpty())
            loop.exec();
        for (const auto &player : m_players) {
            player->socket.disconnect();
            player->socket.abort();
        }
        return m_failure;
    }

private:
    struct Player
    {
        QLocalSocket socket;
        QByteArray answer;
        int answered = 0;
    };

    /// Returns false when the game is over.
    bool receive(Player &player)
    {
        player.answer += player.socket.readAll();
        if (player.answer.size() < m_message.size())
            return true;
        if (player.answer != m_message) {
            m_failure = QStringLiteral("another answer than the message");
            return false;
        }
        player.answer.clear();
        if (++player.answered < m_messages)
            player.socket.write(m_message);
        else if (++m_finished == m_players.size())
            return false;
        return true;
    }

    const int m_messages;
    const QByteArray m_message;
    std::vector<std::unique_ptr<Player>> m_players;
    size_t m_finished = 0;
    QString m_failure;
};

/// Plays with the server in a thread and the clients here, or the other way round.
QString playBetweenThreads(bool serverInMain, int connections, int messages, qsizetype size)
{
    if (!serverInMain) {
        testing::EchoThread server;
        return Players(connections, messages, size).play(server.fullServerName());
    }
    testing::EchoServer server;
    server.setMaxPendingConnections(connections);
    if (!server.listen(testing::uniqueName("mainjob")))
        return server.errorString();
    QString failure = QStringLiteral("not played");
    QEventLoop loop;
    const testing::OwnedThread thread(QThread::create([&, name = server.fullServerName()] {
        failure = Players(connections, messages, size).play(name);
    }));
    QObject::connect(thread.get(), &QThread::finished, &loop, &QEventLoop::quit);
    thread->start();
    loop.exec();
    thread->wait();
    return failure;
}

void addThreads(const char *what, int connections, int messages, int size)
{
    QTest::addRow("%s, server in a thread", what) << false << connections << messages << size;
    QTest::addRow("%s, clients in a thread", what) << true << connections << messages << size;
}

void addColumns()
{
    QTest::addColumn<bool>("serverInMain");
    QTest::addColumn<int>("connections");
    QTest::addColumn<int>("messages");
    QTest::addColumn<int>("size");
}

void play()
{
    QFETCH(bool, serverInMain);
    QFETCH(int, connections);
    QFETCH(int, messages);
    QFETCH(int, size);
    QCOMPARE(playBetweenThreads(serverInMain, connections, messages, size), QString());
}

} // namespace

void tst_MainJob::pingPong_data()
{
    addColumns();
    addThreads("10 connections", 10, 500, 1);
    addThreads("200 connections", 200, 50, 1);
}

void tst_MainJob::pingPong()
{
    play();
}

void tst_MainJob::dataExchange_data()
{
    addColumns();
    addThreads("5 x 10,000", 5, 200, 10000);
    addThreads("10 x 100,000", 10, 20, 100000);
    addThreads("1 x 4 MiB", 1, 2, 4 << 20);
}

void tst_MainJob::dataExchange()
{
    play();
}

QTEST_GUILESS_MAIN(tst_MainJob)
#include "tst_mainjob.moc"
