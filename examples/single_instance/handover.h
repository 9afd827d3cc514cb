// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// How a second start of a program passes its arguments to the first.

#ifndef QLOCAL_EXAMPLES_HANDOVER_H
#define QLOCAL_EXAMPLES_HANDOVER_H

#include <QDataStream>
#include <QLocalServer>
#include <QLocalSocket>
#include <QStringList>

#include <functional>

/// Passes the arguments to the program that listens on `name`; true once it has taken them.
inline bool handOver(const QString &name, const QStringList &arguments)
{
    QLocalSocket socket;
    socket.connectToServer(name);
    if (!socket.waitForConnected(5000))
        return false;
    QDataStream stream(&socket);
    stream << arguments;
    return socket.waitForReadyRead(5000) && socket.read(1) == "!";
}

/// Calls `taker` with the arguments of each start that passes its own to this server.
inline void takeOver(QLocalServer *server, std::function<void(const QStringList &)> taker)
{
    QObject::connect(server, &QLocalServer::newConnection, server, [server, taker] {
        QLocalSocket *socket = server->nextPendingConnection();
        QObject::connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        QObject::connect(socket, &QIODevice::readyRead, socket, [socket, taker] {
            QDataStream stream(socket);
            stream.startTransaction();
            QStringList arguments;
            stream >> arguments;
            if (!stream.commitTransaction())
                return; // The rest is still to come.
            taker(arguments);
            socket->write("!");
        });
    });
}

#endif // QLOCAL_EXAMPLES_HANDOVER_H
