// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_QML_LOCALSOCKET_H
#define QLOCAL_QML_LOCALSOCKET_H

#include <QtCore/qstringconverter.h>
#include <QtQml/qqmlregistration.h>
#include <qlocal/socket.h>

namespace qlocal {

/// A local socket for QML, which writes and reads text in UTF-8.
class LocalSocket : public qlocal::Socket
{
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QString serverName READ serverName WRITE setServerName NOTIFY serverNameChanged)
    Q_PROPERTY(State state READ connectionState NOTIFY stateChanged)
    Q_PROPERTY(QString errorString READ errorString NOTIFY lastErrorChanged)
    Q_PROPERTY(qlocal::Error lastError READ lastError NOTIFY lastErrorChanged)
    Q_PROPERTY(qlocal::PeerCredentials peerCredentials READ peerCredentials NOTIFY stateChanged)
    Q_PROPERTY(int peerProcess READ peerProcess NOTIFY stateChanged)

public:
    enum State {
        Unconnected = UnconnectedState,
        Connecting = ConnectingState,
        Connected = ConnectedState,
        Closing = ClosingState
    };
    Q_ENUM(State)

    explicit LocalSocket(QObject *parent = nullptr);

    void setServerName(const QString &name);
    State connectionState() const { return State(state()); }

    /// A descriptor of the peer process (a pidfd), for C++ functions; -1 without a connection or
    /// kernel support, see qlocal::peerProcess(). The socket keeps ownership, and closes it when
    /// the connection has ended.
    int peerProcess() const;

    /// Connects to serverName: a name in the user's private folder, or a path, which starts with a
    /// slash.
    Q_INVOKABLE void connectToServer();
    Q_INVOKABLE void disconnectFromServer();

    /// Queues the text, or as much as fits under writeLimit, and returns its size in bytes; -1
    /// while not connected.
    Q_INVOKABLE qint64 write(const QString &text);
    /// Queues the whole text as a message, or nothing, see framing and maxMessageSize; lastError
    /// has the reason.
    Q_INVOKABLE bool writeMessage(const QString &text);
    /// All received text. A partially received character is returned once it is complete.
    Q_INVOKABLE QString readText();

Q_SIGNALS:
    void serverNameChanged();
    /// Emitted before errorOccurred, and when a message is refused.
    void lastErrorChanged();
    /// A message has arrived; only with a framing.
    void messageReceived(const QString &message);
    // The base-class signals carry C++ enums, and can't be property notifiers.
    void stateChanged();
    void errorOccurred();

private:
    QStringDecoder m_decoder;
    mutable Descriptor m_peerProcess;
};

} // namespace qlocal

#endif // QLOCAL_QML_LOCALSOCKET_H
