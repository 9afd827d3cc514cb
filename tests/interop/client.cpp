// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The clients of the pairing tests.

#include "client.h"

#include "stream.h"

#include <QtCore/QEventLoop>
#include <QtCore/QTimer>
#include <QtNetwork/QLocalSocket>

#include <deque>

namespace {

/// Runs the event loop until it is reported as finished, with the failure if any.
class Play : public QObject
{
public:
    QString wait()
    {
        QTimer::singleShot(30000, this, [this] { finish("not finished after thirty seconds"); });
        if (!m_finished)
            m_loop.exec();
        return m_failure;
    }

    void finish(const QString &failure = {})
    {
        if (!m_finished)
            m_failure = failure;
        m_finished = true;
        m_loop.quit();
    }

    /// An error of the socket is a failure.
    void watch(QLocalSocket *socket)
    {
        connect(socket, &QLocalSocket::errorOccurred, this,
                [this, socket] { finish(socket->errorString()); });
    }

private:
    QEventLoop m_loop;
    bool m_finished = false;
    QString m_failure;
};

/// Sends one line and passes the answer's line to `answered`.
void askLine(Play &play, QLocalSocket *socket, const QByteArray &line,
             std::function<void(const QByteArray &)> answered)
{
    QObject::connect(socket, &QIODevice::readyRead, &play, [socket, answered] {
        if (socket->canReadLine())
            answered(socket->readLine().trimmed());
    });
    QObject::connect(socket, &QLocalSocket::connected, &play,
                     [socket, line] { socket->write(line); });
}

/// A connection that receives back what it sends.
struct Caller
{
    QLocalSocket socket;
    QByteArray stream;
    qsizetype received = 0;
};

/// The connections of one exchange.
class Callers
{
public:
    explicit Callers(const interop::Exchange &exchange)
        : m_exchange(exchange), m_callers(size_t(exchange.connections)),
          m_idle(size_t(exchange.idle))
    {
        for (size_t i = 0; i < m_callers.size(); ++i)
            m_callers[i].stream = interop::bytesOf(quint32(i),
                                                   qsizetype(exchange.rounds) * exchange.size);
    }

    QString play(const QString &path)
    {
        for (QLocalSocket &socket : m_idle)
            connect(&socket);
        for (Caller &caller : m_callers) {
            connect(&caller.socket);
            QObject::connect(&caller.socket, &QIODevice::readyRead, &m_play,
                             [this, &caller] { receive(caller); });
        }
        for (QLocalSocket &socket : m_idle)
            socket.connectToServer(path);
        for (Caller &caller : m_callers)
            caller.socket.connectToServer(path);
        return m_play.wait();
    }

private:
    void connect(QLocalSocket *socket)
    {
        m_play.watch(socket);
        QObject::connect(socket, &QLocalSocket::connected, &m_play, [this, socket] {
            socket->write("echo\n");
            if (++m_connected == m_idle.size() + m_callers.size()) {
                for (Caller &caller : m_callers)
                    send(caller);
            }
        });
        QObject::connect(socket, &QLocalSocket::disconnected, &m_play, [this] {
            if (--m_connected == 0)
                m_play.finish();
        });
    }

    void send(Caller &caller)
    {
        caller.socket.write(caller.stream.constData() + caller.received, m_exchange.size);
    }

    void receive(Caller &caller)
    {
        const QByteArray bytes = caller.socket.readAll();
        // No more than what was sent may come back.
        const qsizetype sent = (caller.received / m_exchange.size + 1) * m_exchange.size;
        if (caller.received + bytes.size() > sent
            || bytes != QByteArrayView(caller.stream).sliced(caller.received, bytes.size()))
            return m_play.finish("other bytes came back than were sent");
        caller.received += bytes.size();
        if (caller.received == caller.stream.size()) {
            if (++m_finished == m_callers.size())
                end();
        } else if (caller.received == sent) {
            send(caller);
        }
    }

    void end()
    {
        for (QLocalSocket &socket : m_idle) {
            if (socket.bytesAvailable() > 0)
                return m_play.finish("an idle connection got bytes");
            socket.disconnectFromServer();
        }
        for (Caller &caller : m_callers)
            caller.socket.disconnectFromServer();
    }

    const interop::Exchange m_exchange;
    std::deque<Caller> m_callers;
    std::deque<QLocalSocket> m_idle;
    size_t m_connected = 0;
    size_t m_finished = 0;
    // Destroyed first, so that no handler is called when the sockets end.
    Play m_play;
};

/// The connections of a storm, one after the other.
class Stormer
{
public:
    Stormer(const QString &path, const interop::Storm &storm) : m_path(path), m_storm(storm) { }

    QString play()
    {
        next();
        return m_play.wait();
    }

private:
    void next()
    {
        if (m_done == m_storm.times)
            return m_play.finish();
        if (!m_socket || !m_storm.oneSocket)
            makeSocket();
        m_received.clear();
        m_socket->connectToServer(m_path);
    }

    void makeSocket()
    {
        if (m_socket)
            m_socket.release()->deleteLater();
        m_socket = std::make_unique<QLocalSocket>();
        QLocalSocket *socket = m_socket.get();
        QObject::connect(socket, &QLocalSocket::connected, &m_play, [this, socket] {
            socket->write(m_storm.serverCloses ? "once\n" : "echo\n");
            socket->write(QByteArray(1, char(m_done)));
        });
        QObject::connect(socket, &QIODevice::readyRead, &m_play, [this, socket] {
            m_received += socket->readAll();
            if (!m_storm.serverCloses)
                socket->close();
        });
        QObject::connect(socket, &QLocalSocket::errorOccurred, &m_play,
                         [this, socket](QLocalSocket::LocalSocketError error) {
                             if (!m_storm.serverCloses || error != QLocalSocket::PeerClosedError)
                                 m_play.finish(socket->errorString());
                         });
        QObject::connect(
                socket, &QLocalSocket::disconnected, &m_play,
                [this] {
                    if (m_received != QByteArray(1, char(m_done)))
                        return m_play.finish("another answer than the byte that was sent");
                    ++m_done;
                    next();
                },
                // Stock Qt's socket is unusable after connecting again inside this signal.
                Qt::QueuedConnection);
    }

    const QString m_path;
    const interop::Storm m_storm;
    std::unique_ptr<QLocalSocket> m_socket;
    QByteArray m_received;
    int m_done = 0;
    Play m_play;
};

} // namespace

QString interop::exchange(const QString &path, const Exchange &exchange)
{
    return Callers(exchange).play(path);
}

QString interop::oneWay(const QString &path, const OneWay &oneWay)
{
    QLocalSocket socket;
    Play play;
    play.watch(&socket);
    const QByteArray sizes = QByteArray::number(oneWay.writes) + ' '
            + QByteArray::number(oneWay.size);
    if (oneWay.toServer) {
        askLine(play, &socket, "take " + sizes + (oneWay.slowReader ? " 1\n" : " 0\n"),
                [&](const QByteArray &answer) {
                    play.finish(answer == "same" ? QString() : "the server got other bytes");
                });
        QObject::connect(&socket, &QLocalSocket::connected, &play,
                         [&] { writeStream(&socket, oneWay); });
    } else {
        readStream(&socket, oneWay, [&](bool same) {
            play.finish(same ? QString() : "the client got other bytes");
        });
        QObject::connect(&socket, &QLocalSocket::connected, &play,
                         [&] { socket.write("give " + sizes + '\n'); });
    }
    socket.connectToServer(path);
    return play.wait();
}

QString interop::storm(const QString &path, const Storm &storm)
{
    return Stormer(path, storm).play();
}

QString interop::relay(const QString &path, const Seat &seat)
{
    const QByteArray sent = bytesOf(quint32(seat.number), seat.size);
    const QByteArray expected = bytesOf(quint32((seat.number + seat.parties - 1) % seat.parties),
                                        seat.size);
    QByteArray received;
    QLocalSocket socket;
    Play play;
    play.watch(&socket);
    // Everything is announced as written before this side leaves, otherwise its neighbour misses
    // the end.
    const auto look = [&] {
        if (received.size() >= expected.size() && socket.bytesToWrite() == 0)
            play.finish(received == expected ? QString() : "other bytes than the neighbour's");
    };
    QObject::connect(&socket, &QIODevice::readyRead, &play, [&] {
        received += socket.readAll();
        look();
    });
    QObject::connect(&socket, &QIODevice::bytesWritten, &play, look);
    QObject::connect(&socket, &QLocalSocket::connected, &play, [&] {
        socket.write("relay " + QByteArray::number(seat.number) + ' '
                     + QByteArray::number(seat.parties) + '\n');
        socket.write(sent);
    });
    socket.connectToServer(path);
    return play.wait();
}

QString interop::outlive(const QString &path, int connections, const std::function<void()> &end)
{
    std::deque<QLocalSocket> sockets(static_cast<size_t>(connections));
    QByteArrayList ends(connections);
    int answered = 0;
    int ended = 0;
    Play play;
    for (int i = 0; i < connections; ++i) {
        QLocalSocket *socket = &sockets[size_t(i)];
        const auto note = [&ends, i](const char *what) { ends[i] += what; };
        QObject::connect(socket, &QLocalSocket::connected, &play,
                         [=] { socket->write("echo\n!"); });
        QObject::connect(socket, &QIODevice::readyRead, &play, [&, note] {
            note("read ");
            if (++answered == connections)
                end();
        });
        QObject::connect(socket, &QLocalSocket::errorOccurred, &play,
                         [=](QLocalSocket::LocalSocketError error) {
                             note(error == QLocalSocket::PeerClosedError ? "closed " : "error ");
                         });
        QObject::connect(socket, &QIODevice::readChannelFinished, &play,
                         [=] { note("finished "); });
        QObject::connect(socket, &QLocalSocket::disconnected, &play, [&, note] {
            note("disconnected");
            if (++ended == connections)
                play.finish();
        });
    }
    for (QLocalSocket &socket : sockets)
        socket.connectToServer(path);
    const QString failure = play.wait();
    if (!failure.isEmpty())
        return failure;
    for (int i = 0; i < connections; ++i) {
        if (ends[i] != "read closed finished disconnected")
            return "a client announced: " + QString::fromLatin1(ends[i]);
        if (sockets[size_t(i)].readAll() != "!")
            return "what the server had sent is not readable";
    }
    return {};
}

QString interop::census(const QString &path, int connectionsSoFar)
{
    QLocalSocket socket;
    Play play;
    play.watch(&socket);
    const QByteArray expected = QByteArray::number(connectionsSoFar + 1) + " 0";
    askLine(play, &socket, "census\n", [&](const QByteArray &answer) {
        play.finish(answer == expected ? QString()
                                       : "the server counts " + QString::fromLatin1(answer)
                                    + " in place of " + QString::fromLatin1(expected));
    });
    socket.connectToServer(path);
    return play.wait();
}
