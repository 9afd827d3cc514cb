// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The base of the Rust socket: what of QIODevice the bridge cannot spell.

#ifndef QLOCAL_SOCKET_BASE_H
#define QLOCAL_SOCKET_BASE_H

#include <QtCore/QEvent>
#include <QtCore/QIODevice>
#include <QtCore/QMetaObject>
#include <QtCore/QPointer>
#include <QtCore/QSignalBlocker>

#include <cstdint>

namespace qlocal {

/// Where a connection stands; the values are those of QAbstractSocket::SocketState.
enum class SocketState : std::uint32_t {
    Unconnected = 0,
    Connecting = 2,
    Connected = 3,
    Closing = 6,
};

/// What went wrong; the values are those of QAbstractSocket::SocketError.
enum class SocketError : std::int32_t {
    ConnectionRefused = 0,
    PeerClosed = 1,
    NotFound = 2,
    Access = 3,
    Resource = 4,
    Timeout = 5,
    Connection = 7,
    AddressInUse = 8,
    Unsupported = 10,
    Operation = 19,
    Unknown = -1,
};

/// Where the name of a server is looked up.
enum class Place : std::uint32_t {
    /// A path, or a file in a folder that is given.
    Files,
    /// The abstract namespace of unix(7).
    Abstract,
    /// A file in the user's private folder.
    Private,
};

/// How messages are told apart; the values are those of qlocal::Socket::Framing.
enum class FramingKind : std::uint32_t {
    None,
    LengthPrefixed,
    Lines,
};

/// Where a name is looked up.
inline Place placeOf(bool isAbstract, bool isPrivate)
{
    return isAbstract ? Place::Abstract : isPrivate ? Place::Private : Place::Files;
}

/// A QIODevice that leaves to its final class the signals whose arguments have types of that class.
class SocketBase : public QIODevice
{
public:
    explicit SocketBase(QObject *parent = nullptr) : QIODevice(parent) { }

    /// With which mode the device opens once there is a connection.
    void setWantedMode(std::int32_t mode) { m_wantedMode = OpenMode(mode); }
    bool isWantedReadable() const { return m_wantedMode & ReadOnly; }

    void openDevice()
    {
        // After a disconnect the device is still open, with what could be read from it: none of
        // that belongs to the new connection.
        if (isOpen()) {
            const QSignalBlocker unannounced(this);
            QIODevice::close();
        }
        QIODevice::open(m_wantedMode);
    }

    void closeDevice()
    {
        if (!isOpen())
            return;
        // QIODevice::close() goes on with itself after this signal, whose handlers may delete it.
        const QPointer<SocketBase> alive(this);
        Q_EMIT aboutToClose();
        if (!alive || !isOpen())
            return;
        const QSignalBlocker announced(this);
        QIODevice::close();
    }

    /// Throws away what QIODevice has read ahead into its own buffer.
    void dropReadAhead()
    {
        if (const qint64 size = deviceBytesAvailable())
            QIODevice::skip(size);
    }

    /// Takes what QIODevice has read ahead, as it came. A transaction ends with that.
    QByteArray takeReadAhead()
    {
        if (isTransactionStarted())
            commitTransaction();
        const qint64 size = deviceBytesAvailable();
        if (size == 0)
            return QByteArray();
        const bool wasText = isTextModeEnabled();
        setTextModeEnabled(false);
        const QByteArray ahead = QIODevice::read(size);
        setTextModeEnabled(wasText);
        return ahead;
    }

    void changeErrorString(const QString &text) { setErrorString(text); }

    /// What QIODevice has read ahead into its own buffer, in bytes.
    qint64 deviceBytesAvailable() const { return QIODevice::bytesAvailable(); }

    // Rust reaches a function of a base class without virtual dispatch: these add it.
    void announceState(SocketState state) { doAnnounceState(state); }
    void announceError(SocketError error) { doAnnounceError(error); }
    void announceConnected() { doAnnounceConnected(); }
    void announceDisconnected() { doAnnounceDisconnected(); }
    void announceMessage() { doAnnounceMessage(); }
    void announceHighWater() { doAnnounceHighWater(); }
    void announceLowWater() { doAnnounceLowWater(); }

    /// How long an attempt waits for room in the server's backlog, in milliseconds; -1 is for ever.
    std::int32_t attemptTimeout() const { return m_attemptTimeout; }
    void setAttemptTimeout(std::int32_t msecs) { m_attemptTimeout = msecs; }

    /// The object is about to move to another thread; called on the old one.
    virtual void leaveThread() { }
    /// The object has moved; called on the new thread.
    virtual void joinThread() { }

    bool event(QEvent *event) override
    {
        if (event->type() == QEvent::ThreadChange) {
            leaveThread();
            QMetaObject::invokeMethod(
                    this, [this] { joinThread(); }, Qt::QueuedConnection);
        }
        return QIODevice::event(event);
    }

protected:
    virtual void doAnnounceState(SocketState) { }
    virtual void doAnnounceError(SocketError) { }
    virtual void doAnnounceConnected() { }
    virtual void doAnnounceDisconnected() { }
    virtual void doAnnounceMessage() { }
    virtual void doAnnounceHighWater() { }
    virtual void doAnnounceLowWater() { }

    /// Whether a name that is no path is one in the user's private folder.
    bool hasPrivateNames() const { return m_hasPrivateNames; }
    void setPrivateNames(bool isPrivate) { m_hasPrivateNames = isPrivate; }

private:
    OpenMode m_wantedMode = NotOpen;
    std::int32_t m_attemptTimeout = 30000;
    bool m_hasPrivateNames = false;
};

} // namespace qlocal

#endif // QLOCAL_SOCKET_BASE_H
