// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Ends well when an echo has come back, and when it came through qlocal.

#include "echoserver.h"

#include <QCoreApplication>
#include <QLocalSocket>
#include <QUuid>
#include <QtDebug>

#include <unistd.h>

#ifndef QLOCAL_DROPIN
#  error "These are the headers of Qt"
#endif

int main(int argc, char **argv)
{
    alarm(60);
    QCoreApplication app(argc, argv);
    const QByteArray message = "Hello from a consumer";

    EchoServer server;
    if (!server.listen(QUuid::createUuid().toString(QUuid::Id128))) {
        qCritical() << server.errorString();
        return 1;
    }
    QLocalSocket client;
    QObject::connect(&client, &QLocalSocket::readyRead, &app, [&] {
        if (client.bytesAvailable() == message.size())
            app.exit(client.readAll() == message ? 0 : 2);
    });
    QObject::connect(&client, SIGNAL(errorOccurred(QLocalSocket::LocalSocketError)), &app,
                     SLOT(quit()));
    client.connectToServer(server.serverName());
    client.write(message);
    const int result = app.exec();
    return client.state() == QLocalSocket::ConnectedState ? result : 3;
}
