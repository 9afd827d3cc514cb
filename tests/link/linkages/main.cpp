// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Succeeds if an echo has come back through qlocal.

#include <QCoreApplication>
#include <QLocalServer>
#include <QLocalSocket>
#include <qlocal/server.h>
#include <qlocal/socket.h>

#include <typeinfo>
#include <unistd.h>

int main(int argc, char **argv)
{
    alarm(60);
    QCoreApplication application(argc, argv);
    qlocal::Server server;
    QObject::connect(&server, &QLocalServer::newConnection, &server, [&server] {
        QLocalSocket *socket = server.nextPendingConnection();
        QObject::connect(socket, &QIODevice::readyRead, socket,
                         [socket] { socket->write(socket->readAll()); });
    });
    if (!server.listenOnRandomName())
        return 1;
    QLocalSocket client;
    QObject::connect(&client, &QIODevice::readyRead, &application, [&client] {
        if (client.bytesAvailable() == 5)
            QCoreApplication::exit(client.readAll() == "hello" ? 0 : 2);
    });
    client.connectToServer(server.fullServerName());
    client.write("hello");
    const bool isOurs = QByteArray(typeid(client).name()).contains("B6qlocal");
    return isOurs ? application.exec() : 3;
}
