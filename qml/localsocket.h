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

    /// The number of a descriptor of the process at the other end (a pidfd), for functions of C++; -1
    /// without a connection, and where the kernel has none, see qlocal::peerProcess(). It stays this
    /// socket's, and is closed when the connection has ended.
    int peerProcess() const;

    /// Connects to serverName: a name in the user's private folder, or a path, which starts with a
    /// slash.
    Q_INVOKABLE void connectToServer();
    Q_INVOKABLE void disconnectFromServer();

    /// Takes all of the text, or what writeLimit has room for, and returns its size in bytes; -1
    /// while not connected.
    Q_INVOKABLE qint64 write(const QString &text);
    /// Takes all of the text as a message, or nothing, see framing and maxMessageSize; lastError says
    /// why.
    Q_INVOKABLE bool writeMessage(const QString &text);
    /// All text that has arrived. A character of which only a part has arrived comes with its rest.
    Q_INVOKABLE QString readText();

Q_SIGNALS:
    void serverNameChanged();
    /// Before errorOccurred, and when a message is refused.
    void lastErrorChanged();
    /// A message has arrived, with a framing.
    void messageReceived(const QString &message);
    // Those of the base class carry C++ enums, and can't announce a property.
    void stateChanged();
    void errorOccurred();

private:
    QStringDecoder m_decoder;
    mutable Descriptor m_peerProcess;
};

} // namespace qlocal

#endif // QLOCAL_QML_LOCALSOCKET_H
