// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "counts.h"
#include "roles.h"
#include "session.h"
#include "threads.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QRandomGenerator>
#include <QtCore/QTimer>
#include <QtNetwork/QLocalServer>

int runServer(const QString &name)
{
    threads::start();
    QLocalServer server;
    const auto listen = [&] {
        if (!server.listen(name))
            qFatal("%s", qPrintable(server.errorString()));
    };
    QObject::connect(&server, &QLocalServer::newConnection, [&] {
        while (QLocalSocket *socket = server.nextPendingConnection()) {
            socket->setParent(nullptr);
            threads::moveAnywhere(new Session(socket));
        }
    });
    listen();
    QTimer restart;
    QObject::connect(&restart, &QTimer::timeout, [&] {
        server.close();
        listen();
        restart.start(2000 + QRandomGenerator::global()->bounded(3000));
    });
    restart.start(2000);
    startReporting();
    const int outcome = QCoreApplication::exec();
    threads::stop();
    return outcome;
}
