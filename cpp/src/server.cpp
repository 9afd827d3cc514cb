// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <qlocal/server.h>

namespace qlocal {

Server::Server(QObject *parent) : QLocalServer(parent) { }

Server::~Server() = default;

Socket *Server::nextSocket()
{
    return qobject_cast<Socket *>(nextPendingConnection());
}

void Server::incomingConnection(quintptr socketDescriptor)
{
    auto *socket = new Socket(this);
    socket->setSocketDescriptor(qintptr(socketDescriptor));
    admit(socket);
    addPendingConnection(socket);
}

void Server::admit(Socket *socket)
{
    socket->engineSetAcceptedBy(serverName());
}

} // namespace qlocal
