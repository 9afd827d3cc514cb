// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "queuelimits.h"

#include <qlocal/error_parts.h>
#include <qlocal/socket.h>

namespace qlocal {

// The engine's kinds and those of C++ are the same numbers.
static_assert(int(FramingKind::None) == Socket::NoFraming);
static_assert(int(FramingKind::LengthPrefixed) == Socket::LengthPrefixed);
static_assert(int(FramingKind::Lines) == Socket::Lines);

static ::rust::Slice<const std::uint8_t> bytesOf(const QByteArray &data)
{
    return { reinterpret_cast<const std::uint8_t *>(data.constData()), std::size_t(data.size()) };
}

Socket::Socket(QObject *parent) : QLocalSocket(parent)
{
    setPrivateNames(true);
    setReadBufferSize(defaultReadLimit());
}

Socket::~Socket() = default;

PeerCredentials Socket::peerCredentials() const
{
    return qlocal::peerCredentials(*this);
}

int Socket::connectTimeout() const
{
    return attemptTimeout();
}

void Socket::setConnectTimeout(int msecs)
{
    setAttemptTimeout(msecs);
}

qint64 Socket::writeLimit() const
{
    return engineQueueLimits().most;
}

void Socket::setWriteLimit(qint64 bytes)
{
    changeQueueLimit(*this, &QueueLimits::most, bytes);
}

Socket::SlowPeerPolicy Socket::slowPeerPolicy() const
{
    return engineQueueLimits().disconnects ? EndConnection : RefuseWrites;
}

void Socket::setSlowPeerPolicy(SlowPeerPolicy policy)
{
    changeQueueLimit(*this, &QueueLimits::disconnects, policy == EndConnection);
}

qint64 Socket::highWater() const
{
    return engineQueueLimits().high;
}

void Socket::setHighWater(qint64 bytes)
{
    changeQueueLimit(*this, &QueueLimits::high, bytes);
}

qint64 Socket::lowWater() const
{
    return engineQueueLimits().low;
}

void Socket::setLowWater(qint64 bytes)
{
    changeQueueLimit(*this, &QueueLimits::low, bytes);
}

Socket::Framing Socket::framing() const
{
    return Framing(engineFraming());
}

void Socket::setFraming(Framing framing)
{
    engineSetFraming(FramingKind(framing), bytesOf(takeReadAhead()));
}

qint64 Socket::maxMessageSize() const
{
    return engineMessageLimit();
}

void Socket::setMaxMessageSize(qint64 bytes)
{
    engineSetMessageLimit(bytes);
}

bool Socket::writeMessage(const QByteArray &message)
{
    return engineWriteMessage(bytesOf(message), isWritable());
}

bool Socket::hasMessage() const
{
    return engineHasMessage();
}

QByteArray Socket::readMessage()
{
    return engineReadMessage();
}

qint64 Socket::writeWithDescriptor(const QByteArray &data, Descriptor &&descriptor)
{
    if (!isWritable())
        return -1;
    const qint64 written = engineWriteWithDescriptor(bytesOf(data), descriptor.get());
    // It is the engine's then.
    if (written > 0)
        static_cast<void>(descriptor.release());
    return written;
}

int Socket::maxDescriptors() const
{
    return engineDescriptorLimit();
}

void Socket::setMaxDescriptors(int count)
{
    engineSetDescriptorLimit(count);
}

Descriptor Socket::takeDescriptor()
{
    return Descriptor(engineTakeDescriptor());
}

quint64 Socket::bytesReceived() const
{
    return engineReceived();
}

quint64 Socket::bytesSent() const
{
    return engineSent();
}

void Socket::doAnnounceMessage()
{
    Q_EMIT messageReady();
}

void Socket::doAnnounceHighWater()
{
    Q_EMIT highWaterReached();
}

void Socket::doAnnounceLowWater()
{
    Q_EMIT lowWaterReached();
}

Error Socket::lastError() const
{
    ErrorParts parts;
    engineDescribeError(parts);
    return Error(parts);
}

} // namespace qlocal
