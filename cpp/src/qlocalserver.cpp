// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "blocking.h"

#include <qlocal/qlocalserver.h>
#include <qlocal/src/server.cxx.h>

#include <QtCore/qdeadlinetimer.h>

#include <algorithm>

using _QLocal::ServerHooks;

/// The permission bits that these options ask for.
static quint32 accessOf(QLocalServer::SocketOptions options)
{
    const auto bits = [options](QLocalServer::SocketOption option, quint32 ofFile) {
        return options.testFlag(option) ? ofFile : 0;
    };
    return bits(QLocalServer::UserAccessOption, 0700) | bits(QLocalServer::GroupAccessOption, 0070)
            | bits(QLocalServer::OtherAccessOption, 0007);
}

QLocalServer::QLocalServer(QObject *parent) : _QLocal::_RustServer(parent)
{
    _QLocal::attach(*this);
}

QLocalServer::~QLocalServer()
{
    close();
    _QLocal::callEngine([&] { _QLocal::detach(*this); });
}

void QLocalServer::close()
{
    _QLocal::callEngine([&] { _QLocal::close(*this); });
    // A handler of a socket being deleted may delete the server.
    QList<QPointer<QLocalSocket>> pending;
    pending.swap(_QPending);
    for (const auto &socket : pending)
        delete socket;
}

QString QLocalServer::errorString() const
{
    return _QLocal::errorString(*this);
}

bool QLocalServer::hasPendingConnections() const
{
    // A pending socket may be deleted from outside: it is a child like any other.
    return std::any_of(_QPending.cbegin(), _QPending.cend(),
                       [](const auto &socket) { return !socket.isNull(); });
}

bool QLocalServer::isListening() const
{
    return _QLocal::isListening(*this);
}

bool QLocalServer::listen(const QString &name)
{
    if (isListening()) {
        qWarning("QLocalServer::listen() called when already listening");
        return false;
    }
    const SocketOptions options = socketOptions();
    const bool isAbstract = options.testFlag(AbstractNamespaceOption);
    const _QLocal::Place place = _QLocal::placeOf(isAbstract, ServerHooks::hasPrivateNames(*this));
    return _QLocal::callEngine([&] {
        return _QLocal::listen(*this, name, accessOf(options), place,
                               _QLocal::folderOf(name, place), _QListenBacklogSize);
    });
}

bool QLocalServer::listen(qintptr socketDescriptor)
{
    if (isListening()) {
        qWarning("QLocalServer::listen() called when already listening");
        return false;
    }
    const bool listening = _QLocal::listen(*this, int(socketDescriptor), _QListenBacklogSize);
    if (isListening()) {
        SocketOptions options = _QSocketOptions;
        _QSocketOptions = options.setFlag(AbstractNamespaceOption, _QLocal::isAbstract(*this));
    }
    return listening;
}

int QLocalServer::maxPendingConnections() const
{
    return _QLocal::maxPendingConnections(*this);
}

void QLocalServer::setMaxPendingConnections(int numConnections)
{
    _QLocal::setMaxPendingConnections(*this, numConnections);
}

QLocalSocket *QLocalServer::nextPendingConnection()
{
    while (!_QPending.isEmpty()) {
        if (QLocalSocket *socket = _QPending.takeFirst()) {
            _QLocal::resume(*this);
            return socket;
        }
    }
    return nullptr;
}

QString QLocalServer::serverName() const
{
    return _QLocal::serverName(*this);
}

QString QLocalServer::fullServerName() const
{
    return _QLocal::fullServerName(*this);
}

bool QLocalServer::removeServer(const QString &name)
{
    const _QLocal::Place place = _QLocal::Place::Files;
    return _QLocal::callEngine(
            [&] { return _QLocal::removeServer(name, place, _QLocal::folderOf(name, place)); });
}

QAbstractSocket::SocketError QLocalServer::serverError() const
{
    return _QLocal::serverError(*this);
}

bool QLocalServer::waitForNewConnection(int msec, bool *timedOut)
{
    const QPointer<QLocalServer> alive(this);
    const QDeadlineTimer deadline(msec);
    const auto accept = [this] {
        return _QLocal::callEngine([&] { return _QLocal::waitForNewConnection(*this, 0); });
    };
    _QLocal::WaitOutcome outcome = accept();
    while (alive && outcome == _QLocal::WaitOutcome::TimedOut && !deadline.hasExpired()) {
        const qint64 left = deadline.remainingTimeNSecs();
        if (_QLocal::block(int(QLocalServer::socketDescriptor()), POLLIN, left) != 0)
            outcome = accept();
    }
    if (timedOut)
        *timedOut = outcome == _QLocal::WaitOutcome::TimedOut;
    // A handler may have taken it already, or deleted the server.
    return alive && outcome == _QLocal::WaitOutcome::Connected
            && QLocalServer::hasPendingConnections();
}

void QLocalServer::setListenBacklogSize(int size)
{
    _QListenBacklogSize = size;
}

int QLocalServer::listenBacklogSize() const
{
    return _QListenBacklogSize;
}

void QLocalServer::setSocketOptions(SocketOptions options)
{
    _QSocketOptions = options;
}

QLocalServer::SocketOptions QLocalServer::socketOptions() const
{
    return _QSocketOptions;
}

QBindable<QLocalServer::SocketOptions> QLocalServer::bindableSocketOptions()
{
    return &_QSocketOptions;
}

qintptr QLocalServer::socketDescriptor() const
{
    return _QLocal::socketDescriptor(*this);
}

void QLocalServer::incomingConnection(quintptr socketDescriptor)
{
    auto *socket = new QLocalSocket(this);
    _QLocal::vouchFor(std::int32_t(socketDescriptor));
    socket->setSocketDescriptor(qintptr(socketDescriptor));
    _QLocal::setAcceptedBy(*socket, serverName());
    addPendingConnection(socket);
}

void QLocalServer::addPendingConnection(QLocalSocket *socket)
{
    _QPending.append(socket);
    Q_EMIT newConnection();
}

void QLocalServer::_QDeliver(std::int32_t descriptor)
{
    incomingConnection(quintptr(descriptor));
}

std::int32_t QLocalServer::_QPendingCount() const
{
    return std::int32_t(_QPending.size());
}

void QLocalServer::_QAcceptReady()
{
    _QLocal::callEngine([&] { _QLocal::acceptReady(*this); });
}

void QLocalServer::_QChangeThread()
{
    _QLocal::leaveThread(*this);
    // Called on the new thread.
    const auto join = [this] { _QLocal::callEngine([&] { _QLocal::joinThread(*this); }); };
    QMetaObject::invokeMethod(this, join, Qt::QueuedConnection);
}
