// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_SOCKET_H
#define QLOCAL_SOCKET_H

#include <qlocal/error.h>
#include <qlocal/peercredentials.h>
#include <qlocal/qlocalsocket.h>

namespace qlocal {

/// A QLocalSocket with what goes beyond Qt's.
///
/// It behaves as a QLocalSocket does, but for what its defaults say: the name of a server, unless it
/// is a path or an abstract one, is looked up in the user's private folder, and readBufferSize() is
/// 64 MiB, so that a peer can't fill the memory of who doesn't read. Who waits for a larger message to
/// be whole before it is read sets a larger one, or 0, which is no limit.
class QLOCAL_EXPORT Socket : public QLocalSocket
{
    Q_OBJECT
    Q_PROPERTY(qlocal::PeerCredentials peerCredentials READ peerCredentials)
    Q_PROPERTY(bool privateNames READ hasPrivateNames WRITE setPrivateNames)
    Q_PROPERTY(int connectTimeout READ connectTimeout WRITE setConnectTimeout)
    Q_PROPERTY(qint64 writeLimit READ writeLimit WRITE setWriteLimit)
    Q_PROPERTY(SlowPeerPolicy slowPeerPolicy READ slowPeerPolicy WRITE setSlowPeerPolicy)
    Q_PROPERTY(qint64 highWater READ highWater WRITE setHighWater)
    Q_PROPERTY(qint64 lowWater READ lowWater WRITE setLowWater)

public:
    /// What happens to a write beyond writeLimit().
    enum SlowPeerPolicy {
        /// What fits is taken: write() returns less than it was given, 0 when nothing fits.
        RefuseWrites,
        /// Nothing is taken, write() returns -1, and the connection ends as the turn of the event
        /// loop does, with SocketResourceError and without ClosingState.
        EndConnection
    };
    Q_ENUM(SlowPeerPolicy)

    /// Makes a socket that is not connected.
    explicit Socket(QObject *parent = nullptr);
    /// As that of QLocalSocket.
    ~Socket() override;

    /// Whether the name of a server is one in the user's private folder; true by default. A path, and
    /// a name with AbstractNamespaceOption, is what it is. See Server::hasPrivateNames().
    using SocketBase::hasPrivateNames;
    /// Sets whether it is, for the next attempt; false looks where a QLocalSocket does.
    using SocketBase::setPrivateNames;

    /// Who is at the other end; not valid while there is no connection.
    PeerCredentials peerCredentials() const;

    /// How long connectToServer() waits for room in the server's backlog, in milliseconds; 30000 by
    /// default, -1 is for ever. Then it fails with SocketTimeoutError.
    int connectTimeout() const;
    /// Sets that time, for the next attempt.
    void setConnectTimeout(int msecs);

    // What is queued is what was written and the kernel has not taken yet: the peer reads more
    // slowly than this end writes. By default it grows without limit, and nobody hears of it.

    /// The most that may be queued for writing, in bytes; 0, the default, is no limit.
    qint64 writeLimit() const;
    /// Sets that limit. What is queued already stays.
    void setWriteLimit(qint64 bytes);
    /// What happens to more; RefuseWrites by default.
    SlowPeerPolicy slowPeerPolicy() const;
    /// Sets what happens to more.
    void setSlowPeerPolicy(SlowPeerPolicy policy);
    /// How much has to be queued for highWaterReached(), in bytes; 0, the default, is never.
    qint64 highWater() const;
    /// Sets that mark.
    void setHighWater(qint64 bytes);
    /// How little has to be left for lowWaterReached(), in bytes; 0 by default.
    qint64 lowWater() const;
    /// Sets that mark. It has to be lower than the other one.
    void setLowWater(qint64 bytes);

    /// As write(), and hands a descriptor to the peer: it goes with the first byte.
    ///
    /// It is moved from only if something was written; when the result is 0 or -1, as for no bytes
    /// at all, it stays the caller's.
    qint64 writeWithDescriptor(const QByteArray &data, Descriptor &&descriptor);
    /// How many descriptors may have arrived and not been taken; 0, the default, receives none.
    int maxDescriptors() const;
    /// Sets that limit, from the next bytes on: in a handler of newConnection(), say. A peer that
    /// sends more ends the connection with SocketResourceError.
    void setMaxDescriptors(int count);
    /// The next descriptor that has arrived, closed on exec; not valid when there is none.
    ///
    /// It is there as soon as the byte is that it went with.
    Descriptor takeDescriptor();

    /// How many bytes have arrived since this object was made.
    quint64 bytesReceived() const;
    /// How many bytes the kernel has taken since this object was made.
    quint64 bytesSent() const;

    /// The last error with all that is known of it. In a handler of errorOccurred() it is that one.
    Error lastError() const;

Q_SIGNALS:
    /// A turn of the event loop, or flush(), or a wait, has left highWater() bytes or more in the
    /// queue. Once, until lowWaterReached().
    void highWaterReached();
    /// After that, lowWater() bytes or less are left. Once, and not when the connection ends.
    ///
    /// As bytesWritten(), which comes before it, it is never emitted inside write() or itself.
    void lowWaterReached();

private:
    Q_DISABLE_COPY(Socket)

    void doAnnounceHighWater() override;
    void doAnnounceLowWater() override;
};

} // namespace qlocal

#endif // QLOCAL_SOCKET_H
