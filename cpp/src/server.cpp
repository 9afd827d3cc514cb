// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "queuelimits.h"

#include <qlocal/engine_call.h>
#include <qlocal/error_parts.h>
#include <qlocal/server.h>

#include <utility>

namespace qlocal {

using _QLocal::ServerHooks;

// The engine's enums have the same values as these.
static_assert(int(_QLocal::RefusalCode::NotAllowed) == Server::NotAllowed);
static_assert(int(_QLocal::RefusalCode::TooManyConnections) == Server::TooManyConnections);
static_assert(int(_QLocal::RefusalCode::TooManyOfUser) == Server::TooManyOfUser);

static ::rust::Slice<const std::uint32_t> idsOf(const QList<uint> &ids)
{
    return { ids.constData(), std::size_t(ids.size()) };
}

Server::Server(QObject *parent)
    : QLocalServer(parent), m_readBufferSize(_QLocal::defaultReadLimit())
{
    ServerHooks::setPrivateNames(*this, true);
    applyRule();
}

Server::~Server() = default;

bool Server::hasPrivateNames() const
{
    return ServerHooks::hasPrivateNames(*this);
}

void Server::setPrivateNames(bool isPrivate)
{
    ServerHooks::setPrivateNames(*this, isPrivate);
}

bool Server::listenOnRandomName()
{
    if (isListening()) {
        qWarning("qlocal::Server::listenOnRandomName() called when already listening");
        return false;
    }
    return _QLocal::callEngine(
            [&] { return _QLocal::serverListenOnRandomName(*this, listenBacklogSize()); });
}

bool Server::listenActivated(const QString &name)
{
    if (isListening()) {
        qWarning("qlocal::Server::listenActivated() called when already listening");
        return false;
    }
    const bool listening = _QLocal::serverListenActivated(*this, name);
    if (listening)
        setSocketOptions(
                socketOptions().setFlag(AbstractNamespaceOption, _QLocal::serverIsAbstract(*this)));
    return listening;
}

QStringList Server::activationNames()
{
    return _QLocal::activationNames();
}

bool Server::removeServer(const QString &name)
{
    return _QLocal::removeServer(name, _QLocal::Place::Private, QString());
}

Error Server::lastError() const
{
    _QLocal::ErrorParts parts;
    _QLocal::serverDescribeError(*this, parts);
    return Error(parts);
}

Socket *Server::nextSocket()
{
    return qobject_cast<Socket *>(nextPendingConnection());
}

bool Server::isAnyUserAllowed() const
{
    return m_anyUserAllowed;
}

void Server::setAnyUserAllowed(bool allowed)
{
    m_anyUserAllowed = allowed;
    applyRule();
}

QList<uint> Server::allowedUsers() const
{
    return m_allowedUsers;
}

void Server::setAllowedUsers(const QList<uint> &uids)
{
    m_allowedUsers = uids;
    applyRule();
}

QList<uint> Server::allowedGroups() const
{
    return m_allowedGroups;
}

void Server::setAllowedGroups(const QList<uint> &gids)
{
    m_allowedGroups = gids;
    applyRule();
}

void Server::setAllowFunction(AllowFunction function)
{
    m_allowFunction = std::move(function);
    applyRule();
}

void Server::applyRule()
{
    if (m_anyUserAllowed)
        _QLocal::serverAllowAnyUser(*this);
    else if (m_allowFunction)
        _QLocal::serverAllowAsked(*this);
    else
        _QLocal::serverAllowListed(*this, idsOf(m_allowedUsers), idsOf(m_allowedGroups));
}

int Server::maxConnections() const
{
    return m_maxConnections;
}

void Server::setMaxConnections(int count)
{
    m_maxConnections = count;
    applyConnectionLimits();
}

int Server::maxConnectionsPerUser() const
{
    return m_maxConnectionsPerUser;
}

void Server::setMaxConnectionsPerUser(int count)
{
    m_maxConnectionsPerUser = count;
    applyConnectionLimits();
}

void Server::applyConnectionLimits()
{
    _QLocal::serverSetConnectionLimits(*this, m_maxConnections, m_maxConnectionsPerUser);
}

qint64 Server::readBufferSize() const
{
    return m_readBufferSize;
}

void Server::setReadBufferSize(qint64 size)
{
    m_readBufferSize = size;
}

qint64 Server::writeLimit() const
{
    return _QLocal::serverQueueLimits(*this).maxSize;
}

void Server::setWriteLimit(qint64 bytes)
{
    changeQueueLimit(*this, _QLocal::serverQueueLimits(*this), &_QLocal::QueueLimits::maxSize,
                     bytes);
}

Socket::SlowPeerPolicy Server::slowPeerPolicy() const
{
    return _QLocal::serverQueueLimits(*this).disconnects ? Socket::EndConnection
                                                         : Socket::RefuseWrites;
}

void Server::setSlowPeerPolicy(Socket::SlowPeerPolicy policy)
{
    changeQueueLimit(*this, _QLocal::serverQueueLimits(*this), &_QLocal::QueueLimits::disconnects,
                     policy == Socket::EndConnection);
}

qint64 Server::highWater() const
{
    return _QLocal::serverQueueLimits(*this).high;
}

void Server::setHighWater(qint64 bytes)
{
    changeQueueLimit(*this, _QLocal::serverQueueLimits(*this), &_QLocal::QueueLimits::high, bytes);
}

qint64 Server::lowWater() const
{
    return _QLocal::serverQueueLimits(*this).low;
}

void Server::setLowWater(qint64 bytes)
{
    changeQueueLimit(*this, _QLocal::serverQueueLimits(*this), &_QLocal::QueueLimits::low, bytes);
}

ServerCounters Server::counters() const
{
    const _QLocal::Counts counts = _QLocal::serverCounters(*this);
    return { counts.accepted, counts.refused,  counts.failed,
             counts.open,     counts.received, counts.sent };
}

void Server::incomingConnection(quintptr socketDescriptor)
{
    auto *socket = new Socket(this);
    socket->setSocketDescriptor(qintptr(socketDescriptor));
    admit(socket);
    addPendingConnection(socket);
}

void Server::admit(QLocalSocket *socket)
{
    _QLocal::socketSetAcceptedBy(*socket, serverName());
    socket->setReadBufferSize(m_readBufferSize);
    _QLocal::serverAdmit(*this, *socket);
}

bool Server::_QAllows(const _QLocal::PeerIdentity &peer) const
{
    // A copy: the function may replace itself.
    const AllowFunction function = m_allowFunction;
    return function && function(PeerCredentials(peer));
}

void Server::_QRefused(const _QLocal::PeerIdentity &peer, _QLocal::RefusalCode code)
{
    Q_EMIT refused(PeerCredentials(peer), RefusalReason(code));
}

void Server::_QAcceptFailed(_QLocal::SocketError error)
{
    Q_EMIT acceptError(QAbstractSocket::SocketError(error));
}

} // namespace qlocal
