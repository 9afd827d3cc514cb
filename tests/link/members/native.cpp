// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "native.h"

#include <QtCore/QDebug>

#include <unistd.h>

void NativeServer::incomingConnection(quintptr socketDescriptor)
{
    auto *socket = new qlocal::Socket(this);
    socket->setSocketDescriptor(qintptr(socketDescriptor));
    admit(socket);
    addPendingConnection(socket);
}

static void limit(NativeServer &server)
{
    server.setAnyUserAllowed(server.isAnyUserAllowed());
    server.setAllowedUsers(server.allowedUsers() << ::geteuid());
    server.setAllowedGroups(server.allowedGroups());
    server.setAllowFunction([](const qlocal::PeerCredentials &peer) {
        return peer.isValid() && peer.uid() == ::geteuid();
    });
    server.setMaxConnections(server.maxConnections() + 1);
    server.setMaxConnectionsPerUser(server.maxConnectionsPerUser() + 1);
    server.setMaxConnectionsPerProcess(server.maxConnectionsPerProcess() + 1);
    server.setReadBufferSize(server.readBufferSize());
    server.setWriteLimit(server.writeLimit() + 100);
    server.setSlowPeerPolicy(server.slowPeerPolicy());
    server.setHighWater(server.highWater() + 50);
    server.setLowWater(server.lowWater() + 10);
    server.setMaxMessageSize(server.maxMessageSize() + 1);
    server.setMaxDescriptors(server.maxDescriptors() + 1);
    QObject::connect(&server, &qlocal::Server::refused, &server, &QObject::deleteLater);
    QObject::connect(&server, &qlocal::Server::acceptError, &server, &QObject::deleteLater);
}

static void limit(qlocal::Socket &socket)
{
    socket.setConnectTimeout(socket.connectTimeout());
    socket.setWriteLimit(socket.writeLimit());
    socket.setSlowPeerPolicy(qlocal::Socket::EndConnection);
    socket.setHighWater(socket.highWater());
    socket.setLowWater(socket.lowWater());
    socket.setMaxDescriptors(socket.maxDescriptors());
    QObject::connect(&socket, &qlocal::Socket::highWaterReached, &socket, &QObject::deleteLater);
    QObject::connect(&socket, &qlocal::Socket::lowWaterReached, &socket, &QObject::deleteLater);
}

static bool privateNamesServe(const QString &name)
{
    qlocal::Server named;
    qlocal::Server random;
    named.setPrivateNames(random.hasPrivateNames());
    if (!named.listen(name) || !random.listenOnRandomName())
        return false;
    qlocal::Socket client;
    client.setPrivateNames(client.hasPrivateNames());
    client.connectToServer(random.serverName());
    return client.state() == QLocalSocket::ConnectedState && !client.lastError()
            && !random.lastError() && qlocal::Server::removeServer(name);
}

static bool activationIsTold()
{
    qlocal::Server server;
    return qlocal::Server::activationNames().isEmpty() && !server.listenActivated()
            && server.lastError().kind() == qlocal::Error::NotActivated;
}

static bool errorsAreTold()
{
    qlocal::Socket client;
    client.connectToServer(QStringLiteral("/no/such/server"));
    const qlocal::Error error = client.lastError();
    QString printed;
    QDebug(&printed) << error;
    return error && error.kind() == qlocal::Error::NotFound && error.number() != 0
            && !error.numberName().isEmpty() && !error.operation().isEmpty()
            && !error.path().isEmpty() && !error.hint().isEmpty() && printed.contains(error.text());
}

bool nativeClassesServe(const QString &name)
{
    if (!privateNamesServe(name) || !activationIsTold() || !errorsAreTold())
        return false;
    NativeServer server;
    limit(server);
    qlocal::Socket client;
    limit(client);
    if (!server.listen(name))
        return false;
    client.connectToServer(name);
    if (!server.waitForNewConnection(10000))
        return false;
    const qlocal::Socket *socket = server.nextSocket();
    const qlocal::PeerCredentials peer = client.peerCredentials();
    const qlocal::Descriptor process = qlocal::peerProcess(client);
    qlocal::Descriptor none = client.takeDescriptor();
    return socket && socket->writeLimit() == 100
            && socket->slowPeerPolicy() == qlocal::Socket::RefuseWrites
            && server.counters().accepted == 1 && socket->bytesReceived() == socket->bytesSent()
            && peer.isInGroup(peer.gid()) && peer.groups() == socket->peerCredentials().groups()
            && peer.pid() == qlocal::peerCredentials(*socket).pid()
            && process.isValid() == (process.get() >= 0)
            && client.writeWithDescriptor("x", std::move(none)) == -1;
}
