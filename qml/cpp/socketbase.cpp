// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "socketbase.h"

#include "script.h"

#include <QtCore/qmetaobject.h>

#include <fcntl.h>

#include <utility>

namespace qlocal {

LocalSocketBase::LocalSocketBase(QObject *parent) : Socket(parent)
{
    static const bool hasConverter = QMetaType::registerConverter<LocalDescriptor, int>(
            &LocalDescriptor::get);
    Q_UNUSED(hasConverter)
    connect(this, &QLocalSocket::stateChanged, this, [this](LocalSocketState state) {
        if (state == UnconnectedState)
            m_peerProcess = Descriptor();
        Q_EMIT stateChanged();
    });
    connect(this, &LocalSocketBase::stateChanged, this, &LocalSocketBase::stateEvent);
    connect(this, &QLocalSocket::connected, this, &LocalSocketBase::stateEvent);
    connect(this, &Socket::reconnecting, this, &LocalSocketBase::setAttempt);
    connect(this, &Socket::reconnecting, this, [this] {
        // An attempt has failed, which is not announced otherwise.
        Q_EMIT errorChanged();
        stateEvent();
    });
    connect(this, &LocalSocketBase::statusChanged, this, [this] {
        if (status() == Status::Connected || status() == Status::Unconnected)
            setAttempt(0);
    });
    connect(this, &QLocalSocket::errorOccurred, this, [this] {
        Q_EMIT errorChanged();
        stateEvent();
    });
    connect(this, &QLocalSocket::errorOccurred, this, &LocalSocketBase::errorOccurred);
    connect(this, &QIODevice::readyRead, this, [this] { readEvent(); });
    connect(this, &Socket::messageReady, this, [this] { readEvent(); });
    connect(this, &QIODevice::bytesWritten, this, [this] { writtenEvent(); });
}

LocalSocketBase::~LocalSocketBase()
{
    // ~Socket() ends the connection, when there is nothing left to call.
    disconnect(this, nullptr, this, nullptr);
}

LocalSocketBase::Status LocalSocketBase::connectionState() const
{
    switch (state()) {
    case ConnectingState: return Status::Connecting;
    case ConnectedState: return Status::Connected;
    case ClosingState: return Status::Closing;
    default: return Status::Unconnected;
    }
}

LocalSocketBase::Status LocalSocketBase::status() const
{
    if (isReconnecting())
        return Status::Waiting;
    // As in Qt, the state changes before the device is opened.
    const Status state = connectionState();
    return state == Status::Connected && !isOpen() ? Status::Connecting : state;
}

void LocalSocketBase::setAttempt(int attempt)
{
    if (attempt == m_attempt)
        return;
    m_attempt = attempt;
    Q_EMIT attemptChanged();
}

int LocalSocketBase::peerProcess() const
{
    if (!m_peerProcess.isValid() && state() != UnconnectedState)
        m_peerProcess = qlocal::peerProcess(*this);
    return m_peerProcess.get();
}

bool LocalSocketBase::sendText(const QJSValue &text)
{
    const auto bytes = script::text(this, text);
    return bytes && send(*bytes);
}

bool LocalSocketBase::sendBinary(const QJSValue &data)
{
    const auto bytes = script::binary(this, data);
    return bytes && send(*bytes);
}

bool LocalSocketBase::sendJson(const QJSValue &value)
{
    if (framing() == NoFraming) {
        script::throwTypeError(this,
                               QStringLiteral("JSON needs a framing, such as LocalSocket.Lines"));
        return false;
    }
    const auto bytes = script::stringify(this, value);
    return bytes && send(*bytes);
}

bool LocalSocketBase::sendDescriptor(const QJSValue &data, const QVariant &descriptor)
{
    const auto bytes = script::data(this, data);
    if (!bytes)
        return false;
    const auto original = descriptor.value<LocalDescriptor>();
    if (!original.isValid()) {
        script::throwTypeError(this, QStringLiteral("A valid descriptor is expected"));
        return false;
    }
    if (isFramed()) {
        script::throwTypeError(this,
                               QStringLiteral("A descriptor is sent without framing: "
                                              "set framing to LocalSocket.Raw"));
        return false;
    }
    if (writeLimit() > 0 && bytesToWrite() + bytes->size() > writeLimit()) {
        // Which does not fit, and sets the error.
        send(*bytes);
        return false;
    }
    Descriptor copy(::fcntl(original.get(), F_DUPFD_CLOEXEC, 0));
    const bool isQueued = writeWithDescriptor(*bytes, std::move(copy)) == bytes->size();
    if (isQueued)
        writtenEvent();
    else
        Q_EMIT errorChanged();
    return isQueued;
}

qint64 LocalSocketBase::write(const QJSValue &data)
{
    const auto bytes = script::data(this, data);
    if (!bytes)
        return -1;
    const qint64 written = QLocalSocket::write(*bytes);
    writtenEvent();
    return written;
}

bool LocalSocketBase::receiveJson(const QByteArray &message)
{
    const auto value = script::parse(this, message);
    if (value) {
        Q_EMIT jsonReceived(*value);
    } else {
        rejectMessage();
        Q_EMIT errorChanged();
    }
    return value.has_value();
}

void LocalSocketBase::setDelimiterText(const QString &text)
{
    if (!setDelimiter(text.toUtf8()))
        Q_EMIT errorChanged();
}

void LocalSocketBase::setPrefixSizeOrFail(int size)
{
    if (!setPrefixSize(size))
        Q_EMIT errorChanged();
}

void LocalSocketBase::setReadBufferSize(double size)
{
    const qint64 bytes = byteCount(size);
    if (bytes == readBufferSize())
        return;
    QLocalSocket::setReadBufferSize(bytes);
    Q_EMIT settingsChanged();
}

void LocalSocketBase::connectNotify(const QMetaMethod &signal)
{
    Socket::connectNotify(signal);
    // What has arrived already is for the new handler, too.
    if (isOpen() && signal.name().endsWith("Received"))
        m_read.call(this, [this] { readEvent(); });
}

void LocalSocketBase::followLater()
{
    m_follow.call(this, [this] { followEvent(); });
}

bool LocalSocketBase::queue(const QByteArray &bytes)
{
    if (isFramed())
        return Socket::writeMessage(bytes);
    return writeAll(bytes);
}

void LocalSocketBase::receiveDescriptors()
{
    static const QMetaMethod signal = QMetaMethod::fromSignal(&LocalSocketBase::descriptorReceived);
    while (isSignalConnected(signal)) {
        Descriptor descriptor = takeDescriptor();
        if (!descriptor.isValid())
            return;
        Q_EMIT descriptorReceived(LocalDescriptor(std::move(descriptor)));
    }
}

void LocalSocketBase::keep(int initialInterval, int maximumInterval, int jitter,
                           int maximumAttempts, bool keepsUnsent)
{
    ReconnectPolicy policy;
    policy.initialInterval = std::chrono::milliseconds(initialInterval);
    policy.maxInterval = std::chrono::milliseconds(maximumInterval);
    policy.jitter = jitter;
    policy.maxAttempts = maximumAttempts;
    policy.keepsUnsent = keepsUnsent;
    keepConnected(policy);
}

} // namespace qlocal
