// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// One-byte round trips with both ends in one thread: every run does exactly the same, so that its
// instructions and system calls can be counted. A test checks these counts.

#include <QtCore/QCoreApplication>
#include <QtCore/QUuid>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

#include <cstdio>
#include <cstdlib>
#include <deque>

#include <unistd.h>

namespace {

[[noreturn]] void fail(const char *what)
{
    std::fprintf(stderr, "%s\n", what);
    std::exit(1);
}

void serve(QLocalServer *server)
{
    QLocalSocket *socket = server->nextPendingConnection();
    QObject::connect(socket, &QLocalSocket::readyRead, socket,
                     [socket] { socket->write(socket->readAll()); });
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const int connections = argc == 3 ? std::atoi(argv[1]) : 0;
    int toStart = argc == 3 ? std::atoi(argv[2]) : 0;
    if (connections < 1 || toStart < connections)
        fail("Usage: bench_hotpath CONNECTIONS ROUND_TRIPS");
    alarm(300);

    QLocalServer server;
    QObject::connect(&server, &QLocalServer::newConnection, [&server] { serve(&server); });
    if (!server.listen(QStringLiteral("qlocal-hotpath-")
                       + QUuid::createUuid().toString(QUuid::Id128)))
        fail("listening failed");

    int underWay = 0;
    std::deque<QLocalSocket> clients;
    const auto start = [&](QLocalSocket &client) {
        --toStart;
        ++underWay;
        client.write("x", 1);
    };
    while (int(clients.size()) < connections) {
        QLocalSocket &client = clients.emplace_back();
        QObject::connect(&client, &QLocalSocket::readyRead, [&] {
            if (client.readAll() != "x")
                fail("the byte that came back differs from the one sent");
            --underWay;
            if (toStart > 0)
                start(client);
            else if (underWay == 0)
                application.quit();
        });
        client.connectToServer(server.serverName());
        if (!client.waitForConnected())
            fail("connecting failed");
        QCoreApplication::processEvents();
    }
    for (QLocalSocket &client : clients)
        start(client);
    return application.exec();
}
