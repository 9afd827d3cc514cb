// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Actions in messageReady handlers, and messages of many and of hostile peers.

#include <QtCore/QThread>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include "framed.h"

using namespace testing;
using qlocal::Error;
using qlocal::Server;
using qlocal::Socket;

class tst_framing_handlers : public Framed
{
    Q_OBJECT

private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }

    void deleteInMessageReady();
    void endInMessageReady_data();
    void endInMessageReady();
    void reconnectInMessageReady();
    void moveInMessageReady();
    void manyConnectionsExchangeMessages();
    void hostilePeersAffectNoOthers();
};

void tst_framing_handlers::deleteInMessageReady()
{
    m_accepted->setFraming(Socket::Lines);
    connect(m_accepted, &Socket::messageReady, this, [this] { delete m_accepted; });
    m_client->write("one\ntwo\n");
    QTRY_VERIFY(!m_accepted);
    QTRY_COMPARE(m_client->state(), QLocalSocket::UnconnectedState);
}

void tst_framing_handlers::endInMessageReady_data()
{
    QTest::addColumn<QString>("how");
    QTest::newRow("close") << "close";
    QTest::newRow("abort") << "abort";
    QTest::newRow("disconnect") << "disconnect";
}

void tst_framing_handlers::endInMessageReady()
{
    QFETCH(QString, how);
    m_accepted->setFraming(Socket::Lines);
    QSignalSpy ready(m_accepted, &Socket::messageReady);
    connect(m_accepted, &Socket::messageReady, this, [&] {
        m_accepted->readMessage();
        if (how == QLatin1String("close"))
            m_accepted->close();
        else if (how == QLatin1String("abort"))
            m_accepted->abort();
        else
            m_accepted->disconnectFromServer();
    });
    m_client->write("one\ntwo\n");
    QTRY_COMPARE(m_client->state(), QLocalSocket::UnconnectedState);
    settle();
    QCOMPARE(ready.count(), 1);
    QCOMPARE(m_accepted->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(m_accepted->hasMessage(), how == QLatin1String("disconnect"));
}

void tst_framing_handlers::reconnectInMessageReady()
{
    m_client->setFraming(Socket::Lines);
    QList<QByteArray> arrived;
    connect(m_client.get(), &Socket::messageReady, this, [&] {
        arrived.append(m_client->readMessage());
        if (arrived.size() == 1) {
            m_client->abort();
            m_client->connectToServer(m_server->fullServerName());
        }
    });
    m_accepted->write("one\nlost\n");
    QTRY_VERIFY(m_server->hasPendingConnections());
    m_accepted = m_server->nextSocket();
    QVERIFY(m_accepted);
    m_accepted->write("two\nthree\n");
    QTRY_COMPARE(arrived, (QList<QByteArray> { "one", "two", "three" }));
}

void tst_framing_handlers::moveInMessageReady()
{
    QThread thread;
    thread.start();
    m_client->setFraming(Socket::Lines);
    QList<QByteArray> arrived;
    QAtomicInt count;
    QAtomicInt foreign;
    connect(
            m_client.get(), &Socket::messageReady, m_client.get(),
            [&, socket = m_client.get()] {
                arrived.append(socket->readMessage());
                foreign.storeRelaxed(QThread::currentThread() == &thread);
                if (QThread::currentThread() != &thread)
                    socket->moveToThread(&thread);
                count.fetchAndAddRelease(1);
            },
            Qt::DirectConnection);
    m_accepted->write("one\ntwo\nthr");
    m_accepted->flush();
    QTRY_COMPARE(count.loadAcquire(), 2);
    m_accepted->write("ee\n");
    QTRY_COMPARE(count.loadAcquire(), 3);
    QVERIFY(foreign.loadRelaxed());
    QCOMPARE(arrived, (QList<QByteArray> { "one", "two", "three" }));
    m_client.release()->deleteLater();
    thread.quit();
    thread.wait();
}

void tst_framing_handlers::manyConnectionsExchangeMessages()
{
    constexpr int connections = 50;
    constexpr int rounds = 100;
    QObject context;
    connect(m_server.get(), &Server::newConnection, &context, [&] {
        while (Socket *socket = m_server->nextSocket()) {
            socket->setFraming(Socket::LengthPrefixed);
            connect(socket, &Socket::messageReady, socket,
                    [socket] { socket->writeMessage(socket->readMessage()); });
        }
    });
    int done = 0;
    int wrong = 0;
    std::vector<std::unique_ptr<Socket>> clients;
    for (int number = 0; number < connections; ++number) {
        auto *client = clients.emplace_back(new Socket).get();
        client->setFraming(Socket::LengthPrefixed);
        connect(client, &Socket::messageReady, &context, [&, client, number, round = 0]() mutable {
            const QByteArray expected(number * round, char(number));
            wrong += client->readMessage() != expected;
            if (++round == rounds)
                ++done;
            else
                client->writeMessage(QByteArray(number * round, char(number)));
        });
        client->connectToServer(m_server->fullServerName());
        client->writeMessage(QByteArray());
    }
    QTRY_COMPARE(done, connections);
    QCOMPARE(wrong, 0);
}

void tst_framing_handlers::hostilePeersAffectNoOthers()
{
    QList<QPointer<Socket>> accepted;
    QObject context;
    connect(m_server.get(), &Server::newConnection, &context, [&] {
        while (Socket *socket = m_server->nextSocket()) {
            socket->setFraming(Socket::LengthPrefixed);
            socket->setMaxMessageSize(1000);
            accepted.append(socket);
        }
    });
    const QList<QByteArray> attacks {
        QByteArray("\xff\xff\xff\xff", 4), QByteArray("\x80\0\0\0", 4),
        QByteArray("\0\0\3\xe9", 4),       QByteArray("GET / HTTP/1.1\r\n\r\n"),
        QByteArray(1000000, '\xff'),
    };
    std::vector<std::unique_ptr<QLocalSocket>> peers;
    for (const QByteArray &attack : attacks) {
        auto *peer = peers.emplace_back(new QLocalSocket).get();
        peer->connectToServer(m_server->fullServerName());
        peer->write(attack);
    }
    frame(Socket::LengthPrefixed);
    QVERIFY(m_client->writeMessage("still here"));
    for (const auto &peer : peers)
        QTRY_COMPARE(peer->state(), QLocalSocket::UnconnectedState);
    QTRY_COMPARE(accepted.size(), attacks.size());
    for (const auto &socket : accepted) {
        QTRY_COMPARE(socket->state(), QLocalSocket::UnconnectedState);
        QCOMPARE(socket->error(), QLocalSocket::SocketResourceError);
        QVERIFY(socket->bytesReceived() <= 1004 + 256 * 1024);
    }
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(readAll(m_accepted), QList<QByteArray> { "still here" });
}

QTEST_GUILESS_MAIN(tst_framing_handlers)
#include "tst_framing_handlers.moc"
