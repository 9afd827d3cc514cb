// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Succeeds if an echo has come back while a third-party Rust library does its work.

#include <QCoreApplication>
#include <QLocalServer>
#include <QLocalSocket>
#include <QUuid>

#include <unistd.h>

extern "C" unsigned other_caught_panics(unsigned count);

int main(int argc, char **argv)
{
    alarm(60);
    QCoreApplication app(argc, argv);
    if (other_caught_panics(4) != 4)
        return 1;
    QLocalServer server;
    QLocalSocket client;
    QObject::connect(&server, &QLocalServer::newConnection, &app, [&server] {
        QLocalSocket *socket = server.nextPendingConnection();
        QObject::connect(socket, &QLocalSocket::readyRead, socket, [socket] {
            if (other_caught_panics(4) == 4)
                socket->write(socket->readAll());
        });
    });
    QObject::connect(&client, &QLocalSocket::readyRead, &app, [&] {
        app.exit(client.readAll() == "hello" && other_caught_panics(4) == 4 ? 0 : 2);
    });
    if (!server.listen(QUuid::createUuid().toString(QUuid::Id128)))
        return 3;
    client.connectToServer(server.serverName());
    client.write("hello");
    return app.exec();
}
