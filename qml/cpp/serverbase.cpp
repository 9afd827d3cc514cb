// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "serverbase.h"

#include "handled.h"
#include "script.h"

#include <QtQml/qjsengine.h>
#include <QtQml/qqmlinfo.h>

namespace qlocal {

LocalServerBase::LocalServerBase(QObject *parent) : Server(parent)
{
    // A component that is loaded again listens before the one that it replaces is destroyed.
    setHandsOver(true);
    setTakeOverTimeout(1000);
    connect(this, &Server::acceptError, this, &LocalServerBase::errorChanged);
    connect(this, &Server::acceptError, this, &LocalServerBase::countersChanged);
    connect(this, &LocalServerBase::errorChanged, this, &LocalServerBase::lastErrorChanged);
    connect(this, &Server::refused, this, &LocalServerBase::countersChanged);
    connect(this, &Server::handedOver, this, [this] { handedOverEvent(); });
}

LocalServerBase::AccessOptions LocalServerBase::accessOptions() const
{
    return AccessOptions::fromInt(int(socketOptions()) & WorldAccess);
}

void LocalServerBase::setAccessOptions(AccessOptions options)
{
    if (options == accessOptions())
        return;
    const SocketOptions others = socketOptions() & ~SocketOptions(WorldAccessOption);
    setSocketOptions(others | SocketOptions::fromInt(int(options) & WorldAccess));
    Q_EMIT accessOptionsChanged();
}

void LocalServerBase::setDelimiterText(const QString &text)
{
    if (!setDelimiter(text.toUtf8()))
        Q_EMIT errorChanged();
}

void LocalServerBase::setPrefixSizeOrFail(int bytes)
{
    if (!setPrefixSize(bytes))
        Q_EMIT errorChanged();
}

void LocalServerBase::setMaxDescriptors(int count)
{
    if (count == maxDescriptors())
        return;
    Server::setMaxDescriptors(count);
    Q_EMIT settingsChanged();
}

void LocalServerBase::setAllowFunction(const QJSValue &function)
{
    if (function.strictlyEquals(m_allowFunction))
        return;
    m_allowFunction = function;
    if (function.isCallable())
        Server::setAllowFunction([this](const PeerCredentials &peer) { return decide(peer); });
    else
        Server::setAllowFunction(nullptr);
    Q_EMIT allowFunctionChanged();
}

bool LocalServerBase::decide(const PeerCredentials &peer)
{
    QJSEngine *engine = qjsEngine(this);
    if (!engine)
        return false;
    // The function may replace itself, and destroy the server.
    const QJSValue function = m_allowFunction;
    const QPointer<LocalServerBase> alive(this);
    QJSValue thrown;
    const auto answer = script::call(engine, function, QJSValue(), engine->toScriptValue(peer),
                                     thrown);
    if (!answer)
        qmlWarning(alive) << thrown.toString();
    return answer && answer->toBool();
}

void LocalServerBase::setHandler(QQmlComponent *handler)
{
    if (handler == m_handler)
        return;
    m_handler = handler;
    Q_EMIT handlerChanged();
}

int LocalServerBase::broadcast(const QJSValue &data)
{
    const auto bytes = script::data(this, data);
    return bytes ? sendAll(*bytes) : 0;
}

int LocalServerBase::broadcastJson(const QJSValue &value)
{
    if (!areAllFramed()) {
        script::throwTypeError(this,
                               QStringLiteral("JSON needs a framing, such as LocalSocket.Lines"));
        return 0;
    }
    const auto bytes = script::stringify(this, value);
    return bytes ? sendAll(*bytes) : 0;
}

bool LocalServerBase::removeServer(const QString &name)
{
    return hasPrivateNames() ? Server::removeServer(name) : QLocalServer::removeServer(name);
}

void LocalServerBase::followLater()
{
    m_follow.call(this, [this] { followEvent(); });
}

bool LocalServerBase::areCountersWatched() const
{
    static const QMetaMethod signal = QMetaMethod::fromSignal(&LocalServerBase::countersChanged);
    return isSignalConnected(signal);
}

bool LocalServerBase::take(LocalSocket *socket, quintptr descriptor)
{
    if (!socket->setSocketDescriptor(qintptr(descriptor)))
        return false;
    admit(socket);
    socket->stateEvent();
    const auto note = [this] { trafficEvent(); };
    connect(socket, &QIODevice::readyRead, this, note);
    connect(socket, &Socket::messageReady, this, note);
    connect(socket, &QIODevice::bytesWritten, this, note);
    connect(socket, &QLocalSocket::disconnected, this, &LocalServerBase::countersChanged);
    return true;
}

void LocalServerBase::incomingConnection(quintptr socketDescriptor)
{
    const QPointer<LocalServerBase> alive(this);
    Handled handled(this, m_handler);
    const QPointer<LocalSocket> socket = handled.socket();
    const bool isTaken = take(socket, socketDescriptor);
    handled.restoreSettings();
    // From here on, code in QML may destroy the socket and the server.
    if (isTaken)
        addEvent(socket);
    else
        socket->deleteLater();
    handled.complete();
    if (alive && socket && isTaken)
        connectionEvent(socket);
    if (alive)
        Q_EMIT countersChanged();
}

} // namespace qlocal
