// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <qlocal/qlocalsocket.h>

#include <QtCore/qdir.h>
#include <QtCore/qpointer.h>

// The engine's words and Qt's are the same numbers.
static_assert(int(qlocal::SocketState::Unconnected) == QLocalSocket::UnconnectedState);
static_assert(int(qlocal::SocketState::Connecting) == QLocalSocket::ConnectingState);
static_assert(int(qlocal::SocketState::Connected) == QLocalSocket::ConnectedState);
static_assert(int(qlocal::SocketState::Closing) == QLocalSocket::ClosingState);
static_assert(int(qlocal::SocketError::ConnectionRefused) == QLocalSocket::ConnectionRefusedError);
static_assert(int(qlocal::SocketError::PeerClosed) == QLocalSocket::PeerClosedError);
static_assert(int(qlocal::SocketError::NotFound) == QLocalSocket::ServerNotFoundError);
static_assert(int(qlocal::SocketError::Access) == QLocalSocket::SocketAccessError);
static_assert(int(qlocal::SocketError::Resource) == QLocalSocket::SocketResourceError);
static_assert(int(qlocal::SocketError::Timeout) == QLocalSocket::SocketTimeoutError);
static_assert(int(qlocal::SocketError::Connection) == QLocalSocket::ConnectionError);
static_assert(int(qlocal::SocketError::AddressInUse) == QAbstractSocket::AddressInUseError);
static_assert(int(qlocal::SocketError::Unsupported)
              == QLocalSocket::UnsupportedSocketOperationError);
static_assert(int(qlocal::SocketError::Operation) == QLocalSocket::OperationError);
static_assert(int(qlocal::SocketError::Unknown) == QLocalSocket::UnknownSocketError);

QLocalSocket::QLocalSocket(QObject *parent) : qlocal::RustSocket(parent)
{
    engineAttach();
}

QLocalSocket::~QLocalSocket()
{
    dropReadAhead();
    engineDetach();
}

void QLocalSocket::connectToServer(OpenMode openMode)
{
    const bool isAbstract = m_socketOptions.value().testFlag(AbstractNamespaceOption);
    const qlocal::Place place = qlocal::placeOf(isAbstract, hasPrivateNames());
    engineConnect(serverName(), place, QDir::tempPath(), openMode, attemptTimeout());
}

void QLocalSocket::connectToServer(const QString &name, OpenMode openMode)
{
    setServerName(name);
    connectToServer(openMode);
}

void QLocalSocket::disconnectFromServer()
{
    engineDisconnect();
}

void QLocalSocket::setServerName(const QString &name)
{
    if (!engineSetName(name))
        qWarning("QLocalSocket::setServerName() called while not in unconnected state");
}

QString QLocalSocket::serverName() const
{
    return engineName();
}

QString QLocalSocket::fullServerName() const
{
    return engineFullName();
}

void QLocalSocket::abort()
{
    dropReadAhead();
    engineAbort();
}

bool QLocalSocket::isSequential() const
{
    return true;
}

qint64 QLocalSocket::bytesAvailable() const
{
    return QIODevice::bytesAvailable() + engineBytesAvailable();
}

qint64 QLocalSocket::bytesToWrite() const
{
    return QIODevice::bytesToWrite() + engineBytesToWrite();
}

bool QLocalSocket::canReadLine() const
{
    return engineHasLine() || QIODevice::canReadLine();
}

bool QLocalSocket::open(OpenMode openMode)
{
    const QPointer<QLocalSocket> alive(this);
    connectToServer(openMode);
    return alive && isOpen();
}

void QLocalSocket::close()
{
    engineClose();
}

QLocalSocket::LocalSocketError QLocalSocket::error() const
{
    return LocalSocketError(engineError());
}

bool QLocalSocket::flush()
{
    return engineFlush();
}

bool QLocalSocket::isValid() const
{
    return engineIsUsable();
}

qint64 QLocalSocket::readBufferSize() const
{
    return m_readBufferSize;
}

void QLocalSocket::setReadBufferSize(qint64 size)
{
    m_readBufferSize = size;
    engineSetReadLimit(size);
}

bool QLocalSocket::setSocketDescriptor(qintptr socketDescriptor, LocalSocketState socketState,
                                       OpenMode openMode)
{
    return engineAdopt(int(socketDescriptor), qlocal::SocketState(socketState), openMode);
}

qintptr QLocalSocket::socketDescriptor() const
{
    return engineDescriptor();
}

void QLocalSocket::setSocketOptions(SocketOptions option)
{
    if (state() != UnconnectedState)
        qWarning("QLocalSocket::setSocketOptions() called while not in unconnected state");
    else
        m_socketOptions = option;
}

QLocalSocket::SocketOptions QLocalSocket::socketOptions() const
{
    return m_socketOptions;
}

QBindable<QLocalSocket::SocketOptions> QLocalSocket::bindableSocketOptions()
{
    return &m_socketOptions;
}

QLocalSocket::LocalSocketState QLocalSocket::state() const
{
    return LocalSocketState(engineState());
}

bool QLocalSocket::waitForConnected(int msecs)
{
    return engineWaitConnected(msecs);
}

bool QLocalSocket::waitForDisconnected(int msecs)
{
    if (state() == UnconnectedState) {
        qWarning("QLocalSocket::waitForDisconnected() is not allowed in UnconnectedState");
        return false;
    }
    return engineWaitDisconnected(msecs);
}

bool QLocalSocket::waitForReadyRead(int msecs)
{
    return engineWaitReadyRead(msecs);
}

bool QLocalSocket::waitForBytesWritten(int msecs)
{
    if (state() == UnconnectedState)
        qWarning("QAbstractSocket::waitForBytesWritten() is not allowed in UnconnectedState");
    return engineWaitBytesWritten(msecs);
}

qint64 QLocalSocket::readData(char *data, qint64 maxSize)
{
    return engineRead(data, maxSize);
}

qint64 QLocalSocket::readLineData(char *data, qint64 maxSize)
{
    return engineReadLine(data, maxSize);
}

qint64 QLocalSocket::skipData(qint64 maxSize)
{
    return engineSkip(maxSize);
}

qint64 QLocalSocket::writeData(const char *data, qint64 size)
{
    return engineWrite(data, size);
}

void QLocalSocket::doAnnounceState(qlocal::SocketState state)
{
    // None of what an earlier connection has left belongs to the new one.
    if (state == qlocal::SocketState::Connected)
        dropReadAhead();
    Q_EMIT stateChanged(LocalSocketState(state));
}

void QLocalSocket::doAnnounceError(qlocal::SocketError error)
{
    Q_EMIT errorOccurred(LocalSocketError(error));
}

void QLocalSocket::doAnnounceConnected()
{
    Q_EMIT connected();
}

void QLocalSocket::doAnnounceDisconnected()
{
    Q_EMIT disconnected();
}

#ifndef QT_NO_DEBUG_STREAM

QDebug operator<<(QDebug debug, QLocalSocket::LocalSocketError error)
{
    const QDebugStateSaver saver(debug);
    debug.resetFormat().nospace();
    switch (error) {
    case QLocalSocket::ConnectionRefusedError:
        return debug << "QLocalSocket::ConnectionRefusedError";
    case QLocalSocket::PeerClosedError: return debug << "QLocalSocket::PeerClosedError";
    case QLocalSocket::ServerNotFoundError: return debug << "QLocalSocket::ServerNotFoundError";
    case QLocalSocket::SocketAccessError: return debug << "QLocalSocket::SocketAccessError";
    case QLocalSocket::SocketResourceError: return debug << "QLocalSocket::SocketResourceError";
    case QLocalSocket::SocketTimeoutError: return debug << "QLocalSocket::SocketTimeoutError";
    case QLocalSocket::DatagramTooLargeError: return debug << "QLocalSocket::DatagramTooLargeError";
    case QLocalSocket::ConnectionError: return debug << "QLocalSocket::ConnectionError";
    case QLocalSocket::UnsupportedSocketOperationError:
        return debug << "QLocalSocket::UnsupportedSocketOperationError";
    case QLocalSocket::UnknownSocketError: return debug << "QLocalSocket::UnknownSocketError";
    case QLocalSocket::OperationError: return debug << "QLocalSocket::OperationError";
    }
    return debug << "QLocalSocket::SocketError(" << int(error) << ')';
}

QDebug operator<<(QDebug debug, QLocalSocket::LocalSocketState state)
{
    const QDebugStateSaver saver(debug);
    debug.resetFormat().nospace();
    switch (state) {
    case QLocalSocket::UnconnectedState: return debug << "QLocalSocket::UnconnectedState";
    case QLocalSocket::ConnectingState: return debug << "QLocalSocket::ConnectingState";
    case QLocalSocket::ConnectedState: return debug << "QLocalSocket::ConnectedState";
    case QLocalSocket::ClosingState: return debug << "QLocalSocket::ClosingState";
    }
    return debug << "QLocalSocket::SocketState(" << int(state) << ')';
}

#endif
