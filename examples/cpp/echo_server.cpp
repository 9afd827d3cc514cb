// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <QCoreApplication>
#include <QLocalServer>
#include <QLocalSocket>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QLocalServer server;
    QObject::connect(&server, &QLocalServer::newConnection, [&server] {
        QLocalSocket *socket = server.nextPendingConnection();
        QObject::connect(socket, &QLocalSocket::readyRead,
                         [socket] { socket->write(socket->readAll()); });
        QObject::connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
    });
    if (!server.listen("echo"))
        qFatal("%s", qPrintable(server.errorString()));
    return application.exec();
}
