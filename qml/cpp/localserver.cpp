// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "localserver.h"

#include <QtCore/qpointer.h>
#include <QtQml/qjsengine.h>
#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtQml/qqmlinfo.h>

namespace qlocal {

LocalServer::LocalServer(QObject *parent) : Server(parent)
{
    connect(this, &Server::acceptError, this, &LocalServer::lastErrorChanged);
}

void LocalServer::setAllowFunction(const QJSValue &function)
{
    m_allowFunction = function;
    if (function.isCallable())
        Server::setAllowFunction([this](const PeerCredentials &peer) { return decide(peer); });
    else
        Server::setAllowFunction(nullptr);
}

bool LocalServer::decide(const PeerCredentials &peer)
{
    QJSEngine *engine = qjsEngine(this);
    if (!engine)
        return false;
    // The function may replace itself, and destroy the server.
    const QJSValue function = m_allowFunction;
    const QPointer<LocalServer> alive(this);
    const QJSValue answer = function.call({ engine->toScriptValue(peer) });
    if (answer.isError())
        qmlWarning(alive) << answer.toString();
    return !answer.isError() && answer.toBool();
}

bool LocalServer::listen(const QString &name)
{
    return announce(QLocalServer::listen(name));
}

bool LocalServer::listenOnRandomName()
{
    return announce(Server::listenOnRandomName());
}

bool LocalServer::listenActivated(const QString &name)
{
    return announce(Server::listenActivated(name));
}

QStringList LocalServer::activationNames() const
{
    return Server::activationNames();
}

bool LocalServer::announce(bool listens)
{
    if (listens)
        Q_EMIT listeningChanged();
    else
        Q_EMIT lastErrorChanged();
    return listens;
}

void LocalServer::close()
{
    if (!isListening())
        return;
    QLocalServer::close();
    Q_EMIT listeningChanged();
}

QString LocalServer::errorString() const
{
    return QLocalServer::errorString();
}

void LocalServer::incomingConnection(quintptr socketDescriptor)
{
    auto *socket = new LocalSocket(this);
    QQmlEngine::setContextForObject(socket, qmlContext(this));
    socket->setSocketDescriptor(qintptr(socketDescriptor));
    socket->stateEvent();
    admit(socket);
    connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
    Q_EMIT newConnection(socket);
}

} // namespace qlocal
