// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// One-byte round trips, or small writes, with both ends in one thread: every run does exactly the
// same, so that its instructions and system calls can be counted. A test checks these counts.

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

/// Sends back what arrives.
void echo(QLocalSocket *socket)
{
    QObject::connect(socket, &QLocalSocket::readyRead, socket,
                     [socket] { socket->write(socket->readAll()); });
}

void connectTo(const QLocalServer &server, QLocalSocket &client)
{
    client.connectToServer(server.serverName());
    if (!client.waitForConnected())
        fail("connecting failed");
    QCoreApplication::processEvents();
}

int roundTrips(QLocalServer &server, int connections, int toStart)
{
    QObject::connect(&server, &QLocalServer::newConnection,
                     [&server] { echo(server.nextPendingConnection()); });
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
                QCoreApplication::quit();
        });
        connectTo(server, client);
    }
    for (QLocalSocket &client : clients)
        start(client);
    return QCoreApplication::exec();
}

/// Like the workload "one way small": the loop turns once every 128 writes.
int writes(QLocalServer &server, int count)
{
    const QByteArray data(16, 'x');
    const qint64 window = 1024 * 1024;
    qint64 received = 0;
    QObject::connect(&server, &QLocalServer::newConnection, [&] {
        QLocalSocket *socket = server.nextPendingConnection();
        QObject::connect(socket, &QLocalSocket::readyRead, socket,
                         [&received, socket] { received += socket->readAll().size(); });
    });
    QLocalSocket client;
    connectTo(server, client);
    for (int number = 1; number <= count; ++number) {
        if (client.write(data.constData(), data.size()) != data.size())
            fail("writing failed");
        if (number % 128 == 0)
            QCoreApplication::processEvents();
        if (client.bytesToWrite() > window)
            fail("the reader has not kept up");
    }
    while (received < qint64(count) * data.size())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    return 0;
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    const int count = arguments.value(2).toInt();
    const bool countsWrites = arguments.value(1) == QLatin1String("writes");
    const int connections = countsWrites ? 1 : arguments.value(1).toInt();
    if (arguments.size() != 3 || connections < 1 || count < connections)
        fail("Usage: bench_hotpath CONNECTIONS ROUND_TRIPS\n       bench_hotpath writes COUNT");
    alarm(300);

    QLocalServer server;
    if (!server.listen(QStringLiteral("qlocal-hotpath-")
                       + QUuid::createUuid().toString(QUuid::Id128)))
        fail("listening failed");
    return countsWrites ? writes(server, count) : roundTrips(server, connections, count);
}
