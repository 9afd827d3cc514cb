// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "echoserver.h"

#include <QtNetwork>

void EchoServer::incomingConnection(quintptr socketDescriptor)
{
    auto *socket = new QLocalSocket(this);
    socket->setSocketDescriptor(qintptr(socketDescriptor));
    connect(socket, &QLocalSocket::readyRead, socket,
            [socket] { socket->write(socket->readAll()); });
}
