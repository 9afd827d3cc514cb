// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "queuelimits.h"

#include <qlocal/error_parts.h>
#include <qlocal/socket.h>

namespace qlocal {

using _QLocal::SocketHooks;

// The engine's kinds and those of C++ are the same numbers.
static_assert(int(_QLocal::FramingKind::None) == Socket::NoFraming);
static_assert(int(_QLocal::FramingKind::LengthPrefixed) == Socket::LengthPrefixed);
static_assert(int(_QLocal::FramingKind::Lines) == Socket::Lines);

static ::rust::Slice<const std::uint8_t> bytesOf(const QByteArray &data)
{
    return { reinterpret_cast<const std::uint8_t *>(data.constData()), std::size_t(data.size()) };
}

Socket::Socket(QObject *parent) : QLocalSocket(parent)
{
    SocketHooks::setPrivateNames(*this, true);
    setReadBufferSize(_QLocal::defaultReadLimit());
}

Socket::~Socket() = default;

bool Socket::hasPrivateNames() const
{
    return SocketHooks::hasPrivateNames(*this);
}

void Socket::setPrivateNames(bool isPrivate)
{
    SocketHooks::setPrivateNames(*this, isPrivate);
}

PeerCredentials Socket::peerCredentials() const
{
    return qlocal::peerCredentials(*this);
}

int Socket::connectTimeout() const
{
    return SocketHooks::attemptTimeout(*this);
}

void Socket::setConnectTimeout(int msecs)
{
    SocketHooks::setAttemptTimeout(*this, msecs);
}

qint64 Socket::writeLimit() const
{
    return _QLocal::socketQueueLimits(*this).maxSize;
}

void Socket::setWriteLimit(qint64 bytes)
{
    changeQueueLimit(*this, _QLocal::socketQueueLimits(*this), &_QLocal::QueueLimits::maxSize,
                     bytes);
}

Socket::SlowPeerPolicy Socket::slowPeerPolicy() const
{
    return _QLocal::socketQueueLimits(*this).disconnects ? EndConnection : RefuseWrites;
}

void Socket::setSlowPeerPolicy(SlowPeerPolicy policy)
{
    changeQueueLimit(*this, _QLocal::socketQueueLimits(*this), &_QLocal::QueueLimits::disconnects,
                     policy == EndConnection);
}

qint64 Socket::highWater() const
{
    return _QLocal::socketQueueLimits(*this).high;
}

void Socket::setHighWater(qint64 bytes)
{
    changeQueueLimit(*this, _QLocal::socketQueueLimits(*this), &_QLocal::QueueLimits::high, bytes);
}

qint64 Socket::lowWater() const
{
    return _QLocal::socketQueueLimits(*this).low;
}

void Socket::setLowWater(qint64 bytes)
{
    changeQueueLimit(*this, _QLocal::socketQueueLimits(*this), &_QLocal::QueueLimits::low, bytes);
}

Socket::Framing Socket::framing() const
{
    return Framing(_QLocal::socketFraming(*this));
}

void Socket::setFraming(Framing framing)
{
    _QLocal::socketSetFraming(*this, _QLocal::FramingKind(framing),
                              bytesOf(SocketHooks::takeReadAhead(*this)));
}

qint64 Socket::maxMessageSize() const
{
    return _QLocal::socketMessageLimit(*this);
}

void Socket::setMaxMessageSize(qint64 bytes)
{
    _QLocal::socketSetMessageLimit(*this, bytes);
}

bool Socket::writeMessage(const QByteArray &message)
{
    return _QLocal::socketWriteMessage(*this, bytesOf(message), isWritable());
}

bool Socket::hasMessage() const
{
    return _QLocal::socketHasMessage(*this);
}

QByteArray Socket::readMessage()
{
    return _QLocal::socketReadMessage(*this);
}

qint64 Socket::writeWithDescriptor(const QByteArray &data, Descriptor &&descriptor)
{
    if (!isWritable())
        return -1;
    const qint64 written = _QLocal::socketWriteWithDescriptor(*this, bytesOf(data),
                                                              descriptor.get());
    // The engine owns it then.
    if (written > 0)
        static_cast<void>(descriptor.release());
    return written;
}

int Socket::maxDescriptors() const
{
    return _QLocal::socketDescriptorLimit(*this);
}

void Socket::setMaxDescriptors(int count)
{
    _QLocal::socketSetDescriptorLimit(*this, count);
}

Descriptor Socket::takeDescriptor()
{
    return Descriptor(_QLocal::socketTakeDescriptor(*this));
}

quint64 Socket::bytesReceived() const
{
    return _QLocal::socketReceived(*this);
}

quint64 Socket::bytesSent() const
{
    return _QLocal::socketSent(*this);
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

Error Socket::lastError() const
{
    _QLocal::ErrorParts parts;
    _QLocal::socketDescribeError(*this, parts);
    return Error(parts);
}

} // namespace qlocal
