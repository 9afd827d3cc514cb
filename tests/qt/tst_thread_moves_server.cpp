// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// moveToThread of listening servers, with waiting and pending clients.

#include "clients.h"
#include "echo.h"
#include "pair.h"

#include <QtCore/QThread>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <atomic>
#include <optional>

class tst_ThreadMovesServer : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void serverAcceptsInNewThread();
    void backlogIsAcceptedAfterMove();
    void pendingSocketsMoveWithServer();
    void serverCanMoveInNewConnection();

private:
    std::optional<testing::Watchdog> m_watchdog;
    QThread m_thread;
};

void tst_ThreadMovesServer::init()
{
    m_watchdog.emplace();
    m_thread.start();
}

void tst_ThreadMovesServer::cleanup()
{
    m_thread.quit();
    m_thread.wait();
    m_watchdog.reset();
}

void tst_ThreadMovesServer::serverAcceptsInNewThread()
{
    auto *server = new testing::EchoServer;
    QVERIFY(server->listen(testing::uniqueName()));
    std::atomic<QThread *> acceptedIn = nullptr;
    connect(server, &QLocalServer::newConnection, server,
            [&] { acceptedIn = QThread::currentThread(); });
    server->moveToThread(&m_thread);
    QCOMPARE(testing::askBlocking(server->fullServerName(), "x"), QByteArray("x"));
    QCOMPARE(acceptedIn.load(), &m_thread);
    testing::inside(m_thread, [&] { delete server; });
}

void tst_ThreadMovesServer::backlogIsAcceptedAfterMove()
{
    auto *server = new testing::EchoServer;
    QVERIFY(server->listen(testing::uniqueName()));
    testing::Clients clients(*server, 5);
    for (size_t i = 0; i < 5; ++i)
        clients[i]->write("waiting");
    server->moveToThread(&m_thread);
    for (size_t i = 0; i < 5; ++i) {
        QTRY_COMPARE_WITH_TIMEOUT(clients[i]->bytesAvailable(), 7, 10000);
        QCOMPARE(clients[i]->readAll(), QByteArray("waiting"));
    }
    testing::inside(m_thread, [&] { delete server; });
}

void tst_ThreadMovesServer::pendingSocketsMoveWithServer()
{
    QPointer<QLocalServer> server = new QLocalServer;
    QVERIFY(server->listen(testing::uniqueName()));
    testing::Clients clients(*server, 2);
    testing::settle();
    server->moveToThread(&m_thread);
    testing::inside(m_thread, [&] {
        while (QLocalSocket *socket = server->nextPendingConnection()) {
            testing::echo(socket);
            emit socket->readyRead();
        }
    });
    clients[1]->write("pending");
    QTRY_COMPARE_WITH_TIMEOUT(clients[1]->bytesAvailable(), 7, 10000);
    testing::inside(m_thread, [&] { delete server; });
}

void tst_ThreadMovesServer::serverCanMoveInNewConnection()
{
    auto *server = new testing::EchoServer;
    QVERIFY(server->listen(testing::uniqueName()));
    connect(server, &QLocalServer::newConnection, server,
            [&, server] { server->moveToThread(&m_thread); });
    testing::Clients clients(*server, 3);
    for (size_t i = 0; i < 3; ++i)
        clients[i]->write("moving");
    for (size_t i = 0; i < 3; ++i)
        QTRY_COMPARE_WITH_TIMEOUT(clients[i]->bytesAvailable(), 6, 10000);
    testing::inside(m_thread, [&] { delete server; });
}

QTEST_GUILESS_MAIN(tst_ThreadMovesServer)
#include "tst_thread_moves_server.moc"
