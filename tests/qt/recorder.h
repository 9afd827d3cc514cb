// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Records the signals of a socket, so that a test of an order is one comparison of two lists.

#ifndef QLOCAL_TESTS_RECORDER_H
#define QLOCAL_TESTS_RECORDER_H

#include <QtCore/QDebug>
#include <QtCore/QStringList>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QTest>

#include <fcntl.h>
#include <functional>
#include <memory>
#include <sys/socket.h>
#include <utility>

#include "pair.h"

namespace testing {

/// QDebug's output for an enum of the socket, without the class and the last word of the enum's
/// name.
template<typename Enum>
QString shortName(Enum value, QLatin1String lastWord)
{
    QString text;
    QDebug(&text).nospace() << value;
    return text.remove(QLatin1String("QLocalSocket::")).remove(lastWord);
}

/// `Connected`, `Closing` and so on.
inline QString stateName(QLocalSocket::LocalSocketState state)
{
    return shortName(state, QLatin1String("State"));
}

/// `PeerClosed`, `SocketTimeout` and so on.
inline QString errorName(QLocalSocket::LocalSocketError error)
{
    return shortName(error, QLatin1String("Error"));
}

/// Logs every signal of a socket as `signal` or `signal(argument)`, followed by the current `
/// @State`.
///
/// A handler set by `on` runs after the entry is logged; entries that it causes follow in the log.
class Recorder : public QObject
{
public:
    explicit Recorder(QLocalSocket *socket) : m_socket(socket)
    {
        using Socket = QLocalSocket;
        connect(socket, &Socket::stateChanged, this, [this](Socket::LocalSocketState state) {
            note(QStringLiteral("state(%1)").arg(stateName(state)));
        });
        connect(socket, &Socket::errorOccurred, this, [this](Socket::LocalSocketError error) {
            note(QStringLiteral("error(%1)").arg(errorName(error)));
        });
        connect(socket, &Socket::bytesWritten, this,
                [this](qint64 bytes) { note(QStringLiteral("bytesWritten(%1)").arg(bytes)); });
        connect(socket, &Socket::connected, this, [this] { note(QStringLiteral("connected")); });
        connect(socket, &Socket::disconnected, this,
                [this] { note(QStringLiteral("disconnected")); });
        connect(socket, &Socket::readyRead, this, [this] { note(QStringLiteral("readyRead")); });
        connect(socket, &Socket::aboutToClose, this,
                [this] { note(QStringLiteral("aboutToClose")); });
        connect(socket, &Socket::readChannelFinished, this,
                [this] { note(QStringLiteral("finished")); });
    }

    /// Runs `handler` once, at the next signal with this entry (without the state).
    void on(const QString &entry, std::function<void()> handler)
    {
        m_entry = entry;
        m_handler = std::move(handler);
    }

    /// Returns the log so far, and clears it.
    QStringList take() { return std::exchange(m_log, {}); }

    const QStringList &log() const { return m_log; }

private:
    void note(const QString &entry)
    {
        m_log << entry + QLatin1String(" @") + stateName(m_socket->state());
        if (m_handler && entry == m_entry)
            std::exchange(m_handler, nullptr)();
    }

    QLocalSocket *m_socket;
    QStringList m_log;
    QString m_entry;
    std::function<void()> m_handler;
};

/// Part of a write of this size stays in the socket while the peer does not read.
constexpr int moreThanKernelHolds = 4'000'000;

/// The order of signals of every disconnect by the peer.
inline QStringList peerCloseOrder()
{
    return { "error(PeerClosed) @Connected", "state(Closing) @Closing",
             "state(Unconnected) @Unconnected", "finished @Unconnected",
             "disconnected @Unconnected" };
}

/// The last signals of every disconnect by this side, once nothing is left to send.
inline QStringList endOrder()
{
    return { "state(Unconnected) @Unconnected", "finished @Unconnected",
             "disconnected @Unconnected" };
}

/// The order of signals of abort.
inline QStringList abortOrder()
{
    return endOrder() << "aboutToClose @Unconnected";
}

/// Runs the event loop until the condition holds; false after five seconds.
template<typename Condition>
bool turnUntil(Condition condition)
{
    return QTest::qWaitFor(condition, 5000);
}

/// A socket whose peer is a plain descriptor, so that a test controls each byte of the other side.
class Wire
{
public:
    explicit Wire(QIODevice::OpenMode mode = QIODevice::ReadWrite) : socket(new QLocalSocket)
    {
        const QString name = uniqueName("wire");
        QLocalServer server;
        if (!server.listen(name))
            qFatal("Wire: %s", qPrintable(server.errorString()));
        socket->connectToServer(name, mode);
        peer = ::accept4(int(server.socketDescriptor()), nullptr, nullptr,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (peer < 0)
            qFatal("Wire: no connection to accept");
        record.reset(new Recorder(socket.get()));
    }
    ~Wire() { closePeer(); }
    Wire(const Wire &) = delete;
    Wire &operator=(const Wire &) = delete;

    void sendFromPeer(const QByteArray &bytes)
    {
        if (::send(peer, bytes.constData(), size_t(bytes.size()), MSG_NOSIGNAL) != bytes.size())
            qFatal("Wire: the peer could not send");
    }

    /// Sends from the peer and runs the event loop until the socket has received it; false after
    /// five seconds.
    bool deliver(const QByteArray &bytes)
    {
        const qint64 expected = socket->bytesAvailable() + bytes.size();
        sendFromPeer(bytes);
        return turnUntil([&] { return socket->bytesAvailable() == expected; });
    }

    /// What the kernel currently holds for the peer.
    QByteArray atPeer()
    {
        QByteArray all;
        char part[65536];
        for (ssize_t n; (n = ::recv(peer, part, sizeof part, MSG_DONTWAIT)) > 0;)
            all.append(part, n);
        return all;
    }

    /// Runs the event loop until that many bytes arrived at the peer or five seconds passed;
    /// returns them.
    QByteArray receiveAtPeer(qsizetype size)
    {
        QByteArray all;
        turnUntil([&] { return (all += atPeer()).size() >= size; });
        return all;
    }

    /// Runs the event loop until the socket is Unconnected; false after five seconds.
    bool waitForEnd()
    {
        return turnUntil([this] { return socket->state() == QLocalSocket::UnconnectedState; });
    }

    void closePeer()
    {
        if (peer >= 0)
            ::close(std::exchange(peer, -1));
    }

    std::unique_ptr<QLocalSocket> socket;
    std::unique_ptr<Recorder> record;
    int peer = -1;
};

} // namespace testing

#endif // QLOCAL_TESTS_RECORDER_H
