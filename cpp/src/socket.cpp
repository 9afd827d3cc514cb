// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "bytes.h"
#include "largewrite.h"

#include <qlocal/socket.h>
#include <qlocal/src/framing.cxx.h>
#include <qlocal/src/socket.cxx.h>
#include <qlocal/src/socket/reconnect.cxx.h>

namespace qlocal {

using _QLocal::bytesOf;
using _QLocal::SocketHooks;

Socket::Socket(QObject *parent) : QLocalSocket(parent)
{
    setPrivateNames(true);
    setReadBufferSize(_QLocal::defaultReadLimit());
    _QLocal::keepName(*this);
}

Socket::~Socket() = default;

qint64 Socket::_QLimit(_QLocal::SocketLimit limit) const
{
    return _QLocal::limit(*this, limit);
}

void Socket::_QSetLimit(_QLocal::SocketLimit limit, qint64 value)
{
    const qint64 before = _QLimit(limit);
    _QLocal::setLimit(*this, limit, value);
    if (_QLimit(limit) != before)
        Q_EMIT settingsChanged();
}

bool Socket::hasPrivateNames() const
{
    return SocketHooks::hasPrivateNames(*this);
}

void Socket::setPrivateNames(bool isPrivate)
{
    if (isPrivate == hasPrivateNames())
        return;
    SocketHooks::setPrivateNames(*this, isPrivate);
    Q_EMIT settingsChanged();
}

int Socket::connectTimeout() const
{
    return SocketHooks::attemptTimeout(*this);
}

void Socket::setConnectTimeout(int msecs)
{
    if (msecs == connectTimeout())
        return;
    SocketHooks::setAttemptTimeout(*this, msecs);
    Q_EMIT settingsChanged();
}

void Socket::keepConnected(const ReconnectPolicy &policy)
{
    _QLocal::keepConnected(*this,
                           { policy.initialInterval.count(), policy.maxInterval.count(),
                             policy.jitter, policy.maxAttempts, policy.keepsUnsent });
}

void Socket::letGo()
{
    _QLocal::letGo(*this);
}

bool Socket::isKept() const
{
    return _QLocal::isKept(*this);
}

ReconnectPolicy Socket::reconnectPolicy() const
{
    using std::chrono::milliseconds;
    const _QLocal::ReconnectParts parts = _QLocal::reconnectParts(*this);
    return { milliseconds(parts.initial), milliseconds(parts.max), parts.jitter, parts.attempts,
             parts.keeps_unsent };
}

bool Socket::isReconnecting() const
{
    return _QLocal::isReconnecting(*this);
}

/// Sets a part of the framing; false if there is no such framing.
template<typename Value>
static bool setPart(Socket &socket, Value _QLocal::FramingParts::*part, const Value &value,
                    const QByteArray &ahead = QByteArray())
{
    _QLocal::FramingParts parts = _QLocal::framing(socket);
    const bool changes = !(parts.*part == value);
    parts.*part = value;
    const bool isSet = _QLocal::setFraming(socket, parts, bytesOf(ahead));
    if (isSet && changes)
        Q_EMIT socket.settingsChanged();
    return isSet;
}

Socket::Framing Socket::framing() const
{
    return Framing(_QLocal::framingKind(*this));
}

void Socket::setFraming(Framing framing)
{
    setPart(*this, &_QLocal::FramingParts::kind, _QLocal::FramingKind(framing),
            SocketHooks::takeReadAhead(*this));
}

QByteArray Socket::delimiter() const
{
    return _QLocal::framing(*this).delimiter;
}

bool Socket::setDelimiter(const QByteArray &delimiter)
{
    return setPart(*this, &_QLocal::FramingParts::delimiter, delimiter);
}

int Socket::prefixSize() const
{
    return _QLocal::framing(*this).prefixSize;
}

bool Socket::setPrefixSize(int bytes)
{
    return setPart(*this, &_QLocal::FramingParts::prefixSize, bytes);
}

Socket::ByteOrder Socket::byteOrder() const
{
    return ByteOrder(_QLocal::framing(*this).order);
}

void Socket::setByteOrder(ByteOrder order)
{
    setPart(*this, &_QLocal::FramingParts::order, _QLocal::ByteOrder(order));
}

bool Socket::writeMessage(const QByteArray &message)
{
    return _QLocal::writeMessage(*this, bytesOf(message), isWritable());
}

bool Socket::writeAll(const QByteArray &data)
{
    return _QLocal::writeAll(*this, bytesOf(data), isWritable());
}

void Socket::rejectMessage()
{
    _QLocal::rejectMessage(*this);
}

bool Socket::hasMessage() const
{
    return _QLocal::hasMessage(*this);
}

QByteArray Socket::readMessage()
{
    return _QLocal::readMessage(*this);
}

qint64 Socket::write(QByteArray &&data)
{
    // Without a capacity it does not own its memory (QByteArray::fromRawData()).
    if (data.capacity() == 0)
        return QLocalSocket::write(data);
    _QLocal::LargeWrite large(*this, data);
    const qint64 written = QLocalSocket::write(data.constData(), data.size());
    if (written == data.size())
        data = QByteArray();
    return written;
}

qint64 Socket::write(Chunk &&chunk)
{
    const qint64 size = chunk.size();
    _QLocal::LargeWrite large(*this, chunk.m_bytes);
    const qint64 written = QLocalSocket::write(chunk.data(), size);
    if (written == size)
        chunk = Chunk();
    return written;
}

Chunk Socket::readChunk()
{
    // QIODevice has bytes that come first, or keeps them for a rollback, or changes them.
    if (!isReadable() || isTransactionStarted() || isTextModeEnabled()
        || QIODevice::bytesAvailable() > 0)
        return Chunk(_QLocal::copyOf(bytesOf(readAll())));
    return Chunk(_QLocal::readChunk(*this));
}

qint64 Socket::writeWithDescriptor(const QByteArray &data, Descriptor &&descriptor)
{
    if (!isWritable())
        return -1;
    const qint64 written = _QLocal::writeWithDescriptor(*this, bytesOf(data), descriptor.get());
    // The engine owns it then.
    if (written > 0)
        static_cast<void>(descriptor.release());
    return written;
}

Descriptor Socket::takeDescriptor()
{
    return Descriptor(_QLocal::takeDescriptor(*this));
}

quint64 Socket::bytesReceived() const
{
    return _QLocal::bytesReceived(*this);
}

quint64 Socket::bytesSent() const
{
    return _QLocal::bytesSent(*this);
}

void Socket::_QMessageReady()
{
    Q_EMIT messageReady();
}

void Socket::_QHighWaterReached()
{
    Q_EMIT highWaterReached();
}

void Socket::_QLowWaterReached()
{
    Q_EMIT lowWaterReached();
}

void Socket::_QReconnecting(std::int32_t attempt, std::int64_t delay)
{
    Q_EMIT reconnecting(attempt, delay);
}

Error Socket::lastError() const
{
    return Error(_QLocal::lastError(*this));
}

} // namespace qlocal
