// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_QLOCALSOCKET_H
#define QLOCAL_QLOCALSOCKET_H

#include <qlocal/dropin_prelude.h>
#include <qlocal/global.h>
#include <qlocal/src/socket.cxxqt.h>

#include <QtCore/qdebug.h>
#include <QtCore/qproperty.h>
#include <QtNetwork/qabstractsocket.h>

/// A local socket with the interface and the observable behaviour of Qt's QLocalSocket.
///
/// The signals of an object are emitted on the thread that it lives in, which is also the only one
/// that may call it. A handler may do anything to the socket, delete it included.
class QLOCAL_EXPORT QLocalSocket : public qlocal::RustSocket
{
    Q_OBJECT
    Q_PROPERTY(SocketOptions socketOptions READ socketOptions WRITE setSocketOptions BINDABLE
                       bindableSocketOptions)

public:
    /// What went wrong. The values are those of QAbstractSocket::SocketError.
    enum LocalSocketError {
        ConnectionRefusedError = QAbstractSocket::ConnectionRefusedError,
        PeerClosedError = QAbstractSocket::RemoteHostClosedError,
        ServerNotFoundError = QAbstractSocket::HostNotFoundError,
        SocketAccessError = QAbstractSocket::SocketAccessError,
        SocketResourceError = QAbstractSocket::SocketResourceError,
        SocketTimeoutError = QAbstractSocket::SocketTimeoutError,
        DatagramTooLargeError = QAbstractSocket::DatagramTooLargeError,
        ConnectionError = QAbstractSocket::NetworkError,
        UnsupportedSocketOperationError = QAbstractSocket::UnsupportedSocketOperationError,
        UnknownSocketError = QAbstractSocket::UnknownSocketError,
        OperationError = QAbstractSocket::OperationError
    };

    /// Where the connection stands. The values are those of QAbstractSocket::SocketState.
    enum LocalSocketState {
        UnconnectedState = QAbstractSocket::UnconnectedState,
        ConnectingState = QAbstractSocket::ConnectingState,
        ConnectedState = QAbstractSocket::ConnectedState,
        ClosingState = QAbstractSocket::ClosingState
    };

    enum SocketOption {
        NoOptions = 0x00,
        /// The name is one of the abstract namespace of unix(7): every byte of it counts.
        AbstractNamespaceOption = 0x01
    };
    Q_DECLARE_FLAGS(SocketOptions, SocketOption)
    Q_FLAG(SocketOptions)

    // Not explicit, as in Qt.
    QLocalSocket(QObject *parent = nullptr);
    /// Aborts the connection; its last signals still reach handlers.
    ~QLocalSocket() override;

    /// Connects to serverName(), within the call unless the server's backlog is full.
    ///
    /// stateChanged(ConnectingState) and then either stateChanged(ConnectedState) and connected(),
    /// or errorOccurred() and stateChanged(UnconnectedState). While not unconnected this emits
    /// errorOccurred(OperationError) and changes nothing.
    void connectToServer(OpenMode openMode = ReadWrite);
    void connectToServer(const QString &name, OpenMode openMode = ReadWrite);

    /// Sends what was written (in ClosingState), then disconnects. What arrived stays readable.
    void disconnectFromServer();

    /// A name that starts with a slash is the path; any other is a file in QDir::tempPath().
    void setServerName(const QString &name);
    QString serverName() const;
    /// The path or abstract name of the server; empty while there is no connection.
    QString fullServerName() const;

    /// Disconnects at once, and throws away what was not sent and what was not read.
    void abort();
    bool isSequential() const override;
    qint64 bytesAvailable() const override;
    /// What was written and not announced by bytesWritten() yet.
    qint64 bytesToWrite() const override;
    bool canReadLine() const override;
    bool open(OpenMode openMode = ReadWrite) override;
    /// As disconnectFromServer(), but closes the device at once and throws away what was not read.
    void close() override;

    LocalSocketError error() const;
    /// Sends what the kernel takes now, emits bytesWritten() for it, and returns whether there was
    /// any.
    bool flush();
    bool isValid() const;

    /// The most that is received before it is read, in bytes; 0, the default, is no limit.
    qint64 readBufferSize() const;
    void setReadBufferSize(qint64 size);

    /// Takes over a connected descriptor, which the socket owns from then on, without any signal.
    ///
    /// Returns false, and leaves the descriptor alone, when it is no socket; state and mode are as
    /// given all the same.
    bool setSocketDescriptor(qintptr socketDescriptor,
                             LocalSocketState socketState = ConnectedState,
                             OpenMode openMode = ReadWrite);
    /// The descriptor, or -1. It stays the socket's.
    qintptr socketDescriptor() const;

    /// Only while unconnected.
    void setSocketOptions(SocketOptions option);
    SocketOptions socketOptions() const;
    QBindable<SocketOptions> bindableSocketOptions();

    LocalSocketState state() const;

    // The waits need no event loop; -1 waits for ever. A time-out emits
    // errorOccurred(SocketTimeoutError) and leaves the state as it is.
    bool waitForConnected(int msecs = 30000);
    bool waitForDisconnected(int msecs = 30000);
    bool waitForReadyRead(int msecs = 30000) override;
    bool waitForBytesWritten(int msecs = 30000) override;

Q_SIGNALS:
    void connected();
    void disconnected();
    void errorOccurred(QLocalSocket::LocalSocketError socketError);
    void stateChanged(QLocalSocket::LocalSocketState socketState);

protected:
    qint64 readData(char *data, qint64 maxSize) override;
    qint64 readLineData(char *data, qint64 maxSize) override;
    qint64 skipData(qint64 maxSize) override;
    /// Takes everything, and sends nothing before the turn of the event loop ends.
    qint64 writeData(const char *data, qint64 size) override;

    void doAnnounceState(qlocal::SocketState state) override;
    void doAnnounceError(qlocal::SocketError error) override;
    void doAnnounceConnected() override;
    void doAnnounceDisconnected() override;

private:
    Q_DISABLE_COPY(QLocalSocket)
    Q_OBJECT_BINDABLE_PROPERTY(QLocalSocket, SocketOptions, m_socketOptions)
    qint64 m_readBufferSize = 0;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(QLocalSocket::SocketOptions)

#ifndef QT_NO_DEBUG_STREAM
QLOCAL_EXPORT QDebug operator<<(QDebug debug, QLocalSocket::LocalSocketError error);
QLOCAL_EXPORT QDebug operator<<(QDebug debug, QLocalSocket::LocalSocketState state);
#endif

#endif // QLOCAL_QLOCALSOCKET_H
