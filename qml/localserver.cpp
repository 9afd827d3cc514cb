// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "localserver.h"

namespace qlocal {

bool LocalServer::listen(const QString &name)
{
    const bool listens = QLocalServer::listen(name);
    if (listens)
        Q_EMIT listeningChanged();
    return listens;
}

void LocalServer::close()
{
    if (!isListening())
        return;
    QLocalServer::close();
    Q_EMIT listeningChanged();
}

QString LocalServer::errorString() const
{
    return QLocalServer::errorString();
}

void LocalServer::incomingConnection(quintptr socketDescriptor)
{
    auto *socket = new LocalSocket(this);
    socket->setSocketDescriptor(qintptr(socketDescriptor));
    admit(socket);
    connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
    Q_EMIT newConnection(socket);
}

} // namespace qlocal
