// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_SOCKET_H
#define _QLOCAL_SOCKET_H

#include <qlocal/chunk.h>
#include <qlocal/error.h>
#include <qlocal/peercredentials.h>
#include <qlocal/qlocalsocket.h>
#include <qlocal/reconnectpolicy.h>
#include <qlocal/src/enums.cxx.h>

namespace qlocal {

/// A QLocalSocket with features beyond Qt's.
///
/// It behaves like QLocalSocket, with these differences:
///
/// - Server names, unless they are paths or abstract, are looked up in the user's private folder.
/// - readBufferSize() is 64 MiB, so that a peer can't fill the memory of a program that doesn't
///   read. To wait until a larger message is complete before reading it, set a larger size, or 0 for
///   no limit.
/// - serverName() stays what it was set to when the connection or an attempt has ended, so that
///   connectToServer() can be called again.
class _QLOCAL_EXPORT Socket : public QLocalSocket
{
    Q_OBJECT
    Q_PROPERTY(qlocal::PeerCredentials peerCredentials READ peerCredentials)
    Q_PROPERTY(bool privateNames READ hasPrivateNames WRITE setPrivateNames NOTIFY settingsChanged)
    Q_PROPERTY(
            int connectTimeout READ connectTimeout WRITE setConnectTimeout NOTIFY settingsChanged)
    Q_PROPERTY(qint64 writeLimit READ writeLimit WRITE setWriteLimit NOTIFY settingsChanged)
    Q_PROPERTY(SlowPeerPolicy slowPeerPolicy READ slowPeerPolicy WRITE setSlowPeerPolicy NOTIFY
                       settingsChanged)
    Q_PROPERTY(qint64 highWater READ highWater WRITE setHighWater NOTIFY settingsChanged)
    Q_PROPERTY(qint64 lowWater READ lowWater WRITE setLowWater NOTIFY settingsChanged)
    Q_PROPERTY(Framing framing READ framing WRITE setFraming NOTIFY settingsChanged)
    Q_PROPERTY(QByteArray delimiter READ delimiter WRITE setDelimiter NOTIFY settingsChanged)
    Q_PROPERTY(int prefixSize READ prefixSize WRITE setPrefixSize NOTIFY settingsChanged)
    Q_PROPERTY(ByteOrder byteOrder READ byteOrder WRITE setByteOrder NOTIFY settingsChanged)
    Q_PROPERTY(qint64 maxMessageSize READ maxMessageSize WRITE setMaxMessageSize NOTIFY
                       settingsChanged)

public:
    /// How a write beyond writeLimit() is handled.
    enum SlowPeerPolicy {
        /// write() accepts only what fits, and returns its size: 0 if nothing fits.
        RefuseWrites = int(_QLocal::SlowPeer::Refuse),
        /// write() accepts nothing and returns -1, and the connection ends at the end of the
        /// event-loop turn, with SocketResourceError and without ClosingState.
        EndConnection = int(_QLocal::SlowPeer::Disconnect)
    };
    Q_ENUM(SlowPeerPolicy)

    /// How messages are delimited in the byte stream. Both ends must use the same framing.
    enum Framing {
        /// Bytes are read, not messages.
        NoFraming = int(_QLocal::FramingKind::None),
        /// The same as NoFraming.
        Raw = NoFraming,
        /// Each message is preceded by its length: prefixSize() bytes in byteOrder(), by default
        /// four, big-endian.
        LengthPrefixed = int(_QLocal::FramingKind::LengthPrefixed),
        /// Each message ends with delimiter(), which is not part of it: a newline by default. A
        /// carriage return before that is part of the message.
        Lines = int(_QLocal::FramingKind::Lines),
        /// Each message is what QDataStream, with its default byte order, writes for a QByteArray:
        /// a length of four bytes, big-endian, and the contents.
        ///
        /// A null array, with length 0xffffffff, is received as an empty message. One that is too
        /// long for four bytes exceeds maxMessageSize().
        ByteArrays = int(_QLocal::FramingKind::ByteArrays)
    };
    Q_ENUM(Framing)

    /// The order of the bytes of a length.
    enum ByteOrder {
        /// The most significant byte is the first one.
        BigEndian = int(_QLocal::ByteOrder::BigEndian),
        /// The least significant byte is the first one.
        LittleEndian = int(_QLocal::ByteOrder::LittleEndian)
    };
    Q_ENUM(ByteOrder)

    /// Creates an unconnected socket.
    explicit Socket(QObject *parent = nullptr);
    /// Like that of QLocalSocket.
    ~Socket() override;

    /// Whether server names are looked up in the user's private folder; true by default. Paths, and
    /// names with AbstractNamespaceOption, are used as they are. See Server::hasPrivateNames().
    bool hasPrivateNames() const;
    /// Sets that, for the next attempt; with false, names are resolved as by QLocalSocket.
    void setPrivateNames(bool isPrivate);

    /// The peer's credentials; not valid while there is no connection.
    PeerCredentials peerCredentials() const { return qlocal::peerCredentials(*this); }

    /// How long connectToServer() waits for room in the server's backlog, in milliseconds, before
    /// it fails with SocketTimeoutError; 30000 by default, -1 means forever.
    int connectTimeout() const;
    /// Sets that time, for the next attempt.
    void setConnectTimeout(int msecs);

    /// Keeps the connection from now on, also one that exists or is being made already:
    /// connectToServer() waits for a server that does not exist yet, and when the connection has
    /// ended other than by disconnectFromServer(), close() or abort(), the socket connects again.
    ///
    /// Meanwhile the state is UnconnectedState, isReconnecting() is true, and reconnecting()
    /// announces each planned attempt. A server that does not exist is tried as soon as its file
    /// appears, without attempts until then: its folder is watched, or while that does not exist
    /// the nearest one above it. Otherwise it is tried at the intervals of the policy: when its file
    /// exists, for an abstract name or one in a folder that may not be read, and with maxAttempts.
    /// The first attempt after a connection that has lasted is made at once.
    ///
    /// An attempt that fails is no error, except that lastError() has the reason. When maxAttempts
    /// have failed, errorOccurred() is emitted as for any failed attempt. A name that cannot exist
    /// is an error at once. Waits such as waitForConnected() return false while no attempt is under
    /// way. Bytes of the previous connection can be read until the next one is established.
    ///
    /// If called again, the new policy applies to the attempts that are not planned yet.
    ///
    /// ```
    /// qlocal::Socket socket;
    /// socket.keepConnected();
    /// QObject::connect(&socket, &QLocalSocket::connected, &socket, [&] { socket.write("hello"); });
    /// socket.connectToServer("greeter");
    /// ```
    void keepConnected(const ReconnectPolicy &policy = ReconnectPolicy());
    /// Keeps the connection no longer, and makes no planned attempt. A connection that exists stays.
    void letGo();
    /// Whether keepConnected() was called, and letGo() was not.
    bool isKept() const;
    /// The policy, or the default one.
    ReconnectPolicy reconnectPolicy() const;
    /// Whether there is no connection and none is being made, but an attempt will be.
    bool isReconnecting() const;

    // Queued bytes are written bytes that the kernel has not accepted yet, because the peer reads
    // more slowly than this end writes. By default the queue grows silently and without limit.

    /// The maximum number of bytes queued for writing; 0, the default, means no limit.
    qint64 writeLimit() const { return _QLimit(_QLocal::SocketLimit::QueuedBytes); }
    /// Sets that limit. Bytes already queued stay.
    void setWriteLimit(qint64 bytes) { _QSetLimit(_QLocal::SocketLimit::QueuedBytes, bytes); }
    /// How excess bytes are handled; RefuseWrites by default.
    SlowPeerPolicy slowPeerPolicy() const
    {
        return SlowPeerPolicy(_QLimit(_QLocal::SocketLimit::SlowPeer));
    }
    /// Sets how excess bytes are handled.
    void setSlowPeerPolicy(SlowPeerPolicy policy)
    {
        _QSetLimit(_QLocal::SocketLimit::SlowPeer, policy);
    }
    /// How many queued bytes trigger highWaterReached(); 0, the default, means never.
    qint64 highWater() const { return _QLimit(_QLocal::SocketLimit::HighWater); }
    /// Sets that mark.
    void setHighWater(qint64 bytes) { _QSetLimit(_QLocal::SocketLimit::HighWater, bytes); }
    /// How many remaining bytes trigger lowWaterReached(); 0 by default.
    qint64 lowWater() const { return _QLimit(_QLocal::SocketLimit::LowWater); }
    /// Sets that mark. It must be lower than the high-water mark.
    void setLowWater(qint64 bytes) { _QSetLimit(_QLocal::SocketLimit::LowWater, bytes); }

    /// How messages are delimited; NoFraming by default.
    Framing framing() const;
    /// Sets the framing, starting with the first unread byte: for example in a newConnection()
    /// handler, or after the first part of a conversation was read as bytes. It ends a transaction,
    /// and also applies to later connections. Unread messages are divided again, together with what
    /// framed them. Messages already written stay as they are.
    ///
    /// With a framing, messages are read instead of bytes. messageReady() replaces readyRead(); for
    /// messages already received it is emitted at the end of the event-loop turn.
    /// waitForReadyRead() waits for a message; bytesAvailable() is 0, and read() returns nothing.
    /// write() writes raw bytes.
    ///
    /// When a peer sends a message longer than maxMessageSize(), the connection ends with
    /// SocketResourceError as soon as that is detected. Earlier messages can still be read. If the
    /// peer disconnects in the middle of a message, that part is lost; lastError(), a PeerClosed as
    /// usual, then has the operation "receive message".
    void setFraming(Framing framing);
    /// The bytes that end a message with Lines; a newline by default.
    QByteArray delimiter() const;
    /// Sets these bytes, 1 to 63. With Lines that changes the framing, as setFraming() does;
    /// otherwise it has no effect until Lines is set.
    ///
    /// Returns false for any other number of bytes, and changes nothing; lastError() is
    /// Error::InvalidFraming then.
    bool setDelimiter(const QByteArray &delimiter);
    /// How many bytes the length of a message has with LengthPrefixed; 4 by default.
    int prefixSize() const;
    /// Sets that number, as setDelimiter() sets the delimiter. Returns false if it is not 1, 2, 4 or
    /// 8. A message whose length needs more bytes cannot be written.
    bool setPrefixSize(int bytes);
    /// In which order these bytes are; BigEndian by default.
    ByteOrder byteOrder() const;
    /// Sets that order, as setDelimiter() sets the delimiter.
    void setByteOrder(ByteOrder order);
    /// The maximum size of a message, in either direction, in bytes without the framing; 1048576,
    /// one mebibyte, by default.
    ///
    /// An incomplete message never holds more memory than that, plus what one turn receives.
    /// Complete messages count against readBufferSize(), which may be smaller: a longer message
    /// still arrives whole.
    qint64 maxMessageSize() const { return _QLimit(_QLocal::SocketLimit::MessageSize); }
    /// Sets that size, up to 2147483647; 0 or less sets the default.
    void setMaxMessageSize(qint64 bytes) { _QSetLimit(_QLocal::SocketLimit::MessageSize, bytes); }
    /// Queues a whole message with its framing, like write(), or nothing.
    ///
    /// Returns false if it is longer than maxMessageSize() or than its prefix can represent,
    /// contains the delimiter, or there is no framing (Error::InvalidMessage); if it does not fit
    /// under writeLimit() now (Error::LimitExceeded), or never will (Error::InvalidMessage); or if
    /// there is no connection, or the device is not open for writing (Error::NotConnected).
    /// lastError() has the reason; the connection stays open unless slowPeerPolicy() ends it.
    bool writeMessage(const QByteArray &message);
    /// Queues all of the bytes, like write(), or nothing; with a framing they are raw bytes, too.
    ///
    /// Returns false if they do not fit under writeLimit() now (Error::LimitExceeded), or if there is
    /// no connection, or the device is not open for writing (Error::NotConnected). lastError() has
    /// the reason.
    bool writeAll(const QByteArray &data);
    /// Whether a message can be read.
    bool hasMessage() const;
    /// Has lastError() report that the message that was read last is not what is expected, such as
    /// JSON that does not parse: Error::InvalidMessage. Nothing is announced, and the connection
    /// stays.
    void rejectMessage();
    /// The next message. Null if there is none; a message without bytes is empty, but not null.
    QByteArray readMessage();

    // Large transfers. Bytes are copied once into the kernel and once out of it, not more.

    using QLocalSocket::write;
    /// Like write(const QByteArray &), and keeps the array until it is sent instead of copying it.
    ///
    /// It is moved from only if all of it was queued. Its memory may be shared: another QByteArray
    /// with the same contents is copied when it changes, as always. Arrays that do not own their
    /// memory (QByteArray::fromRawData()) and those of less than 16 KiB are copied.
    qint64 write(QByteArray &&data);
    /// Like write(QByteArray &&), of what readChunk() has returned. An overridden writeData() must not
    /// read the bytes any more once it has called flush() or a wait: their memory is released then.
    qint64 write(Chunk &&chunk);
    /// Like readAll(), and hands out the memory into which the bytes were received.
    ///
    /// A few bytes are copied, and so are those that were peeked at, put back, or read in a
    /// transaction. It does not call readData().
    Chunk readChunk();

    /// Like write(), and passes a descriptor to the peer along with the first byte.
    ///
    /// The descriptor is moved from only if something was written; if the result is 0 or -1, as for
    /// empty data, the caller keeps it.
    qint64 writeWithDescriptor(const QByteArray &data, Descriptor &&descriptor);
    /// The maximum number of received descriptors not taken yet; with 0, the default, none is
    /// received.
    int maxDescriptors() const { return int(_QLimit(_QLocal::SocketLimit::Descriptors)); }
    /// Sets that limit, starting with the next bytes: for example in a newConnection() handler. If
    /// a peer sends more, the connection ends with SocketResourceError.
    void setMaxDescriptors(int count) { _QSetLimit(_QLocal::SocketLimit::Descriptors, count); }
    /// The next received descriptor, closed on exec; not valid if there is none.
    ///
    /// It is available as soon as the byte that it was sent with.
    Descriptor takeDescriptor();

    /// The number of bytes received since this object was created.
    quint64 bytesReceived() const;
    /// The number of bytes that the kernel has accepted since this object was created.
    quint64 bytesSent() const;

    /// The last error with its details. In an errorOccurred() handler it is that error.
    Error lastError() const;

Q_SIGNALS:
    /// A message can be read. If there is another after a handler has read one, it is emitted
    /// again: a handler may read one message or all of them. Like readyRead(), it is never emitted
    /// recursively.
    void messageReady();
    /// After an event-loop turn, flush() or a wait, highWater() bytes or more are still queued.
    /// Emitted once, until lowWaterReached().
    void highWaterReached();
    /// After highWaterReached(), lowWater() bytes or fewer are left. Emitted once, and not when the
    /// connection ends.
    ///
    /// Like bytesWritten(), which comes before it, it is never emitted inside write() or
    /// recursively.
    void lowWaterReached();
    /// A property of this class was set to another value.
    void settingsChanged();
    /// There is no connection, and an attempt to connect follows in \a delay milliseconds, or if that
    /// is -1 as soon as the server's file appears; see keepConnected(). The \a attempt is its number,
    /// from 1; it starts again after a connection that has lasted for the initial interval or a
    /// second. A handler may end the attempts.
    void reconnecting(int attempt, qint64 delay);

private:
    Q_DISABLE_COPY(Socket)

    qint64 _QLimit(_QLocal::SocketLimit) const;
    void _QSetLimit(_QLocal::SocketLimit, qint64);
    void _QMessageReady() override;
    void _QHighWaterReached() override;
    void _QLowWaterReached() override;
    void _QReconnecting(std::int32_t, std::int64_t) override;
};

} // namespace qlocal

#endif // _QLOCAL_SOCKET_H
