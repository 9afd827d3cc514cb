// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_QML_SERVERBASE_H
#define QLOCAL_QML_SERVERBASE_H

#include "bytecount.h"
#include "later.h"

#include <qlocal_qml/src/local_socket.cxxqt.h>

#include <QtCore/qpointer.h>
#include <QtQml/qjsvalue.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlparserstatus.h>
#include <qlocal/server.h>

namespace qlocal {

/// What cxx-qt can't express of LocalServer: values of JavaScript and C++ value types, the component
/// that handles a connection, a second base class, and the functions that it calls in Rust.
class LocalServerBase : public qlocal::Server, public QQmlParserStatus
{
    Q_OBJECT
    Q_INTERFACES(QQmlParserStatus)
    Q_PROPERTY(qlocal::Error error READ lastError NOTIFY errorChanged)
    Q_PROPERTY(qlocal::Error lastError READ lastError NOTIFY lastErrorChanged)
    Q_PROPERTY(qlocal::ServerCounters counters READ counters NOTIFY countersChanged)
    // Qt 6.8 can't check a notifier of a base class for a type of this class.
    Q_PROPERTY(AccessOptions accessOptions READ accessOptions WRITE setAccessOptions NOTIFY
                       accessOptionsChanged)
    Q_PROPERTY(double readBufferSize READ readBufferSize WRITE setReadBufferSize NOTIFY
                       settingsChanged)
    Q_PROPERTY(double writeLimit READ writeLimit WRITE setWriteLimit NOTIFY settingsChanged)
    Q_PROPERTY(double highWater READ highWater WRITE setHighWater NOTIFY settingsChanged)
    Q_PROPERTY(double lowWater READ lowWater WRITE setLowWater NOTIFY settingsChanged)
    Q_PROPERTY(double maxMessageSize READ maxMessageSize WRITE setMaxMessageSize NOTIFY
                       settingsChanged)
    Q_PROPERTY(int prefixSize READ prefixSize WRITE setPrefixSizeOrFail NOTIFY settingsChanged)
    Q_PROPERTY(QString delimiter READ delimiterText WRITE setDelimiterText NOTIFY settingsChanged)
    Q_PROPERTY(
            int maxDescriptors READ maxDescriptors WRITE setMaxDescriptors NOTIFY settingsChanged)
    Q_PROPERTY(QJSValue allowFunction READ allowFunction WRITE setAllowFunction NOTIFY
                       allowFunctionChanged)
    Q_PROPERTY(QQmlComponent *handler READ handler WRITE setHandler NOTIFY handlerChanged)

public:
    /// Which users may open the socket file.
    enum AccessOption {
        /// In the private folder the one who runs the server, and elsewhere those whom the umask
        /// leaves.
        DefaultAccess = QLocalServer::NoOptions,
        UserAccess = QLocalServer::UserAccessOption,
        GroupAccess = QLocalServer::GroupAccessOption,
        OtherAccess = QLocalServer::OtherAccessOption,
        WorldAccess = QLocalServer::WorldAccessOption
    };
    Q_DECLARE_FLAGS(AccessOptions, AccessOption)
    Q_FLAG(AccessOptions)

    explicit LocalServerBase(QObject *parent = nullptr);

    AccessOptions accessOptions() const;
    /// Sets them for the next attempt to listen.
    void setAccessOptions(AccessOptions options);
    /// The delimiter of Lines as text.
    QString delimiterText() const { return QString::fromUtf8(delimiter()); }
    void setDelimiterText(const QString &text);
    void setPrefixSizeOrFail(int bytes);
    /// See Server::setMaxDescriptors().
    void setMaxDescriptors(int count);
    void setReadBufferSize(double size) { Server::setReadBufferSize(byteCount(size)); }
    void setWriteLimit(double bytes) { Server::setWriteLimit(byteCount(bytes)); }
    void setHighWater(double bytes) { Server::setHighWater(byteCount(bytes)); }
    void setLowWater(double bytes) { Server::setLowWater(byteCount(bytes)); }
    void setMaxMessageSize(double bytes) { Server::setMaxMessageSize(byteCount(bytes)); }

    /// Decides whether a peer may connect, instead of the lists. If it throws, the peer is refused.
    QJSValue allowFunction() const { return m_allowFunction; }
    void setAllowFunction(const QJSValue &function);
    /// Instantiated for each connection, and destroyed when that has ended and its handlers have
    /// returned. Its root is the socket, if it is a LocalSocket, or has a property `socket`.
    ///
    /// What the root sets of the socket, such as framing, replaces the server's setting, except that
    /// a default value cannot be told from one that is not set: the server's applies then. Set it in
    /// Component.onCompleted instead.
    QQmlComponent *handler() const { return m_handler; }
    void setHandler(QQmlComponent *handler);

    /// Sends a string or an ArrayBuffer to all connections, and returns by how many it was queued.
    /// Anything else is a TypeError.
    Q_INVOKABLE int broadcast(const QJSValue &data);
    /// Sends a value to all connections as a message of JSON. One that JSON does not have, and a
    /// connection without framing are a TypeError; without connections, so is a server that gives
    /// none, and has no handler that may.
    Q_INVOKABLE int broadcastJson(const QJSValue &value);
    /// Removes the socket file of a server that has crashed. A name is in the user's private folder,
    /// unless privateNames is false.
    Q_INVOKABLE bool removeServer(const QString &name);
    Q_INVOKABLE QString errorString() const { return QLocalServer::errorString(); }
    /// The names of the descriptors received by socket activation; empty without.
    Q_INVOKABLE QStringList activationNames() const { return Server::activationNames(); }

    /// Whether new connections have a framing, or may have one by their handler.
    bool mayFrame() const { return framing() != Socket::NoFraming || m_handler; }
    /// Calls followEvent() from the event loop, once.
    void followLater();

    /// Whether countersChanged is connected.
    bool areCountersWatched() const;

    // Called when something has happened. While the object is destroyed, they do nothing.

    virtual void addEvent(LocalSocket *) { }
    virtual void connectionEvent(LocalSocket *) { }
    virtual void trafficEvent() { }
    virtual void handedOverEvent() { }
    virtual void followEvent() { }
    virtual qint32 sendAll(const QByteArray &) { return 0; }
    virtual bool areAllFramed() const { return true; }

Q_SIGNALS:
    void errorChanged();
    void lastErrorChanged();
    /// The counters of bytes are announced some times a second.
    void countersChanged();
    void allowFunctionChanged();
    void handlerChanged();
    void accessOptionsChanged();

protected:
    void incomingConnection(quintptr socketDescriptor) override;

private:
    bool decide(const PeerCredentials &peer);
    bool take(LocalSocket *socket, quintptr descriptor);

    QJSValue m_allowFunction;
    QPointer<QQmlComponent> m_handler;
    Later m_follow;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(LocalServerBase::AccessOptions)

} // namespace qlocal

#endif // QLOCAL_QML_SERVERBASE_H
