// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_QLOCALSERVER_H
#define QLOCAL_QLOCALSERVER_H

#include <qlocal/dropin_prelude.h>
#include <qlocal/global.h>
#include <qlocal/qlocalsocket.h>
#include <qlocal/src/server.cxxqt.h>

#include <QtCore/qlist.h>
#include <QtCore/qpointer.h>

/// A local server with the interface and the observable behaviour of Qt's QLocalServer.
///
/// The signals of an object are emitted on the thread that it lives in, which is also the only one
/// that may call it. A handler may do anything to the server, delete it included.
class QLOCAL_EXPORT QLocalServer : public qlocal::RustServer
{
    Q_OBJECT
    Q_PROPERTY(SocketOptions socketOptions READ socketOptions WRITE setSocketOptions BINDABLE
                       bindableSocketOptions)

public:
    /// Access options give the socket file just these bits, whatever the umask, before anybody can
    /// connect.
    enum SocketOption {
        NoOptions = 0x0,
        UserAccessOption = 0x01,
        GroupAccessOption = 0x2,
        OtherAccessOption = 0x4,
        WorldAccessOption = 0x7,
        AbstractNamespaceOption = 0x8
    };
    Q_ENUM(SocketOption)
    Q_DECLARE_FLAGS(SocketOptions, SocketOption)
    Q_FLAG(SocketOptions)

    explicit QLocalServer(QObject *parent = nullptr);
    ~QLocalServer() override;

    /// Stops listening, removes the socket file that it bound, and deletes the pending connections
    /// that nobody took.
    void close();

    QString errorString() const;
    virtual bool hasPendingConnections() const;
    bool isListening() const;

    /// Binds the name, which is resolved as QLocalSocket::setServerName() says, and listens.
    ///
    /// A file that a dead server left behind is reclaimed; the name of a live one is
    /// AddressInUseError.
    bool listen(const QString &name);
    /// Takes over a bound descriptor, which the server owns from then on.
    bool listen(qintptr socketDescriptor);

    /// How many accepted connections wait for nextPendingConnection() before accepting pauses: it
    /// has accepted two more by then, and with 0 none.
    int maxPendingConnections() const;
    void setMaxPendingConnections(int numConnections);

    /// The next accepted socket, open ReadWrite and connected, or nullptr. It is a child of the
    /// server, and may be given another parent.
    virtual QLocalSocket *nextPendingConnection();

    QString serverName() const;
    QString fullServerName() const;

    /// Removes the socket file of this name, of a live server as well. Anything but a socket stays,
    /// and the answer is false.
    static bool removeServer(const QString &name);

    QAbstractSocket::SocketError serverError() const;

    /// Accepts without an event loop. A time-out is told from an error by the second argument; -1
    /// waits for ever.
    bool waitForNewConnection(int msec = 0, bool *timedOut = nullptr);

    /// How many connections the kernel keeps before they are accepted, from the next listen() on.
    void setListenBacklogSize(int size);
    int listenBacklogSize() const;

    void setSocketOptions(SocketOptions options);
    SocketOptions socketOptions() const;
    QBindable<SocketOptions> bindableSocketOptions();

    /// The listening descriptor, or -1. It stays the server's.
    qintptr socketDescriptor() const;

Q_SIGNALS:
    void newConnection();

protected:
    /// Called for each accepted connection; the descriptor is the callee's from then on.
    virtual void incomingConnection(quintptr socketDescriptor);
    /// Queues a socket for nextPendingConnection() and emits newConnection().
    void addPendingConnection(QLocalSocket *socket);

    void doDeliver(std::int32_t descriptor) override;
    std::int32_t doPendingCount() const override;

private:
    Q_DISABLE_COPY(QLocalServer)
    Q_OBJECT_BINDABLE_PROPERTY(QLocalServer, SocketOptions, m_socketOptions)
    QList<QPointer<QLocalSocket>> m_pending;
    int m_listenBacklogSize = 50;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(QLocalServer::SocketOptions)

#endif // QLOCAL_QLOCALSERVER_H
