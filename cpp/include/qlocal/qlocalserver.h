// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_QLOCALSERVER_H
#define _QLOCAL_QLOCALSERVER_H

#include <qlocal/tag.h>
#include <qlocal/global.h>
#include <qlocal/qlocalsocket.h>
#include <qlocal/src/object/server.cxxqt.h>

#include <QtCore/qlist.h>
#include <QtCore/qpointer.h>

/// A local server with the API and observable behaviour of Qt's QLocalServer.
///
/// An object belongs to the thread that it lives in: only that thread may call it, and its signal
/// is emitted there. It may be moved to another thread while listening, together with its pending
/// sockets. A handler may do anything to the server, including deleting it.
class _QLOCAL_EXPORT QLocalServer : public _QLocal::_RustServer
{
    Q_OBJECT
    Q_PROPERTY(SocketOptions socketOptions READ socketOptions WRITE setSocketOptions BINDABLE
                       bindableSocketOptions)

public:
    /// Access permissions of the socket, and the kind of name.
    ///
    /// Access options give the socket file exactly these permission bits, whatever the umask,
    /// before any client can connect. Without any, the umask decides.
    enum SocketOption {
        /// A file, with the permissions that the umask leaves.
        NoOptions = 0x0,
        /// The user who runs the server.
        UserAccessOption = 0x01,
        /// The group of the file.
        GroupAccessOption = 0x2,
        /// All other users.
        OtherAccessOption = 0x4,
        /// All users.
        WorldAccessOption = 0x7,
        /// The name is in the abstract namespace of unix(7), where any user may connect; every byte
        /// of it counts.
        AbstractNamespaceOption = 0x8
    };
    Q_ENUM(SocketOption)
    Q_DECLARE_FLAGS(SocketOptions, SocketOption)
    Q_FLAG(SocketOptions)

    /// Creates a server that does not listen.
    explicit QLocalServer(QObject *parent = nullptr);
    /// Closes the server. Sockets that are still its children are deleted with it.
    ~QLocalServer() override;

    /// Stops listening, removes the socket file that it bound, and deletes pending connections.
    /// Those already taken stay connected.
    void close();

    /// A description of the last error; empty if there was none.
    QString errorString() const;
    /// Whether nextPendingConnection() has a socket to return.
    virtual bool hasPendingConnections() const;
    /// Whether it is listening; also true while accepting pauses.
    bool isListening() const;

    /// Binds the name, resolved as described in QLocalSocket::setServerName(), and listens.
    ///
    /// A file left behind by a dead server is reclaimed. On failure it returns false and sets
    /// serverError(): AddressInUseError if the name belongs to a live server or to anything but a
    /// socket, HostNotFoundError for an invalid name, SocketAccessError without permission. It
    /// warns when it is already listening.
    bool listen(const QString &name);
    /// Takes ownership of a bound descriptor, and takes its name.
    ///
    /// Returns false, and leaves the descriptor alone, if it is not a local stream socket.
    bool listen(qintptr socketDescriptor);

    /// The maximum number of accepted connections waiting for nextPendingConnection(); 30 by
    /// default.
    int maxPendingConnections() const;
    /// Sets that maximum. Accepting pauses at two more than that, and with 0 at once; further
    /// connections wait in the backlog, and none is dropped.
    void setMaxPendingConnections(int numConnections);

    /// The next accepted socket, open ReadWrite and connected, or nullptr. Paused accepting
    /// resumes.
    ///
    /// The socket is a child of the server, and may be reparented.
    virtual QLocalSocket *nextPendingConnection();

    /// The name passed to listen(); empty while not listening.
    QString serverName() const;
    /// The path or abstract name that it listens on; empty while not listening.
    QString fullServerName() const;

    /// Removes the socket file of this name, even of a live server. Also returns true if there is
    /// none. Leaves anything but a socket, and returns false.
    static bool removeServer(const QString &name);

    /// The last error in listening, accepting or waiting, or UnknownSocketError. Success does not
    /// clear it.
    QAbstractSocket::SocketError serverError() const;

    /// Accepts without an event loop, and emits newConnection(). Returns true at once if one is
    /// pending.
    ///
    /// The second argument distinguishes a time-out from an error; -1 waits forever.
    bool waitForNewConnection(int msec = 0, bool *timedOut = nullptr);

    /// Sets how many connections the kernel queues before they are accepted, for the next listen().
    void setListenBacklogSize(int size);
    /// The size of the kernel's backlog; 50 by default.
    int listenBacklogSize() const;

    /// Sets the options for the next listen().
    void setSocketOptions(SocketOptions options);
    /// The options that were set or bound.
    SocketOptions socketOptions() const;
    /// The options as a bindable property.
    QBindable<SocketOptions> bindableSocketOptions();

    /// The listening descriptor, or -1. The server keeps ownership.
    qintptr socketDescriptor() const;

Q_SIGNALS:
    /// Emitted once for each pending connection, in the order in which they connected.
    void newConnection();

protected:
    /// Called for each accepted connection; the callee takes ownership of the descriptor.
    ///
    /// The default implementation creates a socket and passes it to addPendingConnection().
    virtual void incomingConnection(quintptr socketDescriptor);
    /// Queues a socket for nextPendingConnection() and emits newConnection().
    void addPendingConnection(QLocalSocket *socket);

private:
    Q_DISABLE_COPY(QLocalServer)

    void _QAcceptReady() override;
    void _QChangeThread() override;
    void _QDeliver(std::int32_t) override;
    std::int32_t _QPendingCount() const override;

    Q_OBJECT_BINDABLE_PROPERTY(QLocalServer, SocketOptions, _QSocketOptions)
    QList<QPointer<QLocalSocket>> _QPending;
    int _QListenBacklogSize = 50;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(QLocalServer::SocketOptions)

#endif // _QLOCAL_QLOCALSERVER_H
