// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Exits with 0 when an echo has come back through the classes of QtNetwork.

#include "echoserver.h"

#include <QCoreApplication>
#include <QLocalSocket>
#include <QUuid>
#include <QtDebug>

#include <cstring>
#include <typeinfo>
#include <unistd.h>

#if !defined(QLOCAL_IS_STOCK) || defined(QLOCAL_DROPIN)
#  error "The fallback is Qt's own classes, and says so"
#endif

int main(int argc, char **argv)
{
    alarm(60);
    QCoreApplication app(argc, argv);
    if (std::strstr(typeid(QLocalSocket).name(), "B6qlocal")) {
        qCritical("These are the classes of qlocal");
        return 1;
    }

    const QByteArray message = "Hello from a consumer";
    EchoServer server;
    if (!server.listen(QUuid::createUuid().toString(QUuid::Id128))) {
        qCritical() << server.errorString();
        return 2;
    }
    QLocalSocket client;
    QObject::connect(&client, &QLocalSocket::readyRead, &app, [&] {
        if (client.bytesAvailable() == message.size())
            app.exit(client.readAll() == message ? 0 : 3);
    });
    QObject::connect(&client, &QLocalSocket::errorOccurred, &app, [&app] { app.exit(4); });
    client.connectToServer(server.serverName());
    client.write(message);
    return app.exec();
}
