// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Names every member of all classes, and succeeds if an echo has come back.

#include "members.h"
#include "native.h"

#include <QCoreApplication>
#include <QDebug>
#include <QUuid>

#include <unistd.h>

#ifndef QLOCAL_DROPIN
#  error "These are the headers of Qt"
#endif

namespace {

int signalCount = 0;

void count()
{
    ++signalCount;
}

void watch(const Socket &socket)
{
    QObject::connect(&socket, &QLocalSocket::connected, &count);
    QObject::connect(&socket, &QLocalSocket::disconnected, &count);
    QObject::connect(&socket, &QLocalSocket::errorOccurred, &count);
    QObject::connect(&socket, &QLocalSocket::stateChanged, &count);
    QObject::connect(&socket, &QIODevice::readyRead, &count);
    QObject::connect(&socket, &QIODevice::bytesWritten, &count);
    QObject::connect(&socket, &Socket::asked, &count);
    QObject::connect(&socket, SIGNAL(errorOccurred(QLocalSocket::LocalSocketError)), &socket,
                     SIGNAL(readyRead()));
}

bool listens(Server &server, const QString &name)
{
    QLocalServer::removeServer(name);
    QObject::connect(&server, &QLocalServer::newConnection, &count);
    server.setSocketOptions(QLocalServer::UserAccessOption | QLocalServer::GroupAccessOption);
    const QLocalServer::SocketOptions options = server.bindableSocketOptions().value();
    server.setMaxPendingConnections(server.maxPendingConnections());
    server.setListenBacklogSize(server.listenBacklogSize());
    return options == server.socketOptions() && !server.listen(qintptr(-1)) && server.listen(name)
            && server.isListening() && server.socketDescriptor() >= 0 && server.serverName() == name
            && !server.fullServerName().isEmpty();
}

bool connects(Socket &socket, const QString &name)
{
    socket.setServerName(name);
    socket.setSocketOptions(QLocalSocket::NoOptions);
    const QLocalSocket::SocketOptions options = socket.bindableSocketOptions().value();
    socket.setReadBufferSize(socket.readBufferSize());
    if (options != socket.socketOptions() || !socket.open(QIODevice::ReadWrite))
        return false;
    socket.abort();
    socket.setServerName(name);
    socket.connectToServer(QIODevice::ReadOnly);
    socket.disconnectFromServer();
    socket.connectToServer(name);
    return socket.waitForConnected() && socket.isValid()
            && socket.state() == QLocalSocket::ConnectedState && socket.socketDescriptor() >= 0
            && socket.serverName() == name && !socket.fullServerName().isEmpty();
}

bool echoes(Socket &client, QLocalSocket &socket)
{
    Q_EMIT client.asked(client.state(), client.error());
    client.write("one\ntwo\nthree");
    return client.flush() && socket.waitForReadyRead() && socket.canReadLine()
            && socket.write(socket.readLine()) == 4 && socket.skip(4) == 4
            && socket.write(socket.read(socket.bytesAvailable())) == 5 && socket.bytesToWrite() == 9
            && socket.waitForBytesWritten() && client.waitForReadyRead(30000)
            && client.readAll() == "one\nthree";
}

} // namespace

int main(int argc, char **argv)
{
    alarm(60);
    QCoreApplication app(argc, argv);
    const QString name = QUuid::createUuid().toString(QUuid::Id128);
    Server server;
    Socket client(&app);
    watch(client);
    if (!listens(server, name) || !connects(client, name)) {
        qCritical() << server.serverError() << server.errorString() << client.error()
                    << client.state() << client.errorString();
        return 1;
    }
    // The first two have disconnected; they are still accepted.
    for (int i = 0; i < 3; ++i) {
        bool timedOut = false;
        if (!server.waitForNewConnection(10000, &timedOut) || timedOut)
            return 2;
        if (i < 2)
            delete server.nextPendingConnection();
    }
    QLocalSocket *socket = server.hasPendingConnections() ? server.nextPendingConnection()
                                                          : nullptr;
    if (!socket || !echoes(client, *socket))
        return 3;
    socket->close();
    client.waitForDisconnected();
    server.close();
    if (!nativeClassesServe(name))
        return 5;
    const QIODevice *device = &client;
    return qobject_cast<const QLocalSocket *>(device) && signalCount > 0 ? 0 : 4;
}
