// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_SERVER_H
#define _QLOCAL_SERVER_H

#include <qlocal/peercredentials.h>
#include <qlocal/qlocalserver.h>
#include <qlocal/socket.h>

#include <QtCore/qstringlist.h>

#include <functional>

namespace qlocal {

/// What a server has done since it was made.
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
    /// Connections that were given to incomingConnection().
    quint64 accepted = 0;
    /// Connections that were closed because of a rule or a limit.
    quint64 refused = 0;
    /// How often the system call accept has failed.
    quint64 failed = 0;
    /// Admitted sockets whose connection has not ended.
    quint64 open = 0;
    /// Bytes that came in by admitted sockets.
    quint64 bytesReceived = 0;
    /// Bytes that the kernel took from admitted sockets.
    quint64 bytesSent = 0;
};

/// A QLocalServer with what goes beyond Qt's. Its connections are qlocal::Socket.
///
/// Unlike a QLocalServer it listens where nobody else can take its name, and lets in the user who
/// runs it, and no other, unless it is told otherwise. A peer that is not let in is disconnected,
/// and nobody but the signal refused() hears of it.
class _QLOCAL_EXPORT Server : public QLocalServer
{
    Q_OBJECT
    Q_PROPERTY(bool privateNames READ hasPrivateNames WRITE setPrivateNames)
    Q_PROPERTY(bool everybodyAllowed READ isEverybodyAllowed WRITE setEverybodyAllowed)
    Q_PROPERTY(QList<uint> allowedUsers READ allowedUsers WRITE setAllowedUsers)
    Q_PROPERTY(QList<uint> allowedGroups READ allowedGroups WRITE setAllowedGroups)
    Q_PROPERTY(int maxConnections READ maxConnections WRITE setMaxConnections)
    Q_PROPERTY(int maxConnectionsPerUser READ maxConnectionsPerUser WRITE setMaxConnectionsPerUser)
    Q_PROPERTY(qint64 readBufferSize READ readBufferSize WRITE setReadBufferSize)
    Q_PROPERTY(qint64 writeLimit READ writeLimit WRITE setWriteLimit)
    Q_PROPERTY(qlocal::Socket::SlowPeerPolicy slowPeerPolicy READ slowPeerPolicy WRITE
                       setSlowPeerPolicy)
    Q_PROPERTY(qint64 highWater READ highWater WRITE setHighWater)
    Q_PROPERTY(qint64 lowWater READ lowWater WRITE setLowWater)
    Q_PROPERTY(qlocal::ServerCounters counters READ counters)

public:
    /// Why a connection was refused.
    enum RefusalReason {
        /// This peer is not allowed, or the kernel does not say who it is.
        NotAllowed,
        /// There are maxConnections() already.
        TooManyConnections,
        /// There are maxConnectionsPerUser() of this user already.
        TooManyOfUser
    };
    Q_ENUM(RefusalReason)

    /// Decides whether a peer may connect.
    using AllowFunction = std::function<bool(const PeerCredentials &peer)>;

    /// Makes a server that does not listen.
    explicit Server(QObject *parent = nullptr);
    /// As that of QLocalServer.
    ~Server() override;

    /// Whether listen() makes its socket file in the user's private folder, where nobody else can take
    /// the name; true by default. A path, and a name with AbstractNamespaceOption, is what it is.
    ///
    /// The folder is the first of these that is the user's and that nobody else can write:
    /// `$XDG_RUNTIME_DIR/app/$FLATPAK_ID` inside Flatpak, `$XDG_RUNTIME_DIR`,
    /// `$SNAP_USER_COMMON/run` inside a snap, `/run/user/UID`, and `qlocal-UID` in the folder for
    /// temporary files, which is made. The file is open to this user alone, unless
    /// setSocketOptions() says otherwise. A name that is too long for the path of a socket has a
    /// short file name.
    bool hasPrivateNames() const;
    /// Sets whether it does, for the next listen(); false listens where a QLocalServer does.
    void setPrivateNames(bool isPrivate);
    /// Listens in the private folder on a name that nobody can guess.
    ///
    /// Hand fullServerName() to whoever is to connect, as an argument of a process that you start.
    bool listenOnRandomName();
    /// Listens on a descriptor that a service manager has given to this process (socket activation,
    /// as in systemd.socket(5)): the first one of this name in `LISTEN_FDNAMES` that nobody in the
    /// process has taken, or without a name the first one of all.
    ///
    /// Connections that were made before the process started are accepted first. The socket file is
    /// the service manager's: socketOptions() and listenBacklogSize() change nothing of it, and
    /// close() leaves it. AbstractNamespaceOption is set or not as its name is, also for a listen()
    /// that follows. Each descriptor can be taken once. False when it fails, and lastError() says why.
    bool listenActivated(const QString &name = QString());
    /// The names of the descriptors that a service manager has given to this process, in their
    /// order; none when it was not started so. Those that are taken already are among them.
    static QStringList activationNames();
    /// As QLocalServer::removeServer(), for a name in the private folder, or a path.
    static bool removeServer(const QString &name);

    /// The last error of listening or accepting with all that is known of it.
    Error lastError() const;

    /// As nextPendingConnection(), with the type that the server's sockets have.
    Socket *nextSocket();

    // Who may connect: everybody, or those for whom the function is true, or else the own user,
    // allowedUsers() and members of allowedGroups(). The mode of the socket file, which the kernel
    // looks at, is a bound of its own: see setSocketOptions().

    /// Whether everybody may connect, as with a QLocalServer; false by default.
    bool isEverybodyAllowed() const;
    /// Sets whether everybody may connect.
    void setEverybodyAllowed(bool allowed);
    /// Users who may connect beside the one who runs the server.
    QList<uint> allowedUsers() const;
    /// Sets these users.
    void setAllowedUsers(const QList<uint> &uids);
    /// Groups whose members may connect, by their effective or a supplementary group.
    QList<uint> allowedGroups() const;
    /// Sets these groups.
    void setAllowedGroups(const QList<uint> &gids);
    /// Lets a function decide in place of the lists; nullptr goes back to them. It is called on the
    /// server's thread for each connection, before anybody hears of that.
    void setAllowFunction(AllowFunction function);

    /// How many connections there may be at once; 0, the default, is no limit. More are refused.
    int maxConnections() const;
    /// Sets that limit. Connections that are there go on.
    void setMaxConnections(int count);
    /// How many connections of one user there may be at once; 0, the default, is no limit.
    int maxConnectionsPerUser() const;
    /// Sets that limit.
    void setMaxConnectionsPerUser(int count);

    // What each socket is given as it is admitted, see Socket.

    /// As QLocalSocket::readBufferSize(); 64 MiB by default.
    qint64 readBufferSize() const;
    /// Sets it for the sockets to come.
    void setReadBufferSize(qint64 size);
    /// As Socket::writeLimit().
    qint64 writeLimit() const;
    /// Sets it for the sockets to come.
    void setWriteLimit(qint64 bytes);
    /// As Socket::slowPeerPolicy().
    Socket::SlowPeerPolicy slowPeerPolicy() const;
    /// Sets it for the sockets to come.
    void setSlowPeerPolicy(Socket::SlowPeerPolicy policy);
    /// As Socket::highWater().
    qint64 highWater() const;
    /// Sets it for the sockets to come.
    void setHighWater(qint64 bytes);
    /// As Socket::lowWater().
    qint64 lowWater() const;
    /// Sets it for the sockets to come.
    void setLowWater(qint64 bytes);

    /// What has happened so far.
    ServerCounters counters() const;

Q_SIGNALS:
    /// A connection was closed before anybody heard of it.
    void refused(const qlocal::PeerCredentials &peer, qlocal::Server::RefusalReason reason);
    /// Accepting has failed, for want of descriptors mostly; lastError() says more. Once, until it
    /// has worked again. The server listens on and tries again: the connection waits.
    void acceptError(QAbstractSocket::SocketError socketError);

protected:
    /// Makes a Socket, admits it, and gives it to addPendingConnection().
    void incomingConnection(quintptr socketDescriptor) override;
    /// Gives a socket that has just taken over a descriptor of incomingConnection() the limits of
    /// the server, and counts it until its connection has ended. For who overrides that function.
    void admit(QLocalSocket *socket);

private:
    Q_DISABLE_COPY(Server)

    bool _QAllows(const _QLocal::PeerIdentity &) const override;
    void _QRefused(const _QLocal::PeerIdentity &, _QLocal::RefusalCode) override;
    void _QAcceptFailed(_QLocal::SocketError) override;
    void applyRule();
    void applyConnectionLimits();

    AllowFunction m_allowFunction;
    QList<uint> m_allowedUsers;
    QList<uint> m_allowedGroups;
    bool m_everybodyAllowed = false;
    int m_maxConnections = 0;
    int m_maxConnectionsPerUser = 0;
    qint64 m_readBufferSize;
};

} // namespace qlocal

Q_DECLARE_METATYPE(qlocal::ServerCounters)

#endif // _QLOCAL_SERVER_H
