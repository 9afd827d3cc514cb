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

/// A local server with the interface and the observable behaviour of Qt's QLocalServer.
///
/// An object belongs to the thread that it lives in: only that thread may call it, and its signal
/// is emitted there. It may be moved to another thread while it listens, with the sockets that wait
/// in it. A handler may do anything to the server, delete it included.
class _QLOCAL_EXPORT QLocalServer : public _QLocal::_RustServer
{
    Q_OBJECT
    Q_PROPERTY(SocketOptions socketOptions READ socketOptions WRITE setSocketOptions BINDABLE
                       bindableSocketOptions)

public:
    /// Who may connect, and how the name is meant.
    ///
    /// Access options give the socket file just these bits, whatever the umask, before anybody can
    /// connect. Without any the umask decides.
    enum SocketOption {
        /// A file, with the bits that the umask leaves.
        NoOptions = 0x0,
        /// The user who runs the server.
        UserAccessOption = 0x01,
        /// The group of the file.
        GroupAccessOption = 0x2,
        /// All others.
        OtherAccessOption = 0x4,
        /// Everybody.
        WorldAccessOption = 0x7,
        /// The name is one of the abstract namespace of unix(7), where everybody may connect: every
        /// byte of it counts.
        AbstractNamespaceOption = 0x8
    };
    Q_ENUM(SocketOption)
    Q_DECLARE_FLAGS(SocketOptions, SocketOption)
    Q_FLAG(SocketOptions)

    /// Makes a server that does not listen.
    explicit QLocalServer(QObject *parent = nullptr);
    /// Closes the server. Sockets that are still its children go with it.
    ~QLocalServer() override;

    /// Stops listening, removes the socket file that it bound, and deletes the pending connections
    /// that nobody took. Those that were taken go on.
    void close();

    /// The last error in words; empty if there was none.
    QString errorString() const;
    /// Whether nextPendingConnection() has one to give.
    virtual bool hasPendingConnections() const;
    /// Whether it listens; also while accepting pauses.
    bool isListening() const;

    /// Binds the name, which is resolved as QLocalSocket::setServerName() says, and listens.
    ///
    /// A file that a dead server left behind is reclaimed. It returns false and sets serverError():
    /// AddressInUseError for the name of a live server and of anything but a socket,
    /// HostNotFoundError for a name that cannot be, SocketAccessError without permission. It warns
    /// when it is listening already.
    bool listen(const QString &name);
    /// Takes over a bound descriptor, which the server owns from then on, and its name.
    ///
    /// It returns false, and leaves the descriptor alone, when that is no local stream socket.
    bool listen(qintptr socketDescriptor);

    /// How many accepted connections may wait for nextPendingConnection(); 30 by default.
    int maxPendingConnections() const;
    /// Sets how many connections may wait. Accepting pauses when two more than that do, and with 0
    /// at once; the rest waits in the backlog, and nobody is dropped.
    void setMaxPendingConnections(int numConnections);

    /// The next accepted socket, open ReadWrite and connected, or nullptr. Accepting goes on, if it
    /// paused.
    ///
    /// The socket is a child of the server, and may be given another parent.
    virtual QLocalSocket *nextPendingConnection();

    /// The name that was given to listen(); empty while it does not listen.
    QString serverName() const;
    /// The path or abstract name that it listens on; empty while it does not listen.
    QString fullServerName() const;

    /// Removes the socket file of this name, of a live server as well. True also when there is
    /// none. Anything but a socket stays, and the answer is false.
    static bool removeServer(const QString &name);

    /// The last error of listening, accepting or waiting, or UnknownSocketError. A success does not
    /// clear it.
    QAbstractSocket::SocketError serverError() const;

    /// Accepts without an event loop, and emits newConnection(). True at once if one is pending.
    ///
    /// A time-out is told from an error by the second argument; -1 waits for ever.
    bool waitForNewConnection(int msec = 0, bool *timedOut = nullptr);

    /// Sets how many connections the kernel keeps before they are accepted, from the next listen()
    /// on.
    void setListenBacklogSize(int size);
    /// How many the kernel keeps; 50 by default.
    int listenBacklogSize() const;

    /// Sets the options for the next listen().
    void setSocketOptions(SocketOptions options);
    /// The options that were set or bound.
    SocketOptions socketOptions() const;
    /// The options as a property that can be bound.
    QBindable<SocketOptions> bindableSocketOptions();

    /// The listening descriptor, or -1. It stays the server's.
    qintptr socketDescriptor() const;

Q_SIGNALS:
    /// A connection is pending. Once for each, in the order in which they connected.
    void newConnection();

protected:
    /// Called for each accepted connection; the descriptor is the callee's from then on.
    ///
    /// As it is, it makes a socket and gives it to addPendingConnection().
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
