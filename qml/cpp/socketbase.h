// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_QML_SOCKETBASE_H
#define QLOCAL_QML_SOCKETBASE_H

#include "bytecount.h"
#include "descriptorvalue.h"
#include "later.h"

#include <QtQml/qjsvalue.h>
#include <QtQml/qqmlparserstatus.h>
#include <qlocal/socket.h>

namespace qlocal {

/// What cxx-qt can't express of LocalSocket: values of JavaScript and C++ value types, a second base
/// class, and the functions that it calls in Rust.
class LocalSocketBase : public qlocal::Socket, public QQmlParserStatus
{
    Q_OBJECT
    Q_INTERFACES(QQmlParserStatus)
    Q_PROPERTY(Status status READ status NOTIFY statusChanged)
    Q_PROPERTY(Status state READ connectionState NOTIFY stateChanged)
    Q_PROPERTY(qlocal::Error error READ lastError NOTIFY errorChanged)
    Q_PROPERTY(qlocal::Error lastError READ lastError NOTIFY errorChanged)
    Q_PROPERTY(QString errorString READ errorString NOTIFY errorChanged)
    // QML has no type qint64; its tools do not know those of the base class.
    Q_PROPERTY(double readBufferSize READ readBufferSize WRITE setReadBufferSize NOTIFY
                       settingsChanged)
    Q_PROPERTY(double writeLimit READ writeLimit WRITE setWriteLimit NOTIFY settingsChanged)
    Q_PROPERTY(double highWater READ highWater WRITE setHighWater NOTIFY settingsChanged)
    Q_PROPERTY(double lowWater READ lowWater WRITE setLowWater NOTIFY settingsChanged)
    Q_PROPERTY(double maxMessageSize READ maxMessageSize WRITE setMaxMessageSize NOTIFY
                       settingsChanged)
    Q_PROPERTY(QString delimiter READ delimiterText WRITE setDelimiterText NOTIFY settingsChanged)
    Q_PROPERTY(int prefixSize READ prefixSize WRITE setPrefixSizeOrFail NOTIFY settingsChanged)
    Q_PROPERTY(
            int maxDescriptors READ maxDescriptors WRITE setMaxDescriptors NOTIFY settingsChanged)
    Q_PROPERTY(qlocal::PeerCredentials peerCredentials READ peerCredentials NOTIFY stateChanged)
    Q_PROPERTY(int peerProcess READ peerProcess NOTIFY stateChanged)

public:
    enum class Status {
        Unconnected,
        Connecting,
        Connected,
        Closing,
        /// There is no connection; an attempt follows, see reconnecting.
        Waiting
    };
    Q_ENUM(Status)

    explicit LocalSocketBase(QObject *parent = nullptr);
    ~LocalSocketBase() override;

    /// The state of the connection, which is Unconnected while the socket waits.
    Status connectionState() const;
    /// What the socket does; Connected as soon as it can send.
    Status status() const;

    /// The number of the attempt that is planned or under way; 0 while there is none.
    int attempt() const { return m_attempt; }

    /// A descriptor of the peer process (a pidfd), for C++ functions; -1 without a connection or
    /// kernel support, see qlocal::peerProcess(). The socket keeps ownership, and closes it when
    /// the connection has ended.
    int peerProcess() const;

    /// Sends text in UTF-8: with a framing as a message, or else as bytes. Returns false, and error
    /// has the reason, if not all of it can be queued. Anything but a string is a TypeError.
    Q_INVOKABLE bool sendText(const QJSValue &text);
    /// Sends an ArrayBuffer, or the bytes of a typed array or a DataView. Anything else is a
    /// TypeError.
    Q_INVOKABLE bool sendBinary(const QJSValue &data);
    /// Sends a value as a message of JSON. One that JSON does not have, such as a function, and a
    /// socket without framing are a TypeError.
    Q_INVOKABLE bool sendJson(const QJSValue &value);
    /// Sends data, which is a string or an ArrayBuffer and not empty, together with a descriptor,
    /// which remains valid. Only without a framing. Anything but a valid descriptor is a TypeError.
    ///
    /// With a parameter of the value type, Qt 6.4 copies one from uninitialised memory for undefined.
    Q_INVOKABLE bool sendDescriptor(const QJSValue &data, const QVariant &descriptor);
    /// Queues a string or an ArrayBuffer, or as much as fits under writeLimit, and returns the
    /// number of bytes; -1 while not connected.
    Q_INVOKABLE qint64 write(const QJSValue &data);

    /// The delimiter of Lines as text.
    QString delimiterText() const { return QString::fromUtf8(delimiter()); }
    void setDelimiterText(const QString &text);
    void setPrefixSizeOrFail(int size);
    /// See QLocalSocket::setReadBufferSize().
    void setReadBufferSize(double size);
    void setWriteLimit(double bytes) { Socket::setWriteLimit(byteCount(bytes)); }
    void setHighWater(double bytes) { Socket::setHighWater(byteCount(bytes)); }
    void setLowWater(double bytes) { Socket::setLowWater(byteCount(bytes)); }
    void setMaxMessageSize(double bytes) { Socket::setMaxMessageSize(byteCount(bytes)); }

    /// Whether a handler is connected to this signal.
    bool hears(const QMetaMethod &signal) const { return isSignalConnected(signal); }
    /// Emits jsonReceived. Returns false if the message is not JSON.
    bool receiveJson(const QByteArray &message);
    /// Keeps the connection, see Socket::keepConnected(). Intervals are in milliseconds.
    void keep(int initialInterval, int maximumInterval, int jitter, int maximumAttempts,
              bool keepsUnsent);
    bool isFramed() const { return framing() != NoFraming; }
    /// Queues all of these bytes, with a framing as a message, or nothing.
    bool queue(const QByteArray &bytes);
    /// Emits descriptorReceived for each received descriptor, if that is connected.
    void receiveDescriptors();

    /// Calls followEvent() in another turn of the event loop.
    void followLater();

    void classBegin() override { }

    // Called when something has happened. While the object is destroyed, they do nothing.

    virtual void stateEvent() { }
    virtual void followEvent() { }
    virtual void readEvent() { }
    virtual void writtenEvent() { }
    virtual void applyReconnect(bool /*enabled*/, int /*initialInterval*/, int /*maximumInterval*/,
                                int /*jitter*/, int /*maximumAttempts*/, bool /*keepsUnsent*/)
    { }
    virtual bool send(const QByteArray &) { return false; }

Q_SIGNALS:
    /// Emitted before errorOccurred, and when something can't be sent.
    void errorChanged();
    /// A message has arrived, and was parsed as JSON.
    void jsonReceived(const QJSValue &value);
    /// A descriptor has arrived.
    void descriptorReceived(const qlocal::LocalDescriptor &descriptor);
    // The signals of the base class carry C++ enums, and can't be property notifiers.
    void stateChanged();
    void errorOccurred();
    void statusChanged();
    void attemptChanged();

protected:
    void connectNotify(const QMetaMethod &signal) override;

private:
    void setAttempt(int attempt);

    Later m_read;
    Later m_follow;
    int m_attempt = 0;
    mutable Descriptor m_peerProcess;
};

using Status = LocalSocketBase::Status;

/// Creates a group of properties of a socket.
template<typename Group, typename Socket>
Group *createGroup(const Socket &socket)
{
    auto *parent = const_cast<Socket *>(&socket);
    auto *group = new Group(parent);
    QObject::connect(parent, &LocalSocketBase::attemptChanged, group, &Group::attemptChanged);
    return group;
}

/// The number of the attempt of a group's socket.
template<typename Group>
int attemptOf(const Group &group)
{
    return static_cast<const LocalSocketBase *>(group.parent())->attempt();
}

/// Has the socket of a group apply it.
template<typename Group>
void applyGroup(const Group &group)
{
    static_cast<LocalSocketBase *>(group.parent())
            ->applyReconnect(group.getEnabled(), group.getInitialInterval(),
                             group.getMaximumInterval(), group.getJitter(),
                             group.getMaximumAttempts(), group.getKeepsUnsent());
}

} // namespace qlocal

#endif // QLOCAL_QML_SOCKETBASE_H
