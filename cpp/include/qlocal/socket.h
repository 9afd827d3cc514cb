// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_SOCKET_H
#define _QLOCAL_SOCKET_H

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
class _QLOCAL_EXPORT Socket : public QLocalSocket
{
    Q_OBJECT
    Q_PROPERTY(qlocal::PeerCredentials peerCredentials READ peerCredentials)
    Q_PROPERTY(bool privateNames READ hasPrivateNames WRITE setPrivateNames)
    Q_PROPERTY(int connectTimeout READ connectTimeout WRITE setConnectTimeout)
    Q_PROPERTY(qint64 writeLimit READ writeLimit WRITE setWriteLimit)
    Q_PROPERTY(SlowPeerPolicy slowPeerPolicy READ slowPeerPolicy WRITE setSlowPeerPolicy)
    Q_PROPERTY(qint64 highWater READ highWater WRITE setHighWater)
    Q_PROPERTY(qint64 lowWater READ lowWater WRITE setLowWater)
    Q_PROPERTY(Framing framing READ framing WRITE setFraming)
    Q_PROPERTY(qint64 maxMessageSize READ maxMessageSize WRITE setMaxMessageSize)

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

    /// How messages are told apart in the stream of bytes. Both ends have to use the same.
    enum Framing {
        /// Bytes are read, not messages.
        NoFraming,
        /// Each message comes after its length: four bytes, the highest first.
        ///
        /// A QDataStream at the other end writes and reads such messages as QByteArray. A null one
        /// of it has the length 0xffffffff, which counts as one that is too long: write an empty one.
        LengthPrefixed,
        /// Each message ends with a newline, which is no part of it. A carriage return in front of
        /// that is.
        Lines
    };
    Q_ENUM(Framing)

    /// Makes a socket that is not connected.
    explicit Socket(QObject *parent = nullptr);
    /// As that of QLocalSocket.
    ~Socket() override;

    /// Whether the name of a server is one in the user's private folder; true by default. A path, and
    /// a name with AbstractNamespaceOption, is what it is. See Server::hasPrivateNames().
    bool hasPrivateNames() const;
    /// Sets whether it is, for the next attempt; false looks where a QLocalSocket does.
    void setPrivateNames(bool isPrivate);

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

    /// How messages are told apart; NoFraming by default.
    Framing framing() const;
    /// Sets that, from the first byte on that was not read: in a handler of newConnection(), say, or
    /// when a first part of the conversation has been read as bytes. A transaction ends with it. It
    /// holds for the connections that follow, too.
    ///
    /// With a framing messages are read in place of bytes. messageReady() is emitted in place of
    /// readyRead(), for messages that are here already as the turn of the event loop ends;
    /// waitForReadyRead() waits for a message; bytesAvailable() is 0, and read() gives nothing.
    /// write() writes bytes as they are.
    ///
    /// A peer that sends a message longer than maxMessageSize() ends the connection with
    /// SocketResourceError as soon as that is known. Messages in front of it can be read. When the
    /// peer ends in the middle of a message, that part is lost; lastError(), a PeerClosed as always,
    /// has the operation "receive message" then.
    void setFraming(Framing framing);
    /// How long a message may be, in either direction, in bytes and without what frames it; 1048576,
    /// a mebibyte, by default.
    ///
    /// No more than that is held of a message that is not whole, beside what one turn receives.
    /// Messages that are whole count against readBufferSize(). That may be lower than this: a longer
    /// message comes as a whole all the same.
    qint64 maxMessageSize() const;
    /// Sets that size, up to 2147483647; 0 or less sets the default.
    void setMaxMessageSize(qint64 bytes);
    /// Takes all of a message with what frames it, as write() does, or nothing.
    ///
    /// False when it is too long, has a newline in it with Lines, or there is no framing
    /// (Error::InvalidMessage); when writeLimit() has no room for it now (Error::LimitExceeded), or never
    /// will (Error::InvalidMessage); or when there is no connection, or the device is not open for writing
    /// (Error::NotConnected). lastError() says which; the connection goes on unless slowPeerPolicy()
    /// ends it.
    bool writeMessage(const QByteArray &message);
    /// Whether a message can be read.
    bool hasMessage() const;
    /// The next message. It is null when there is none, while one without bytes is empty.
    QByteArray readMessage();

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
    /// A message can be read. After a handler has read one, it is emitted again if there is another:
    /// a handler may read one, or all of them. As readyRead() it is never emitted inside itself.
    void messageReady();
    /// A turn of the event loop, or flush(), or a wait, has left highWater() bytes or more in the
    /// queue. Once, until lowWaterReached().
    void highWaterReached();
    /// After that, lowWater() bytes or less are left. Once, and not when the connection ends.
    ///
    /// As bytesWritten(), which comes before it, it is never emitted inside write() or itself.
    void lowWaterReached();

private:
    Q_DISABLE_COPY(Socket)

    void _QMessageReady() override;
    void _QHighWaterReached() override;
    void _QLowWaterReached() override;
};

} // namespace qlocal

#endif // _QLOCAL_SOCKET_H
