// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_SERVER_H
#define _QLOCAL_SERVER_H

#include <qlocal/namepolicy.h>
#include <qlocal/peercredentials.h>
#include <qlocal/qlocalserver.h>
#include <qlocal/socket.h>

#include <QtCore/qstringlist.h>

#include <functional>

namespace qlocal {

/// Counters of a server since its creation.
struct _QLOCAL_EXPORT ServerCounters
{
    Q_GADGET
    Q_PROPERTY(quint64 accepted MEMBER accepted)
    Q_PROPERTY(quint64 refused MEMBER refused)
    Q_PROPERTY(quint64 failed MEMBER failed)
    Q_PROPERTY(quint64 open MEMBER open)
    Q_PROPERTY(quint64 bytesReceived MEMBER bytesReceived)
    Q_PROPERTY(quint64 bytesSent MEMBER bytesSent)

public:
    /// Connections passed to incomingConnection().
    quint64 accepted = 0;
    /// Connections closed because of a rule or a limit.
    quint64 refused = 0;
    /// Failed accept(2) calls.
    quint64 failed = 0;
    /// Admitted sockets that are still connected.
    quint64 open = 0;
    /// Bytes received by admitted sockets.
    quint64 bytesReceived = 0;
    /// Bytes that the kernel accepted from admitted sockets.
    quint64 bytesSent = 0;
};

/// A QLocalServer with features beyond Qt's. Its connections are qlocal::Socket.
///
/// Unlike QLocalServer, it listens where no other user can claim its name, and by default admits
/// only the user who runs it. A refused peer is disconnected, and reported only by the signal
/// refused().
class _QLOCAL_EXPORT Server : public QLocalServer
{
    Q_OBJECT
    Q_PROPERTY(bool privateNames READ hasPrivateNames WRITE setPrivateNames NOTIFY settingsChanged)
    Q_PROPERTY(bool anyUserAllowed READ isAnyUserAllowed WRITE setAnyUserAllowed NOTIFY
                       settingsChanged)
    Q_PROPERTY(
            QList<uint> allowedUsers READ allowedUsers WRITE setAllowedUsers NOTIFY settingsChanged)
    Q_PROPERTY(QList<uint> allowedGroups READ allowedGroups WRITE setAllowedGroups NOTIFY
                       settingsChanged)
    Q_PROPERTY(
            int maxConnections READ maxConnections WRITE setMaxConnections NOTIFY settingsChanged)
    Q_PROPERTY(int maxConnectionsPerUser READ maxConnectionsPerUser WRITE setMaxConnectionsPerUser
                       NOTIFY settingsChanged)
    Q_PROPERTY(int maxConnectionsPerProcess READ maxConnectionsPerProcess WRITE
                       setMaxConnectionsPerProcess NOTIFY settingsChanged)
    Q_PROPERTY(qint64 readBufferSize READ readBufferSize WRITE setReadBufferSize NOTIFY
                       settingsChanged)
    Q_PROPERTY(qint64 writeLimit READ writeLimit WRITE setWriteLimit NOTIFY settingsChanged)
    Q_PROPERTY(qlocal::Socket::SlowPeerPolicy slowPeerPolicy READ slowPeerPolicy WRITE
                       setSlowPeerPolicy NOTIFY settingsChanged)
    Q_PROPERTY(qint64 highWater READ highWater WRITE setHighWater NOTIFY settingsChanged)
    Q_PROPERTY(qint64 lowWater READ lowWater WRITE setLowWater NOTIFY settingsChanged)
    Q_PROPERTY(qlocal::Socket::Framing framing READ framing WRITE setFraming NOTIFY settingsChanged)
    Q_PROPERTY(QByteArray delimiter READ delimiter WRITE setDelimiter NOTIFY settingsChanged)
    Q_PROPERTY(int prefixSize READ prefixSize WRITE setPrefixSize NOTIFY settingsChanged)
    Q_PROPERTY(qlocal::Socket::ByteOrder byteOrder READ byteOrder WRITE setByteOrder NOTIFY
                       settingsChanged)
    Q_PROPERTY(qint64 maxMessageSize READ maxMessageSize WRITE setMaxMessageSize NOTIFY
                       settingsChanged)
    Q_PROPERTY(qlocal::ServerCounters counters READ counters)
    Q_PROPERTY(bool handsOver READ handsOver WRITE setHandsOver NOTIFY settingsChanged)
    Q_PROPERTY(int takeOverTimeout READ takeOverTimeout WRITE setTakeOverTimeout NOTIFY
                       settingsChanged)
    Q_PROPERTY(bool nameKept READ isNameKept WRITE setNameKept NOTIFY settingsChanged)

public:
    /// Why a connection was refused.
    enum RefusalReason {
        /// This peer is not allowed, or the kernel does not provide its credentials.
        NotAllowed,
        /// maxConnections() is already reached.
        TooManyConnections,
        /// maxConnectionsPerUser() is already reached for this user.
        TooManyOfUser,
        /// maxConnectionsPerProcess() is already reached for this process.
        TooManyOfProcess
    };
    Q_ENUM(RefusalReason)

    /// What became of the socket file.
    enum NameLoss {
        /// There is no file of this name.
        Removed,
        /// Another file has the name: that of another server, perhaps.
        Replaced,
        /// The folder was removed or renamed.
        FolderGone
    };
    Q_ENUM(NameLoss)

    /// Decides whether a peer may connect.
    using AllowFunction = std::function<bool(const PeerCredentials &peer)>;

    /// Creates a server that does not listen.
    explicit Server(QObject *parent = nullptr);
    /// Like that of QLocalServer.
    ~Server() override;

    /// Whether listen() creates its socket file in the user's private folder, where no other user
    /// can claim the name; true by default. Paths, and names with AbstractNamespaceOption, are used
    /// as they are.
    ///
    /// The folder is the first of these that is owned by the user and writable by no other:
    /// `$XDG_RUNTIME_DIR/app/$FLATPAK_ID` inside Flatpak, `$XDG_RUNTIME_DIR`,
    /// `$SNAP_USER_COMMON/run` inside a snap, `/run/user/UID`, and `qlocal-UID` in the folder for
    /// temporary files, which is created. Only this user can access the file, unless
    /// setSocketOptions() says otherwise. A name that is too long for a socket path gets a short
    /// file name.
    bool hasPrivateNames() const;
    /// Sets that, for the next listen(); with false it listens where QLocalServer does.
    void setPrivateNames(bool isPrivate);
    /// Listens in the private folder on an unguessable name.
    ///
    /// Pass fullServerName() to the intended client, for example as an argument of a process that
    /// you start.
    bool listenOnRandomName();
    /// Listens on a descriptor passed by a service manager (socket activation, as in
    /// systemd.socket(5)): the first one with this name in `LISTEN_FDNAMES` that has not been taken
    /// in this process, or without a name the first one of all.
    ///
    /// Connections made before the process started are accepted first. The socket file belongs to
    /// the service manager: socketOptions() and listenBacklogSize() do not affect it, and close()
    /// leaves it. AbstractNamespaceOption is set according to the descriptor's name, also for a
    /// later listen(). Each descriptor can be taken once. Returns false on failure; lastError() has
    /// the reason.
    bool listenActivated(const QString &name = QString());
    /// The names of the descriptors passed by a service manager, in order, including those already
    /// taken; empty without socket activation.
    static QStringList activationNames();
    /// Like QLocalServer::removeServer(), for a name in the private folder, or a path.
    static bool removeServer(const QString &name);

    /// Keeps the name from now on, also for a later listen(): nameLost() is emitted when the socket
    /// file was removed or replaced, or when its folder is gone, and nameRegained() when the server
    /// has its name again.
    ///
    /// The folder is watched, and where that is not possible the file is checked every second. The
    /// name is bound again with the same mode as soon as it is free or stale, but never taken from
    /// another server. Connections stay, and clients that wait in the backlog are accepted. Abstract
    /// names cannot be lost, and the file of a service manager is left alone.
    ///
    /// If called again, the new policy applies from then on.
    void keepName(const NamePolicy &policy = NamePolicy());
    /// Keeps the name no longer.
    void stopKeepingName();
    /// Whether the name is kept.
    bool isNameKept() const;
    /// Keeps the name with the default policy, or no longer.
    void setNameKept(bool isKept);
    /// The policy, or the default one.
    NamePolicy namePolicy() const;

    /// Whether this server hands its name over to a newer server of the same user that takes it over
    /// (takeOverTimeout()); false by default.
    ///
    /// No client is refused meanwhile: the newer one gets the listening descriptor, with the clients
    /// that wait in the backlog. This one keeps its connections, no longer listens, and emits
    /// handedOver(). Both must be in the same network namespace. Descriptors of a service manager
    /// are not handed over.
    bool handsOver() const;
    /// Sets whether it hands over.
    void setHandsOver(bool handsOver);
    /// How long listen() waits, in milliseconds, for an older server that has the name to hand it
    /// over; -1, the default, means that it is not asked.
    ///
    /// If that one does not agree, listen() fails with AddressInUseError at once, and if it does not
    /// answer in time, with SocketTimeoutError. One in the same thread, such as that of a QML
    /// component which is about to be replaced, hands over at once.
    int takeOverTimeout() const;
    /// Sets that time, for the next listen().
    void setTakeOverTimeout(int msecs);

    /// The last error in listening or accepting, or of a refused setting, with its details.
    Error lastError() const;

    /// Like nextPendingConnection(), with the type of the server's sockets.
    Socket *nextSocket() { return qobject_cast<Socket *>(nextPendingConnection()); }

    // Which peers may connect: all, or those for which the function returns true, or else the
    // server's own user, allowedUsers() and members of allowedGroups(). The kernel also checks the
    // mode of the socket file: see setSocketOptions().

    /// Whether any user may connect, as with QLocalServer; false by default.
    bool isAnyUserAllowed() const { return m_anyUserAllowed; }
    /// Sets whether any user may connect.
    void setAnyUserAllowed(bool allowed);
    /// Users who may connect, in addition to the one who runs the server.
    QList<uint> allowedUsers() const { return m_allowedUsers; }
    /// Sets these users.
    void setAllowedUsers(const QList<uint> &uids);
    /// Groups whose members may connect, by their effective or a supplementary group.
    QList<uint> allowedGroups() const { return m_allowedGroups; }
    /// Sets these groups.
    void setAllowedGroups(const QList<uint> &gids);
    /// Lets a function decide instead of the lists; nullptr restores them. It is called on the
    /// server's thread for each connection, before that is announced.
    void setAllowFunction(AllowFunction function);

    /// The maximum number of concurrent connections; 0, the default, means no limit. Further ones
    /// are refused.
    int maxConnections() const { return int(_QLimit(_QLocal::ServerLimit::Connections)); }
    /// Sets that limit. Existing connections are kept.
    void setMaxConnections(int count) { _QSetLimit(_QLocal::ServerLimit::Connections, count); }
    /// The maximum number of concurrent connections per user; 0, the default, means no limit.
    int maxConnectionsPerUser() const
    {
        return int(_QLimit(_QLocal::ServerLimit::ConnectionsPerUser));
    }
    /// Sets that limit.
    void setMaxConnectionsPerUser(int count)
    {
        _QSetLimit(_QLocal::ServerLimit::ConnectionsPerUser, count);
    }
    /// The maximum number of concurrent connections per process; 0, the default, means no limit.
    ///
    /// A faulty client then leaves room for the user's other processes. A malicious one can start
    /// more of them: limit its user. Processes of other pid namespaces count as one.
    int maxConnectionsPerProcess() const
    {
        return int(_QLimit(_QLocal::ServerLimit::ConnectionsPerProcess));
    }
    /// Sets that limit.
    void setMaxConnectionsPerProcess(int count)
    {
        _QSetLimit(_QLocal::ServerLimit::ConnectionsPerProcess, count);
    }

    // Settings for each socket as it is admitted, see Socket.

    /// See QLocalSocket::readBufferSize(); 64 MiB by default.
    qint64 readBufferSize() const { return m_readBufferSize; }
    /// Sets it for future sockets.
    void setReadBufferSize(qint64 size);
    /// See Socket::writeLimit().
    qint64 writeLimit() const { return _QLimit(_QLocal::SocketLimit::QueuedBytes); }
    /// Sets it for future sockets.
    void setWriteLimit(qint64 bytes) { _QSetLimit(_QLocal::SocketLimit::QueuedBytes, bytes); }
    /// See Socket::slowPeerPolicy().
    Socket::SlowPeerPolicy slowPeerPolicy() const
    {
        return Socket::SlowPeerPolicy(_QLimit(_QLocal::SocketLimit::SlowPeer));
    }
    /// Sets it for future sockets.
    void setSlowPeerPolicy(Socket::SlowPeerPolicy policy)
    {
        _QSetLimit(_QLocal::SocketLimit::SlowPeer, policy);
    }
    /// See Socket::highWater().
    qint64 highWater() const { return _QLimit(_QLocal::SocketLimit::HighWater); }
    /// Sets it for future sockets.
    void setHighWater(qint64 bytes) { _QSetLimit(_QLocal::SocketLimit::HighWater, bytes); }
    /// See Socket::lowWater().
    qint64 lowWater() const { return _QLimit(_QLocal::SocketLimit::LowWater); }
    /// Sets it for future sockets.
    void setLowWater(qint64 bytes) { _QSetLimit(_QLocal::SocketLimit::LowWater, bytes); }
    /// See Socket::framing(). With NoFraming, the default, sockets keep their own.
    Socket::Framing framing() const;
    /// Sets it for future sockets; a QLocalSocket that is not a Socket has none.
    void setFraming(Socket::Framing framing);
    /// See Socket::delimiter().
    QByteArray delimiter() const;
    /// Sets it for future sockets. Returns false as Socket::setDelimiter() does; lastError() has the
    /// reason.
    bool setDelimiter(const QByteArray &delimiter);
    /// See Socket::prefixSize().
    int prefixSize() const;
    /// Sets it for future sockets. Returns false as Socket::setPrefixSize() does; lastError() has
    /// the reason.
    bool setPrefixSize(int bytes);
    /// See Socket::byteOrder().
    Socket::ByteOrder byteOrder() const;
    /// Sets it for future sockets.
    void setByteOrder(Socket::ByteOrder order);
    /// See Socket::maxMessageSize(); 0 stands for its default.
    qint64 maxMessageSize() const { return _QLimit(_QLocal::SocketLimit::MessageSize); }
    /// Sets it for future sockets.
    void setMaxMessageSize(qint64 bytes) { _QSetLimit(_QLocal::SocketLimit::MessageSize, bytes); }
    /// See Socket::maxDescriptors().
    int maxDescriptors() const { return int(_QLimit(_QLocal::SocketLimit::Descriptors)); }
    /// Sets it for future sockets.
    void setMaxDescriptors(int count) { _QSetLimit(_QLocal::SocketLimit::Descriptors, count); }

    /// The counters so far.
    ServerCounters counters() const;

Q_SIGNALS:
    /// A property of this class was set to another value.
    void settingsChanged();
    /// A connection was refused, and closed without being announced.
    void refused(const qlocal::PeerCredentials &peer, qlocal::Server::RefusalReason reason);
    /// Accepting has failed, mostly for lack of descriptors; lastError() has details. Emitted once,
    /// until accepting works again. The server keeps listening and retries; the connection waits.
    void acceptError(QAbstractSocket::SocketError socketError);
    /// The socket file is not at its name any more: clients cannot connect. Emitted if the name is
    /// kept, see keepName(). Another loss may follow before nameRegained().
    void nameLost(qlocal::Server::NameLoss reason);
    /// The server has its name again.
    void nameRegained();
    /// A newer server has taken the name over, see handsOver(). This one no longer listens; its
    /// connections stay.
    void handedOver();

protected:
    /// Creates a Socket, admits it, and passes it to addPendingConnection().
    void incomingConnection(quintptr socketDescriptor) override;
    /// Applies the server's limits, and its framing if it has one, to a socket that has just taken
    /// over a descriptor from incomingConnection(), in place of its own, and counts it until its
    /// connection has ended. For use in overrides of that function.
    void admit(QLocalSocket *socket);

private:
    Q_DISABLE_COPY(Server)

    qint64 _QLimit(_QLocal::ServerLimit) const;
    void _QSetLimit(_QLocal::ServerLimit, qint64);
    qint64 _QLimit(_QLocal::SocketLimit) const;
    void _QSetLimit(_QLocal::SocketLimit, qint64);
    bool _QAllows(const _QLocal::PeerIdentity &) const override;
    void _QRefused(const _QLocal::PeerIdentity &, const QString &) override;
    void _QAcceptFailed(QAbstractSocket::SocketError) override;
    void _QNameLost(const QString &) override;
    void _QNameRegained() override;
    void _QHandedOver() override;
    void applyRule();

    AllowFunction m_allowFunction;
    QList<uint> m_allowedUsers;
    QList<uint> m_allowedGroups;
    bool m_anyUserAllowed = false;
    qint64 m_readBufferSize;
};

} // namespace qlocal

Q_DECLARE_METATYPE(qlocal::ServerCounters)

#endif // _QLOCAL_SERVER_H
