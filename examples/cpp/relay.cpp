// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <QCoreApplication>
#include <qlocal/server.h>

/// Passes on what arrives at one socket to the other. Large parts are not copied.
static void relay(qlocal::Socket *from, qlocal::Socket *to)
{
    QObject::connect(from, &QLocalSocket::readyRead, to,
                     [from, to] { to->write(from->readChunk()); });
    QObject::connect(from, &QLocalSocket::disconnected, to, &QLocalSocket::disconnectFromServer);
    QObject::connect(from, &QLocalSocket::disconnected, from, &QObject::deleteLater);
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (argc != 3)
        qFatal("Usage: relay FROM TO");
    qlocal::Server server;
    QObject::connect(&server, &QLocalServer::newConnection, [&] {
        qlocal::Socket *client = server.nextSocket();
        qlocal::Socket *target = new qlocal::Socket(&server);
        relay(client, target);
        relay(target, client);
        target->connectToServer(argv[2]);
        if (target->state() == QLocalSocket::UnconnectedState)
            client->abort();
    });
    if (!server.listen(argv[1]))
        qFatal("%s", qPrintable(server.errorString()));
    return application.exec();
}
