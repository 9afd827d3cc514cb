// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "server.h"

#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

#include <utility>

#ifdef QLOCAL_DROPIN
#  include <qlocal/server.h>
#endif

namespace {

/// How much a slow reader reads per millisecond.
constexpr qint64 SlowShare = 512 * 1024;

constexpr int AcceptTimeout = 30'000;

} // namespace

Server::Server(Duty duty) : m_duty(duty), m_slowly(this) { }

QString Server::listen(const QString &name)
{
#ifdef QLOCAL_DROPIN
    if (m_duty == EchoChunks) {
        const auto server = new qlocal::Server(this);
        server->setPrivateNames(false);
        m_server = server;
    }
#endif
    if (!m_server)
        m_server = new QLocalServer(this);
    connect(m_server, &QLocalServer::newConnection, this, &Server::acceptPending);
    if (m_server->listen(name))
        return QString();
    return QStringLiteral("listening on \"%1\": %2").arg(name, m_server->errorString());
}

QString Server::path() const
{
    return m_server->fullServerName();
}

void Server::stopListening()
{
    m_server->close();
}

void Server::acceptByWaiting(int connections)
{
    const int awaited = m_accepted + connections;
    while (m_accepted < awaited) {
        // It returns false if a newConnection handler has already taken the connection.
        bool isTimedOut = false;
        m_server->waitForNewConnection(AcceptTimeout, &isTimedOut);
        if (isTimedOut || !m_server->isListening()) {
            emit failed(QStringLiteral("%1 connections accepted: %2")
                                .arg(m_accepted)
                                .arg(m_server->errorString()));
            return;
        }
    }
}

bool Server::awaitAccepted(int connections, int msecs)
{
    return m_acceptedCount.tryAcquire(connections, msecs);
}

void Server::acceptPending()
{
    while (QLocalSocket *socket = m_server->nextPendingConnection()) {
        ++m_accepted;
        serve(socket);
        m_acceptedCount.release();
        if (m_accepted == m_announceAccepted)
            emit acceptedAll();
    }
}

void Server::serve(QLocalSocket *socket)
{
    const int number = m_accepted;
    connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
    connect(socket, &QLocalSocket::errorOccurred, this,
            [this, socket, number](QLocalSocket::LocalSocketError error) {
                // The clients close first, when they are done.
                if (error != QLocalSocket::PeerClosedError)
                    emit failed(QStringLiteral("accepted connection %1: %2")
                                        .arg(number)
                                        .arg(socket->errorString()));
            });
    switch (m_duty) {
    case Echo:
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] { echo(socket); });
        break;
    case EchoChunks:
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] { echoChunk(socket); });
        break;
    case Receive:
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] { receive(socket); });
        break;
    case ReceiveSlowly:
        socket->setReadBufferSize(SlowShare);
        m_slowly.setTimerType(Qt::PreciseTimer);
        m_slowly.callOnTimeout(socket, [this, socket] { receive(socket); });
        m_slowly.start(1);
        break;
    }
}

void Server::echo(QLocalSocket *socket)
{
    const QByteArray bytes = socket->readAll();
    echoed(socket->write(bytes), bytes.size(), socket);
}

void Server::echoChunk([[maybe_unused]] QLocalSocket *socket)
{
#ifdef QLOCAL_DROPIN
    const auto native = static_cast<qlocal::Socket *>(socket);
    qlocal::Chunk chunk = native->readChunk();
    const qint64 size = chunk.size();
    echoed(native->write(std::move(chunk)), size, socket);
#endif
}

void Server::echoed(qint64 written, qint64 size, const QLocalSocket *socket)
{
    if (written != size)
        emit failed(QStringLiteral("server's write of %1 bytes: %2")
                            .arg(size)
                            .arg(socket->errorString()));
    m_bytesEchoed += size;
}

void Server::receive(QLocalSocket *socket)
{
    const QByteArray bytes = socket->readAll();
    if (bytes.isEmpty())
        return;
    if (!m_pattern.matches(m_bytesReceived, bytes.constData(), bytes.size()))
        emit failed(QStringLiteral("the received bytes differ from those sent"));
    m_bytesReceived += bytes.size();
    if (m_bytesReceived == m_announceReceived)
        emit receivedAll();
    else if (m_bytesReceived > m_announceReceived)
        emit failed(QStringLiteral("more bytes were received than were sent"));
}
