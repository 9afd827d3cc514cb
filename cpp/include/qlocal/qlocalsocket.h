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

/// A local socket with the interface and the observable behaviour of Qt's QLocalSocket.
///
/// An object belongs to the thread that it lives in: only that thread may call it, and its signals
/// are emitted there. It may be moved to another thread while it is connected. A handler may do
/// anything to the socket, delete it included.
///
/// A connection that is lost, or an attempt that fails, is announced by errorOccurred(), with the
/// state in which it happened, and then by the change of state. error() and errorString() say what
/// it was until the next attempt.
class _QLOCAL_EXPORT QLocalSocket : public _QLocal::_RustSocket
{
    Q_OBJECT
    Q_PROPERTY(SocketOptions socketOptions READ socketOptions WRITE setSocketOptions BINDABLE
                       bindableSocketOptions)

public:
    /// What went wrong. The values are those of QAbstractSocket::SocketError.
    enum LocalSocketError {
        /// Nobody listens on the name any more, or the file is no socket.
        ConnectionRefusedError = QAbstractSocket::ConnectionRefusedError,
        /// The peer has ended the connection.
        PeerClosedError = QAbstractSocket::RemoteHostClosedError,
        /// There is no such name, or none can be.
        ServerNotFoundError = QAbstractSocket::HostNotFoundError,
        /// The user has no right to connect.
        SocketAccessError = QAbstractSocket::SocketAccessError,
        /// No descriptor or no memory is left.
        SocketResourceError = QAbstractSocket::SocketResourceError,
        /// The time is up, of a wait or of an attempt to connect.
        SocketTimeoutError = QAbstractSocket::SocketTimeoutError,
        /// Not used: there are no datagrams.
        DatagramTooLargeError = QAbstractSocket::DatagramTooLargeError,
        /// The connection failed in another way.
        ConnectionError = QAbstractSocket::NetworkError,
        /// The descriptor cannot be used as a local socket.
        UnsupportedSocketOperationError = QAbstractSocket::UnsupportedSocketOperationError,
        /// None so far, or one that nobody expected.
        UnknownSocketError = QAbstractSocket::UnknownSocketError,
        /// The call is not allowed in this state.
        OperationError = QAbstractSocket::OperationError
    };

    /// Where the connection stands. The values are those of QAbstractSocket::SocketState.
    enum LocalSocketState {
        /// There is none.
        UnconnectedState = QAbstractSocket::UnconnectedState,
        /// It waits for room in the server's backlog.
        ConnectingState = QAbstractSocket::ConnectingState,
        /// Bytes go both ways.
        ConnectedState = QAbstractSocket::ConnectedState,
        /// It ends once everything is sent.
        ClosingState = QAbstractSocket::ClosingState
    };

    /// How the name of the server is meant.
    enum SocketOption {
        /// It is a file.
        NoOptions = 0x00,
        /// It is one of the abstract namespace of unix(7): every byte of it counts.
        AbstractNamespaceOption = 0x01
    };
    Q_DECLARE_FLAGS(SocketOptions, SocketOption)
    Q_FLAG(SocketOptions)

    /// Makes a socket that is not connected. (Not explicit, as in Qt.)
    QLocalSocket(QObject *parent = nullptr);
    /// Aborts the connection; its last signals still reach handlers.
    ~QLocalSocket() override;

    /// Connects to serverName(), within the call unless the server's backlog is full.
    ///
    /// Emits stateChanged(ConnectingState), and then either stateChanged(ConnectedState), opens the
    /// device, and emits connected(), or emits errorOccurred() and stateChanged(UnconnectedState).
    /// While not unconnected it emits errorOccurred(OperationError) and changes nothing.
    void connectToServer(OpenMode openMode = ReadWrite);
    /// Does setServerName() first.
    void connectToServer(const QString &name, OpenMode openMode = ReadWrite);

    /// Sends what was written, then disconnects; within the call if there is nothing to send.
    ///
    /// Emits stateChanged(ClosingState), bytesWritten() for what is sent,
    /// stateChanged(UnconnectedState), readChannelFinished() and disconnected(). The device stays
    /// open, and what arrived stays readable.
    void disconnectFromServer();

    /// Sets the name for the next connectToServer(). Only while unconnected, else it warns.
    ///
    /// A name that starts with a slash is the path; any other is a file in QDir::tempPath().
    void setServerName(const QString &name);
    /// The name as it was set; empty once a connection or an attempt has ended.
    QString serverName() const;
    /// The path or abstract name of the server; empty while there is no connection.
    QString fullServerName() const;

    /// Disconnects at once, and throws away what was not sent and what was not read.
    ///
    /// Emits stateChanged(UnconnectedState), readChannelFinished(), disconnected() and
    /// aboutToClose().
    void abort();
    /// The mode that was asked for. (QIODevice itself has Unbuffered in it always.)
    OpenMode openMode() const;
    /// Always true: there is no position to seek to.
    bool isSequential() const override;
    /// How much can be read without waiting; it does not ask the kernel.
    qint64 bytesAvailable() const override;
    /// What was written and not announced by bytesWritten() yet.
    qint64 bytesToWrite() const override;
    /// Whether a line feed has arrived.
    bool canReadLine() const override;
    /// Connects to serverName(). True when that succeeded within the call.
    bool open(OpenMode openMode = ReadWrite) override;
    /// As disconnectFromServer(), but closes the device at once and throws away what was not read.
    ///
    /// aboutToClose() comes first, and its handlers can still read the rest.
    void close() override;

    /// The last error, or UnknownSocketError; connectToServer() clears it.
    LocalSocketError error() const;
    /// Sends what the kernel takes now, and emits bytesWritten() for it. True when it sent
    /// anything.
    ///
    /// If the peer is gone this is false, and the connection has ended when it returns.
    bool flush();
    /// Whether there is a connection that can be used.
    bool isValid() const;

    /// The most that is received before it is read, in bytes; 0, the default, is no limit.
    qint64 readBufferSize() const;
    /// Sets that limit. The rest waits in the kernel until there is room, and the peer with it.
    void setReadBufferSize(qint64 size);

    /// Takes over a connected descriptor, which the socket owns from then on, without any signal.
    ///
    /// The names come from the kernel. It returns false, and leaves the descriptor alone, when that
    /// is no socket; state and mode are as given all the same.
    bool setSocketDescriptor(qintptr socketDescriptor,
                             LocalSocketState socketState = ConnectedState,
                             OpenMode openMode = ReadWrite);
    /// The descriptor, or -1. It stays the socket's.
    qintptr socketDescriptor() const;

    /// Sets the options for the next connectToServer(). Only while unconnected, else it warns.
    void setSocketOptions(SocketOptions option);
    /// The options that were set or bound.
    SocketOptions socketOptions() const;
    /// The options as a property that can be bound; it takes any value in any state.
    QBindable<SocketOptions> bindableSocketOptions();

    /// Where the connection stands.
    LocalSocketState state() const;

    // The waits need no event loop, and emit the signals of what happens meanwhile. -1 waits for
    // ever. A time-out emits errorOccurred(SocketTimeoutError) and leaves the state as it is.

    /// Waits until connectToServer() has succeeded. False at once when it has failed.
    bool waitForConnected(int msecs = 30000);
    /// Waits until the connection has ended, and sends what was written meanwhile. Warns when there
    /// is none.
    bool waitForDisconnected(int msecs = 30000);
    /// Waits for bytes that were not announced yet, and sends what was written meanwhile.
    ///
    /// False at once when none can come. Inside a handler of readyRead() it emits no further one.
    bool waitForReadyRead(int msecs = 30000) override;
    /// Sends, and waits until bytesWritten() has announced something. False at once when nothing is
    /// left to announce.
    bool waitForBytesWritten(int msecs = 30000) override;

Q_SIGNALS:
    /// The connection stands and the device is open.
    void connected();
    /// The connection has ended. The last signal of an end; the state is UnconnectedState.
    void disconnected();
    /// Something went wrong; the state is still the one in which it did.
    void errorOccurred(QLocalSocket::LocalSocketError socketError);
    /// The state has changed. In ConnectedState the device is not open yet.
    void stateChanged(QLocalSocket::LocalSocketState socketState);

protected:
    /// Takes from what has arrived. 0 when there is nothing, -1 when nothing more will come.
    qint64 readData(char *data, qint64 maxSize) override;
    /// Takes up to a line feed, that included.
    qint64 readLineData(char *data, qint64 maxSize) override;
    /// Drops from what has arrived.
    qint64 skipData(qint64 maxSize) override;
    /// Takes everything, and sends nothing before the turn of the event loop ends. -1 when there is
    /// no connection.
    qint64 writeData(const char *data, qint64 size) override;

    /// Changes the mode that openMode() shows.
    void setOpenMode(OpenMode openMode);

private:
    Q_DISABLE_COPY(QLocalSocket)

    void _QChangeThread() override;
    void _QStateChanged(_QLocal::SocketState) override;
    void _QErrorOccurred(_QLocal::SocketError) override;
    void _QConnected() override;
    void _QDisconnected() override;

    Q_OBJECT_BINDABLE_PROPERTY(QLocalSocket, SocketOptions, _QSocketOptions)
    qint64 _QReadBufferSize = 0;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(QLocalSocket::SocketOptions)

#ifndef QT_NO_DEBUG_STREAM
/// Prints the name of the value, with that of its class.
_QLOCAL_EXPORT QDebug operator<<(QDebug debug, QLocalSocket::LocalSocketError error);
/// Prints the name of the value, with that of its class.
_QLOCAL_EXPORT QDebug operator<<(QDebug debug, QLocalSocket::LocalSocketState state);
#endif

#endif // _QLOCAL_QLOCALSOCKET_H
