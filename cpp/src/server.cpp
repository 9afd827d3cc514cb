// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "queuelimits.h"

#include <qlocal/error_parts.h>
#include <qlocal/server.h>

#include <utility>

namespace qlocal {

// The engine's words and these are the same numbers.
static_assert(int(RefusalCode::NotAllowed) == Server::NotAllowed);
static_assert(int(RefusalCode::TooManyConnections) == Server::TooManyConnections);
static_assert(int(RefusalCode::TooManyOfUser) == Server::TooManyOfUser);

static ::rust::Slice<const std::uint32_t> idsOf(const QList<uint> &ids)
{
    return { ids.constData(), std::size_t(ids.size()) };
}

Server::Server(QObject *parent) : QLocalServer(parent), m_readBufferSize(defaultReadLimit())
{
    setPrivateNames(true);
    applyRule();
}

Server::~Server() = default;

bool Server::listenOnRandomName()
{
    if (isListening()) {
        qWarning("qlocal::Server::listenOnRandomName() called when already listening");
        return false;
    }
    return engineListenOnRandomName(listenBacklogSize());
}

bool Server::listenActivated(const QString &name)
{
    if (isListening()) {
        qWarning("qlocal::Server::listenActivated() called when already listening");
        return false;
    }
    const bool listening = engineListenActivated(name);
    if (listening)
        setSocketOptions(socketOptions().setFlag(AbstractNamespaceOption, engineIsAbstract()));
    return listening;
}

QStringList Server::activationNames()
{
    return qlocal::activationNames();
}

bool Server::removeServer(const QString &name)
{
    return qlocal::removeServer(name, Place::Private, QString());
}

Error Server::lastError() const
{
    ErrorParts parts;
    engineDescribeError(parts);
    return Error(parts);
}

Socket *Server::nextSocket()
{
    return qobject_cast<Socket *>(nextPendingConnection());
}

bool Server::isEverybodyAllowed() const
{
    return m_everybodyAllowed;
}

void Server::setEverybodyAllowed(bool allowed)
{
    m_everybodyAllowed = allowed;
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
    if (m_everybodyAllowed)
        engineAllowEverybody();
    else if (m_allowFunction)
        engineAllowAsked();
    else
        engineAllowListed(idsOf(m_allowedUsers), idsOf(m_allowedGroups));
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
    engineSetConnectionLimits(m_maxConnections, m_maxConnectionsPerUser);
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
    return engineQueueLimits().most;
}

void Server::setWriteLimit(qint64 bytes)
{
    changeQueueLimit(*this, &QueueLimits::most, bytes);
}

Socket::SlowPeerPolicy Server::slowPeerPolicy() const
{
    return engineQueueLimits().disconnects ? Socket::EndConnection : Socket::RefuseWrites;
}

void Server::setSlowPeerPolicy(Socket::SlowPeerPolicy policy)
{
    changeQueueLimit(*this, &QueueLimits::disconnects, policy == Socket::EndConnection);
}

qint64 Server::highWater() const
{
    return engineQueueLimits().high;
}

void Server::setHighWater(qint64 bytes)
{
    changeQueueLimit(*this, &QueueLimits::high, bytes);
}

qint64 Server::lowWater() const
{
    return engineQueueLimits().low;
}

void Server::setLowWater(qint64 bytes)
{
    changeQueueLimit(*this, &QueueLimits::low, bytes);
}

ServerCounters Server::counters() const
{
    const Counts counts = engineCounters();
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
    socket->engineSetAcceptedBy(serverName());
    socket->setReadBufferSize(m_readBufferSize);
    engineAdmit(*socket);
}

bool Server::doAllows(const PeerIdentity &peer) const
{
    // A copy: it may replace itself.
    const AllowFunction function = m_allowFunction;
    return function && function(PeerCredentials(peer));
}

void Server::doAnnounceRefused(const PeerIdentity &peer, RefusalCode code)
{
    Q_EMIT refused(PeerCredentials(peer), RefusalReason(code));
}

void Server::doAnnounceAcceptFailed(SocketError error)
{
    Q_EMIT acceptError(QAbstractSocket::SocketError(error));
}

} // namespace qlocal
