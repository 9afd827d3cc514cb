// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <QCoreApplication>
#include <qlocal/server.h>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    qlocal::Server server;
    server.setFraming(qlocal::Socket::Lines);
    server.setDelimiter("\r\n");
    server.setMaxMessageSize(1000);
    QObject::connect(&server, &QLocalServer::newConnection, [&] {
        qlocal::Socket *client = server.nextSocket();
        QObject::connect(client, &qlocal::Socket::messageReady,
                         [client] { client->writeMessage(client->readMessage().toUpper()); });
        QObject::connect(client, &QLocalSocket::disconnected, client, &QObject::deleteLater);
    });
    if (!server.listen(argc > 1 ? argv[1] : "shout"))
        qFatal("%s", qPrintable(server.errorString()));
    return application.exec();
}
