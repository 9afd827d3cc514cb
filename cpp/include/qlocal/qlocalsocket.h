// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_QLOCALSOCKET_H
#define _QLOCAL_QLOCALSOCKET_H

#include <qlocal/tag.h>
#include <qlocal/global.h>
#include <qlocal/src/object/socket.cxxqt.h>

#include <QtCore/qdebug.h>
#include <QtCore/qproperty.h>
#include <QtNetwork/qabstractsocket.h>

/// A local socket with the API and observable behaviour of Qt's QLocalSocket.
///
/// An object belongs to the thread that it lives in: only that thread may call it, and its signals
/// are emitted there. It may be moved to another thread while connected. A handler may do anything
/// to the socket, including deleting it.
///
/// A lost connection or a failed attempt is announced by errorOccurred(), in the state in which it
/// happened, and then by the state change. error() and errorString() describe it until the next
/// attempt.
class _QLOCAL_EXPORT QLocalSocket : public _QLocal::_RustSocket
{
    Q_OBJECT
    Q_PROPERTY(SocketOptions socketOptions READ socketOptions WRITE setSocketOptions BINDABLE
                       bindableSocketOptions)

public:
    /// The kind of error. The values are those of QAbstractSocket::SocketError.
    enum LocalSocketError {
        /// No server listens on the name any more, or the file is not a socket.
        ConnectionRefusedError = QAbstractSocket::ConnectionRefusedError,
        /// The peer has ended the connection.
        PeerClosedError = QAbstractSocket::RemoteHostClosedError,
        /// The name does not exist, or is invalid.
        ServerNotFoundError = QAbstractSocket::HostNotFoundError,
        /// The user is not permitted to connect.
        SocketAccessError = QAbstractSocket::SocketAccessError,
        /// Out of descriptors or memory.
        SocketResourceError = QAbstractSocket::SocketResourceError,
        /// A wait or a connection attempt timed out.
        SocketTimeoutError = QAbstractSocket::SocketTimeoutError,
        /// Not used: there are no datagrams.
        DatagramTooLargeError = QAbstractSocket::DatagramTooLargeError,
        /// The connection failed in another way.
        ConnectionError = QAbstractSocket::NetworkError,
        /// The descriptor cannot be used as a local socket.
        UnsupportedSocketOperationError = QAbstractSocket::UnsupportedSocketOperationError,
        /// No error so far, or an unexpected one.
        UnknownSocketError = QAbstractSocket::UnknownSocketError,
        /// The call is not allowed in this state.
        OperationError = QAbstractSocket::OperationError
    };

    /// The state of the connection. The values are those of QAbstractSocket::SocketState.
    enum LocalSocketState {
        /// There is no connection.
        UnconnectedState = QAbstractSocket::UnconnectedState,
        /// Waiting for room in the server's backlog.
        ConnectingState = QAbstractSocket::ConnectingState,
        /// Connected.
        ConnectedState = QAbstractSocket::ConnectedState,
        /// Disconnecting once everything is sent.
        ClosingState = QAbstractSocket::ClosingState
    };

    /// The kind of server name.
    enum SocketOption {
        /// The name is a file.
        NoOptions = 0x00,
        /// The name is in the abstract namespace of unix(7); every byte of it counts.
        AbstractNamespaceOption = 0x01
    };
    Q_DECLARE_FLAGS(SocketOptions, SocketOption)
    Q_FLAG(SocketOptions)

    /// Creates an unconnected socket. (Not explicit, as in Qt.)
    QLocalSocket(QObject *parent = nullptr);
    /// Aborts the connection; its last signals still reach handlers.
    ~QLocalSocket() override;

    /// Connects to serverName(), before returning unless the server's backlog is full.
    ///
    /// Emits stateChanged(ConnectingState). On success it then emits stateChanged(ConnectedState),
    /// opens the device, and emits connected(); on failure it emits errorOccurred() and
    /// stateChanged(UnconnectedState). If not unconnected, it emits errorOccurred(OperationError)
    /// and changes nothing.
    void connectToServer(OpenMode openMode = ReadWrite);
    /// Calls setServerName() first.
    void connectToServer(const QString &name, OpenMode openMode = ReadWrite);

    /// Sends pending bytes, then disconnects; before returning if there is nothing to send.
    ///
    /// Emits stateChanged(ClosingState), bytesWritten() for what is sent,
    /// stateChanged(UnconnectedState), readChannelFinished() and disconnected(). The device stays
    /// open, and received bytes stay readable.
    void disconnectFromServer();

    /// Sets the name for the next connectToServer(). Warns unless unconnected.
    ///
    /// A name that starts with a slash is a path; any other is a file in QDir::tempPath().
    void setServerName(const QString &name);
    /// The name as it was set; empty once a connection or an attempt has ended.
    QString serverName() const;
    /// The path or abstract name of the server; empty while there is no connection.
    QString fullServerName() const;

    /// Disconnects at once, and discards unsent and unread bytes.
    ///
    /// Emits stateChanged(UnconnectedState), readChannelFinished(), disconnected() and
    /// aboutToClose().
    void abort();
    /// The requested mode. (In QIODevice itself it always contains Unbuffered.)
    OpenMode openMode() const;
    /// Always true: there is no position to seek to.
    bool isSequential() const override;
    /// How many bytes can be read without waiting; makes no system call.
    qint64 bytesAvailable() const override;
    /// How many written bytes bytesWritten() has not announced yet.
    qint64 bytesToWrite() const override;
    /// Whether a line feed has arrived.
    bool canReadLine() const override;
    /// Connects to serverName(). Returns true if that succeeded before returning.
    bool open(OpenMode openMode = ReadWrite) override;
    /// Like disconnectFromServer(), but closes the device at once and discards unread bytes.
    ///
    /// aboutToClose() comes first; its handlers can still read the rest.
    void close() override;

    /// The last error, or UnknownSocketError; connectToServer() clears it.
    LocalSocketError error() const;
    /// Sends what the kernel accepts now, and emits bytesWritten() for it. Returns true if it sent
    /// anything.
    ///
    /// If the peer has disconnected, it returns false, and the connection has ended by then.
    bool flush();
    /// Whether there is a usable connection.
    bool isValid() const;

    /// The maximum number of received, unread bytes; 0, the default, means no limit.
    qint64 readBufferSize() const;
    /// Sets that limit. Further bytes stay in the kernel until there is room, and the peer has to
    /// wait.
    void setReadBufferSize(qint64 size);

    /// Takes ownership of a connected descriptor, without emitting any signal.
    ///
    /// The names come from the kernel. Returns false, and leaves the descriptor alone, if it is not
    /// a socket; state and mode are still set as given.
    bool setSocketDescriptor(qintptr socketDescriptor,
                             LocalSocketState socketState = ConnectedState,
                             OpenMode openMode = ReadWrite);
    /// The descriptor, or -1. The socket keeps ownership.
    qintptr socketDescriptor() const;

    /// Sets the options for the next connectToServer(). Warns unless unconnected.
    void setSocketOptions(SocketOptions option);
    /// The options that were set or bound.
    SocketOptions socketOptions() const;
    /// The options as a bindable property; it accepts any value in any state.
    QBindable<SocketOptions> bindableSocketOptions();

    /// The state of the connection.
    LocalSocketState state() const;

    // The waits need no event loop, and emit signals for events that happen meanwhile. -1 waits
    // forever. A time-out emits errorOccurred(SocketTimeoutError) and leaves the state unchanged.

    /// Waits until connectToServer() has succeeded. Returns false at once if it has failed.
    bool waitForConnected(int msecs = 30000);
    /// Waits until the connection has ended, and sends written bytes meanwhile. Warns if there is
    /// no connection.
    bool waitForDisconnected(int msecs = 30000);
    /// Waits for bytes that were not announced yet, and sends written bytes meanwhile.
    ///
    /// Returns false at once if none can arrive. Inside a readyRead() handler it does not emit that
    /// signal again.
    bool waitForReadyRead(int msecs = 30000) override;
    /// Sends, and waits until bytesWritten() has announced something. Returns false at once if
    /// nothing is left to announce.
    bool waitForBytesWritten(int msecs = 30000) override;

Q_SIGNALS:
    /// The connection is established and the device is open.
    void connected();
    /// The connection has ended. The last signal of a disconnect; the state is UnconnectedState.
    void disconnected();
    /// An error occurred; the state is still the one in which it happened.
    void errorOccurred(QLocalSocket::LocalSocketError socketError);
    /// The state has changed. In ConnectedState the device is not open yet.
    void stateChanged(QLocalSocket::LocalSocketState socketState);

protected:
    /// Takes received bytes. Returns 0 if there are none, -1 at end of file.
    qint64 readData(char *data, qint64 maxSize) override;
    /// Takes bytes up to and including a line feed.
    qint64 readLineData(char *data, qint64 maxSize) override;
    /// Drops received bytes.
    qint64 skipData(qint64 maxSize) override;
    /// Queues all bytes, and sends nothing before the turn of the event loop ends. Returns -1 if
    /// there is no connection.
    qint64 writeData(const char *data, qint64 size) override;

    /// Changes the mode that openMode() returns.
    void setOpenMode(OpenMode openMode);

private:
    Q_DISABLE_COPY(QLocalSocket)

    void _QChangeThread() override;
    void _QStateChanged(QAbstractSocket::SocketState) override;
    void _QErrorOccurred(QAbstractSocket::SocketError) override;
    void _QConnected() override;
    void _QDisconnected() override;

    Q_OBJECT_BINDABLE_PROPERTY(QLocalSocket, SocketOptions, _QSocketOptions)
    qint64 _QReadBufferSize = 0;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(QLocalSocket::SocketOptions)

#ifndef QT_NO_DEBUG_STREAM
/// Prints the class and the name of the value.
_QLOCAL_EXPORT QDebug operator<<(QDebug debug, QLocalSocket::LocalSocketError error);
/// Prints the class and the name of the value.
_QLOCAL_EXPORT QDebug operator<<(QDebug debug, QLocalSocket::LocalSocketState state);
#endif

#endif // _QLOCAL_QLOCALSOCKET_H
