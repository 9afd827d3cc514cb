// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "bytes.h"
#include "named.h"

#include <qlocal/engine_call.h>
#include <qlocal/server.h>
#include <qlocal/src/framing.cxx.h>
#include <qlocal/src/server.cxx.h>
#include <qlocal/src/server/naming.cxx.h>
#include <qlocal/src/socket.cxx.h>

#include <utility>

namespace qlocal {

using _QLocal::ServerHooks;
using _QLocal::SocketHooks;

static ::rust::Slice<const std::uint32_t> idsOf(const QList<uint> &ids)
{
    return { ids.constData(), std::size_t(ids.size()) };
}

Server::Server(QObject *parent)
    : QLocalServer(parent), m_readBufferSize(_QLocal::defaultReadLimit())
{
    setPrivateNames(true);
    applyRule();
}

Server::~Server() = default;

qint64 Server::_QLimit(_QLocal::ServerLimit limit) const
{
    return _QLocal::limit(*this, limit);
}

void Server::_QSetLimit(_QLocal::ServerLimit limit, qint64 value)
{
    const qint64 before = _QLimit(limit);
    _QLocal::setLimit(*this, limit, value);
    if (_QLimit(limit) != before)
        Q_EMIT settingsChanged();
}

qint64 Server::_QLimit(_QLocal::SocketLimit limit) const
{
    return _QLocal::limit(*this, limit);
}

void Server::_QSetLimit(_QLocal::SocketLimit limit, qint64 value)
{
    const qint64 before = _QLimit(limit);
    _QLocal::setLimit(*this, limit, value);
    if (_QLimit(limit) != before)
        Q_EMIT settingsChanged();
}

bool Server::hasPrivateNames() const
{
    return ServerHooks::hasPrivateNames(*this);
}

void Server::setPrivateNames(bool isPrivate)
{
    if (isPrivate == hasPrivateNames())
        return;
    ServerHooks::setPrivateNames(*this, isPrivate);
    Q_EMIT settingsChanged();
}

bool Server::listenOnRandomName()
{
    if (isListening()) {
        qWarning("qlocal::Server::listenOnRandomName() called when already listening");
        return false;
    }
    return _QLocal::callEngine(
            [&] { return _QLocal::listenOnRandomName(*this, listenBacklogSize()); });
}

bool Server::listenActivated(const QString &name)
{
    if (isListening()) {
        qWarning("qlocal::Server::listenActivated() called when already listening");
        return false;
    }
    const bool listening = _QLocal::listenActivated(*this, name);
    if (listening)
        setSocketOptions(
                socketOptions().setFlag(AbstractNamespaceOption, _QLocal::isAbstract(*this)));
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

void Server::keepName(const NamePolicy &policy)
{
    _QLocal::keepName(*this,
                      { policy.rebinds, policy.recreatesFolder, policy.touchInterval.count() });
}

void Server::stopKeepingName()
{
    _QLocal::stopKeepingName(*this);
}

bool Server::isNameKept() const
{
    return _QLocal::isNameKept(*this);
}

void Server::setNameKept(bool isKept)
{
    if (isKept == isNameKept())
        return;
    isKept ? keepName() : stopKeepingName();
    Q_EMIT settingsChanged();
}

NamePolicy Server::namePolicy() const
{
    const _QLocal::NameParts parts = _QLocal::nameParts(*this);
    NamePolicy policy;
    policy.rebinds = parts.rebinds;
    policy.recreatesFolder = parts.recreates_folder;
    policy.touchInterval = std::chrono::milliseconds(parts.touch);
    return policy;
}

bool Server::handsOver() const
{
    return _QLocal::handsOver(*this);
}

void Server::setHandsOver(bool handsOver)
{
    if (handsOver == this->handsOver())
        return;
    _QLocal::setHandsOver(*this, handsOver);
    Q_EMIT settingsChanged();
}

int Server::takeOverTimeout() const
{
    return _QLocal::takeOverTimeout(*this);
}

void Server::setTakeOverTimeout(int msecs)
{
    if (msecs == takeOverTimeout())
        return;
    _QLocal::setTakeOverTimeout(*this, msecs);
    Q_EMIT settingsChanged();
}

Error Server::lastError() const
{
    return Error(_QLocal::lastError(*this));
}

void Server::setAnyUserAllowed(bool allowed)
{
    if (allowed == m_anyUserAllowed)
        return;
    m_anyUserAllowed = allowed;
    applyRule();
    Q_EMIT settingsChanged();
}

void Server::setAllowedUsers(const QList<uint> &uids)
{
    if (uids == m_allowedUsers)
        return;
    m_allowedUsers = uids;
    applyRule();
    Q_EMIT settingsChanged();
}

void Server::setAllowedGroups(const QList<uint> &gids)
{
    if (gids == m_allowedGroups)
        return;
    m_allowedGroups = gids;
    applyRule();
    Q_EMIT settingsChanged();
}

void Server::setReadBufferSize(qint64 size)
{
    if (size == m_readBufferSize)
        return;
    m_readBufferSize = size;
    Q_EMIT settingsChanged();
}

void Server::setAllowFunction(AllowFunction function)
{
    m_allowFunction = std::move(function);
    applyRule();
}

void Server::applyRule()
{
    if (m_anyUserAllowed)
        _QLocal::allowAnyUser(*this);
    else if (m_allowFunction)
        _QLocal::allowAsked(*this);
    else
        _QLocal::allowListed(*this, idsOf(m_allowedUsers), idsOf(m_allowedGroups));
}

/// Sets a part of the framing; false if there is no such framing.
template<typename Value>
static bool setPart(Server &server, Value _QLocal::FramingParts::*part, const Value &value)
{
    _QLocal::FramingParts parts = _QLocal::framing(server);
    const bool changes = !(parts.*part == value);
    parts.*part = value;
    const bool isSet = _QLocal::setFraming(server, parts);
    if (isSet && changes)
        Q_EMIT server.settingsChanged();
    return isSet;
}

Socket::Framing Server::framing() const
{
    return Socket::Framing(_QLocal::framingKind(*this));
}

void Server::setFraming(Socket::Framing framing)
{
    setPart(*this, &_QLocal::FramingParts::kind, _QLocal::FramingKind(framing));
}

QByteArray Server::delimiter() const
{
    return _QLocal::framing(*this).delimiter;
}

bool Server::setDelimiter(const QByteArray &delimiter)
{
    return setPart(*this, &_QLocal::FramingParts::delimiter, delimiter);
}

int Server::prefixSize() const
{
    return _QLocal::framing(*this).prefixSize;
}

bool Server::setPrefixSize(int bytes)
{
    return setPart(*this, &_QLocal::FramingParts::prefixSize, bytes);
}

Socket::ByteOrder Server::byteOrder() const
{
    return Socket::ByteOrder(_QLocal::framing(*this).order);
}

void Server::setByteOrder(Socket::ByteOrder order)
{
    setPart(*this, &_QLocal::FramingParts::order, _QLocal::ByteOrder(order));
}

ServerCounters Server::counters() const
{
    const _QLocal::Counts counts = _QLocal::counters(*this);
    return { counts.accepted, counts.refused,  counts.failed,
             counts.open,     counts.received, counts.sent };
}

void Server::incomingConnection(quintptr socketDescriptor)
{
    auto *socket = new Socket(this);
    _QLocal::vouchFor(std::int32_t(socketDescriptor));
    socket->setSocketDescriptor(qintptr(socketDescriptor));
    admit(socket);
    addPendingConnection(socket);
}

void Server::admit(QLocalSocket *socket)
{
    _QLocal::setAcceptedBy(*socket, serverName());
    socket->setReadBufferSize(m_readBufferSize);
    _QLocal::admit(*this, *socket);
    auto *native = qobject_cast<Socket *>(socket);
    if (native && framing() != Socket::NoFraming)
        _QLocal::frame(*this, *native, _QLocal::bytesOf(SocketHooks::takeReadAhead(*native)));
}

bool Server::_QAllows(const _QLocal::PeerIdentity &peer) const
{
    // A copy: the function may replace itself.
    const AllowFunction function = m_allowFunction;
    return function && function(PeerCredentials(peer));
}

void Server::_QRefused(const _QLocal::PeerIdentity &peer, const QString &reason)
{
    Q_EMIT refused(PeerCredentials(peer), _QLocal::valueNamed<RefusalReason>(reason));
}

void Server::_QAcceptFailed(QAbstractSocket::SocketError error)
{
    Q_EMIT acceptError(error);
}

void Server::_QNameLost(const QString &loss)
{
    Q_EMIT nameLost(_QLocal::valueNamed<NameLoss>(loss));
}

void Server::_QNameRegained()
{
    Q_EMIT nameRegained();
}

void Server::_QHandedOver()
{
    Q_EMIT handedOver();
}

} // namespace qlocal
