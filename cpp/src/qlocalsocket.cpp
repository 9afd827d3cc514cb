// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "blocking.h"
#include "largewrite.h"

#include <qlocal/qlocalsocket.h>

#include <QtCore/qpointer.h>
#include <QtCore/qscopeguard.h>

#include <csignal>

using _QLocal::SocketHooks;

QLocalSocket::QLocalSocket(QObject *parent) : _QLocal::_RustSocket(parent)
{
    SocketHooks::setGauges(*this, _QLocal::gauges(*this));
    _QLocal::attach(*this);
}

QLocalSocket::~QLocalSocket()
{
    _QLocal::callEngine([&] {
        SocketHooks::dropReadAhead(*this);
        _QLocal::detach(*this);
    });
}

void QLocalSocket::connectToServer(OpenMode openMode)
{
    const bool isAbstract = _QSocketOptions.value().testFlag(AbstractNamespaceOption);
    const _QLocal::Place place = _QLocal::placeOf(isAbstract, SocketHooks::hasPrivateNames(*this));
    _QLocal::callEngine([&] {
        const QString name = serverName();
        _QLocal::connectToServer(*this, name, place, _QLocal::folderOf(name, place), openMode,
                                 SocketHooks::attemptTimeout(*this));
    });
}

void QLocalSocket::connectToServer(const QString &name, OpenMode openMode)
{
    setServerName(name);
    connectToServer(openMode);
}

void QLocalSocket::disconnectFromServer()
{
    _QLocal::callEngine([&] { _QLocal::disconnectFromServer(*this); });
}

void QLocalSocket::setServerName(const QString &name)
{
    if (!_QLocal::setServerName(*this, name))
        qWarning("QLocalSocket::setServerName() called while not in unconnected state");
}

QString QLocalSocket::serverName() const
{
    return _QLocal::serverName(*this);
}

QString QLocalSocket::fullServerName() const
{
    return _QLocal::fullServerName(*this);
}

void QLocalSocket::abort()
{
    _QLocal::callEngine([&] {
        SocketHooks::dropReadAhead(*this);
        _QLocal::abort(*this);
    });
}

QIODevice::OpenMode QLocalSocket::openMode() const
{
    return SocketHooks::openMode(*this);
}

void QLocalSocket::setOpenMode(OpenMode openMode)
{
    SocketHooks::setOpenMode(*this, openMode);
}

bool QLocalSocket::isSequential() const
{
    return true;
}

qint64 QLocalSocket::bytesAvailable() const
{
    return QIODevice::bytesAvailable() + SocketHooks::bytesAvailable(*this);
}

qint64 QLocalSocket::bytesToWrite() const
{
    return QIODevice::bytesToWrite() + SocketHooks::bytesToWrite(*this);
}

bool QLocalSocket::canReadLine() const
{
    return _QLocal::canReadLine(*this) || QIODevice::canReadLine();
}

bool QLocalSocket::open(OpenMode openMode)
{
    const QPointer<QLocalSocket> alive(this);
    connectToServer(openMode);
    return alive && isOpen();
}

void QLocalSocket::close()
{
    const QPointer<QLocalSocket> alive(this);
    SocketHooks::setInClose(*this, true);
    const auto reset = qScopeGuard([&] {
        if (alive)
            SocketHooks::setInClose(*this, false);
    });
    _QLocal::callEngine([&] { _QLocal::close(*this); });
}

QLocalSocket::LocalSocketError QLocalSocket::error() const
{
    return LocalSocketError(_QLocal::error(*this));
}

bool QLocalSocket::flush()
{
    return _QLocal::callEngine([&] { return _QLocal::flush(*this); });
}

bool QLocalSocket::isValid() const
{
    return _QLocal::isValid(*this);
}

qint64 QLocalSocket::readBufferSize() const
{
    return _QReadBufferSize;
}

void QLocalSocket::setReadBufferSize(qint64 size)
{
    _QReadBufferSize = size;
    _QLocal::setReadBufferSize(*this, size);
}

bool QLocalSocket::setSocketDescriptor(qintptr socketDescriptor, LocalSocketState socketState,
                                       OpenMode openMode)
{
    const bool isTaken = _QLocal::callEngine([&] {
        return _QLocal::setSocketDescriptor(*this, int(socketDescriptor),
                                            QAbstractSocket::SocketState(socketState), openMode);
    });
#if QT_VERSION >= QT_VERSION_CHECK(6, 9, 2)
    // Older versions of Qt emit nothing.
    if (isTaken)
        Q_EMIT stateChanged(socketState);
#endif
    return isTaken;
}

qintptr QLocalSocket::socketDescriptor() const
{
    return _QLocal::socketDescriptor(*this);
}

void QLocalSocket::setSocketOptions(SocketOptions option)
{
    if (state() != UnconnectedState)
        qWarning("QLocalSocket::setSocketOptions() called while not in unconnected state");
    else
        _QSocketOptions = option;
}

QLocalSocket::SocketOptions QLocalSocket::socketOptions() const
{
    return _QSocketOptions;
}

QBindable<QLocalSocket::SocketOptions> QLocalSocket::bindableSocketOptions()
{
    return &_QSocketOptions;
}

QLocalSocket::LocalSocketState QLocalSocket::state() const
{
    return LocalSocketState(_QLocal::state(*this));
}

bool QLocalSocket::waitForConnected(int msecs)
{
    return _QLocal::callEngine([&] { return _QLocal::waitForConnected(*this, msecs); });
}

bool QLocalSocket::waitForDisconnected(int msecs)
{
    if (state() == UnconnectedState) {
        qWarning("QLocalSocket::waitForDisconnected() is not allowed in UnconnectedState");
        return false;
    }
    return _QLocal::complete(_QLocal::disconnectedWait(*this, msecs));
}

bool QLocalSocket::waitForReadyRead(int msecs)
{
    return _QLocal::complete(_QLocal::readyReadWait(*this, msecs));
}

bool QLocalSocket::waitForBytesWritten(int msecs)
{
    if (state() == UnconnectedState)
        qWarning("QAbstractSocket::waitForBytesWritten() is not allowed in UnconnectedState");
    return _QLocal::complete(_QLocal::bytesWrittenWait(*this, msecs));
}

qint64 QLocalSocket::readData(char *data, qint64 maxSize)
{
    // QIODevice::readAll() reads until there is nothing.
    if (SocketHooks::isDrained(*this))
        return 0;
    return _QLocal::readData(*this, data, maxSize);
}

qint64 QLocalSocket::readLineData(char *data, qint64 maxSize)
{
    return _QLocal::readLineData(*this, data, maxSize);
}

qint64 QLocalSocket::skipData(qint64 maxSize)
{
    return _QLocal::skipData(*this, maxSize);
}

qint64 QLocalSocket::writeData(const char *data, qint64 size)
{
    if (SocketHooks::stage(*this, data, size))
        return size;
    const qint64 written = _QLocal::LargeWrite::write(*this, data, size);
    SocketHooks::startStage(*this);
    // As in Qt, once, at the first write of the process. The native classes leave the signal to the
    // program: nothing here raises it.
    if (written > 0 && !SocketHooks::hasPrivateNames(*this)) {
        static const auto before = std::signal(SIGPIPE, SIG_IGN);
        Q_UNUSED(before)
    }
    return written;
}

void QLocalSocket::_QStateChanged(QAbstractSocket::SocketState state)
{
    // Nothing left over from an earlier connection belongs to the new one.
    if (state == QAbstractSocket::ConnectedState)
        SocketHooks::dropReadAhead(*this);
    Q_EMIT stateChanged(LocalSocketState(state));
}

void QLocalSocket::_QErrorOccurred(QAbstractSocket::SocketError error)
{
    Q_EMIT errorOccurred(LocalSocketError(error));
}

void QLocalSocket::_QConnected()
{
    Q_EMIT connected();
}

void QLocalSocket::_QDisconnected()
{
    Q_EMIT disconnected();
}

void QLocalSocket::_QChangeThread()
{
    _QLocal::leaveThread(*this);
    // Called on the new thread.
    const auto join = [this] { _QLocal::callEngine([&] { _QLocal::joinThread(*this); }); };
    QMetaObject::invokeMethod(this, join, Qt::QueuedConnection);
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
