// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "members.h"

bool Socket::isSequential() const
{
    return QLocalSocket::isSequential();
}

qint64 Socket::bytesAvailable() const
{
    return QLocalSocket::bytesAvailable();
}

qint64 Socket::bytesToWrite() const
{
    return QLocalSocket::bytesToWrite();
}

bool Socket::canReadLine() const
{
    return QLocalSocket::canReadLine();
}

bool Socket::open(OpenMode openMode)
{
    return QLocalSocket::open(openMode);
}

void Socket::close()
{
    QLocalSocket::close();
}

bool Socket::waitForReadyRead(int msecs)
{
    return QLocalSocket::waitForReadyRead(msecs);
}

bool Socket::waitForBytesWritten(int msecs)
{
    return QLocalSocket::waitForBytesWritten(msecs);
}

qint64 Socket::readData(char *data, qint64 size)
{
    return QLocalSocket::readData(data, size);
}

qint64 Socket::readLineData(char *data, qint64 size)
{
    return QLocalSocket::readLineData(data, size);
}

qint64 Socket::skipData(qint64 size)
{
    return QLocalSocket::skipData(size);
}

qint64 Socket::writeData(const char *data, qint64 size)
{
    return QLocalSocket::writeData(data, size);
}

bool Server::hasPendingConnections() const
{
    return QLocalServer::hasPendingConnections();
}

QLocalSocket *Server::nextPendingConnection()
{
    return QLocalServer::nextPendingConnection();
}

void Server::incomingConnection(quintptr socketDescriptor)
{
    auto *socket = new Socket(this);
    socket->setSocketDescriptor(qintptr(socketDescriptor), QLocalSocket::ConnectedState,
                                QIODevice::ReadWrite);
    addPendingConnection(socket);
}
