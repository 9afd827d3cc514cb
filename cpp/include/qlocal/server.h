// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_SERVER_H
#define QLOCAL_SERVER_H

#include <qlocal/qlocalserver.h>
#include <qlocal/socket.h>

namespace qlocal {

/// A QLocalServer with what goes beyond Qt's. Its connections are qlocal::Socket.
class QLOCAL_EXPORT Server : public QLocalServer
{
    Q_OBJECT

public:
    /// Makes a server that does not listen.
    explicit Server(QObject *parent = nullptr);
    /// As that of QLocalServer.
    ~Server() override;

    /// As nextPendingConnection(), with the type that the server's sockets have.
    Socket *nextSocket();

protected:
    /// Makes a Socket and gives it to addPendingConnection().
    void incomingConnection(quintptr socketDescriptor) override;
    /// Makes `socket`, which has just taken over the descriptor that incomingConnection() was given,
    /// one of the server's. An override of incomingConnection() calls it for its own kind of socket.
    void admit(Socket *socket);

private:
    Q_DISABLE_COPY(Server)
};

} // namespace qlocal

#endif // QLOCAL_SERVER_H
