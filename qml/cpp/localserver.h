// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_QML_LOCALSERVER_H
#define QLOCAL_QML_LOCALSERVER_H

#include <qlocal_qml/src/local_socket.cxxqt.h>

#include <QtQml/qjsvalue.h>
#include <QtQml/qqmlregistration.h>
#include <qlocal/server.h>

namespace qlocal {

/// A local server for QML, which passes each connection to its signal newConnection.
class LocalServer : public qlocal::Server
{
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(bool listening READ isListening NOTIFY listeningChanged)
    Q_PROPERTY(QString serverName READ serverName NOTIFY listeningChanged)
    Q_PROPERTY(QString fullServerName READ fullServerName NOTIFY listeningChanged)
    Q_PROPERTY(qlocal::Error lastError READ lastError NOTIFY lastErrorChanged)
    Q_PROPERTY(QJSValue allowFunction READ allowFunction WRITE setAllowFunction)

public:
    explicit LocalServer(QObject *parent = nullptr);

    /// Decides whether a peer may connect, instead of the lists. If it throws, the peer is refused.
    QJSValue allowFunction() const { return m_allowFunction; }
    void setAllowFunction(const QJSValue &function);

    /// Listens on a name in the user's private folder, or on a path, which starts with a slash.
    /// Returns false on failure; lastError has the reason.
    Q_INVOKABLE bool listen(const QString &name);
    /// Listens on an unguessable private name: pass fullServerName to the client.
    Q_INVOKABLE bool listenOnRandomName();
    /// Listens on the descriptor with this name, or the first one, received by socket activation.
    Q_INVOKABLE bool listenActivated(const QString &name = QString());
    /// The names of these descriptors; empty without socket activation.
    Q_INVOKABLE QStringList activationNames() const;
    Q_INVOKABLE void close();
    Q_INVOKABLE QString errorString() const;

Q_SIGNALS:
    void listeningChanged();
    void lastErrorChanged();
    /// The socket is connected. It belongs to the server, and is deleted once it is disconnected.
    void newConnection(qlocal::LocalSocket *socket);

protected:
    void incomingConnection(quintptr socketDescriptor) override;

private:
    bool announce(bool listens);
    bool decide(const PeerCredentials &peer);

    QJSValue m_allowFunction;
};

} // namespace qlocal

#endif // QLOCAL_QML_LOCALSERVER_H
