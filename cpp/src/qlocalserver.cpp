// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <qlocal/qlocalserver.h>

#include <QtCore/qdir.h>

#include <algorithm>

// The engine's options and Qt's are the same bits.
static_assert(int(qlocal::ServerOption::UserAccess) == QLocalServer::UserAccessOption);
static_assert(int(qlocal::ServerOption::GroupAccess) == QLocalServer::GroupAccessOption);
static_assert(int(qlocal::ServerOption::OtherAccess) == QLocalServer::OtherAccessOption);
static_assert(int(qlocal::ServerOption::AbstractNamespace)
              == QLocalServer::AbstractNamespaceOption);

QLocalServer::QLocalServer(QObject *parent) : qlocal::RustServer(parent)
{
    engineAttach();
}

QLocalServer::~QLocalServer()
{
    close();
    engineDetach();
}

void QLocalServer::close()
{
    engineClose();
    // A handler of a dying socket may delete the server.
    QList<QPointer<QLocalSocket>> pending;
    pending.swap(m_pending);
    for (const auto &socket : pending)
        delete socket;
}

QString QLocalServer::errorString() const
{
    return engineErrorString();
}

bool QLocalServer::hasPendingConnections() const
{
    // Anybody may delete a pending socket: it is a child like any other.
    return std::any_of(m_pending.cbegin(), m_pending.cend(),
                       [](const auto &socket) { return !socket.isNull(); });
}

bool QLocalServer::isListening() const
{
    return engineIsListening();
}

bool QLocalServer::listen(const QString &name)
{
    if (isListening()) {
        qWarning("QLocalServer::listen() called when already listening");
        return false;
    }
    const SocketOptions options = socketOptions();
    const bool isAbstract = options.testFlag(AbstractNamespaceOption);
    const qlocal::Place place = qlocal::placeOf(isAbstract, hasPrivateNames());
    return engineListen(name, quint32(options), place, QDir::tempPath(), m_listenBacklogSize);
}

bool QLocalServer::listen(qintptr socketDescriptor)
{
    if (isListening()) {
        qWarning("QLocalServer::listen() called when already listening");
        return false;
    }
    const bool listening = engineListenOnDescriptor(int(socketDescriptor), m_listenBacklogSize);
    if (isListening()) {
        SocketOptions options = m_socketOptions;
        m_socketOptions = options.setFlag(AbstractNamespaceOption, engineIsAbstract());
    }
    return listening;
}

int QLocalServer::maxPendingConnections() const
{
    return enginePendingLimit();
}

void QLocalServer::setMaxPendingConnections(int numConnections)
{
    engineSetPendingLimit(numConnections);
}

QLocalSocket *QLocalServer::nextPendingConnection()
{
    while (!m_pending.isEmpty()) {
        if (QLocalSocket *socket = m_pending.takeFirst()) {
            engineResume();
            return socket;
        }
    }
    return nullptr;
}

QString QLocalServer::serverName() const
{
    return engineName();
}

QString QLocalServer::fullServerName() const
{
    return engineFullName();
}

bool QLocalServer::removeServer(const QString &name)
{
    return qlocal::removeServer(name, qlocal::Place::Files, QDir::tempPath());
}

QAbstractSocket::SocketError QLocalServer::serverError() const
{
    return QAbstractSocket::SocketError(engineError());
}

bool QLocalServer::waitForNewConnection(int msec, bool *timedOut)
{
    const QPointer<QLocalServer> alive(this);
    const qlocal::WaitOutcome outcome = engineWait(msec);
    if (timedOut)
        *timedOut = outcome == qlocal::WaitOutcome::TimedOut;
    // A handler may have taken it already, or deleted the server.
    return alive && outcome == qlocal::WaitOutcome::Connected
            && QLocalServer::hasPendingConnections();
}

void QLocalServer::setListenBacklogSize(int size)
{
    m_listenBacklogSize = size;
}

int QLocalServer::listenBacklogSize() const
{
    return m_listenBacklogSize;
}

void QLocalServer::setSocketOptions(SocketOptions options)
{
    m_socketOptions = options;
}

QLocalServer::SocketOptions QLocalServer::socketOptions() const
{
    return m_socketOptions;
}

QBindable<QLocalServer::SocketOptions> QLocalServer::bindableSocketOptions()
{
    return &m_socketOptions;
}

qintptr QLocalServer::socketDescriptor() const
{
    return engineDescriptor();
}

void QLocalServer::incomingConnection(quintptr socketDescriptor)
{
    auto *socket = new QLocalSocket(this);
    socket->setSocketDescriptor(qintptr(socketDescriptor));
    socket->engineSetAcceptedBy(serverName());
    addPendingConnection(socket);
}

void QLocalServer::addPendingConnection(QLocalSocket *socket)
{
    m_pending.append(socket);
    Q_EMIT newConnection();
}

void QLocalServer::doDeliver(std::int32_t descriptor)
{
    incomingConnection(quintptr(descriptor));
}

std::int32_t QLocalServer::doPendingCount() const
{
    return std::int32_t(m_pending.size());
}
