// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "echoserver.h"

#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

QString EchoServer::listen(const QString &name)
{
    m_server = new QLocalServer(this);
    connect(m_server, &QLocalServer::newConnection, this, &EchoServer::acceptAll);
    if (m_server->listen(name))
        return QString();
    return QStringLiteral("listening on \"%1\": %2").arg(name, m_server->errorString());
}

void EchoServer::acceptAll()
{
    while (QLocalSocket *socket = m_server->nextPendingConnection()) {
        const int number = m_accepted++;
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] { echo(socket); });
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        connect(socket, &QLocalSocket::errorOccurred, this,
                [this, socket, number](QLocalSocket::LocalSocketError error) {
                    // The clients close first, when they are done.
                    if (error != QLocalSocket::PeerClosedError)
                        emit failed(QStringLiteral("accepted connection %1: %2")
                                            .arg(number)
                                            .arg(socket->errorString()));
                });
    }
    emit accepted(m_accepted);
}

void EchoServer::echo(QLocalSocket *socket)
{
    const QByteArray bytes = socket->readAll();
    if (socket->write(bytes) != bytes.size())
        emit failed(QStringLiteral("server's write of %1 bytes: %2")
                            .arg(bytes.size())
                            .arg(socket->errorString()));
    m_bytesEchoed += bytes.size();
}
