// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <qlocal/error_parts.h>
#include <qlocal/socket.h>

namespace qlocal {

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
    QueueLimits limits = engineQueueLimits();
    limits.most = bytes;
    engineSetQueueLimits(limits);
}

Socket::SlowPeerPolicy Socket::slowPeerPolicy() const
{
    return engineQueueLimits().disconnects ? EndConnection : RefuseWrites;
}

void Socket::setSlowPeerPolicy(SlowPeerPolicy policy)
{
    QueueLimits limits = engineQueueLimits();
    limits.disconnects = policy == EndConnection;
    engineSetQueueLimits(limits);
}

qint64 Socket::highWater() const
{
    return engineQueueLimits().high;
}

void Socket::setHighWater(qint64 bytes)
{
    QueueLimits limits = engineQueueLimits();
    limits.high = bytes;
    engineSetQueueLimits(limits);
}

qint64 Socket::lowWater() const
{
    return engineQueueLimits().low;
}

void Socket::setLowWater(qint64 bytes)
{
    QueueLimits limits = engineQueueLimits();
    limits.low = bytes;
    engineSetQueueLimits(limits);
}

qint64 Socket::writeWithDescriptor(const QByteArray &data, Descriptor &&descriptor)
{
    if (!isWritable())
        return -1;
    const ::rust::Slice<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t *>(
                                                          data.constData()),
                                                  std::size_t(data.size()));
    const qint64 written = engineWriteWithDescriptor(bytes, descriptor.get());
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
