// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "exchange.h"

#include "echoserver.h"

#include <QtCore/QRandomGenerator>

#include <algorithm>
#include <cstring>

namespace {

/// Each chunk is a window into one random pattern, and moves on by a byte each time.
constexpr int PatternWindows = 251;

/// Below the backlog of 50 and the 30 pending connections that a server has by default, so that no connect has to wait.
constexpr int ConnectBatch = 25;

QByteArray randomPattern(qint64 chunkSize)
{
    QByteArray pattern(chunkSize + PatternWindows, Qt::Uninitialized);
    QRandomGenerator generator(1);
    for (char &byte : pattern)
        byte = char(generator.generate());
    return pattern;
}

} // namespace

Exchange::Exchange(const Workload &workload, const QString &serverName, int timeoutSeconds)
    : m_workload(workload), m_serverName(serverName), m_pattern(randomPattern(workload.chunkSize)),
      m_server(new EchoServer)
{
    m_timeout.setInterval(timeoutSeconds * 1000);
    m_timeout.setSingleShot(true);
    connect(&m_timeout, &QTimer::timeout, this, [this, timeoutSeconds] {
        fail(QStringLiteral("not done after %1 s: %2 of %3 connections accepted, %4 still busy")
                     .arg(timeoutSeconds)
                     .arg(m_accepted)
                     .arg(m_workload.connections)
                     .arg(m_active));
    });

    connect(m_server, &EchoServer::failed, this, &Exchange::fail);
    connect(m_server, &EchoServer::accepted, this, [this](int connections) {
        m_accepted = connections;
        if (m_accepted == m_expected)
            m_loop.quit();
    });
    m_server->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_server, &QObject::deleteLater);
    m_thread.start();
}

Exchange::~Exchange()
{
    m_clients.clear();
    m_thread.quit();
    m_thread.wait();
}

bool Exchange::run(const Amount &amount)
{
    m_timeout.start();
    if (!listen() || !connectClients())
        return false;
    if (amount.warmUp) {
        Amount tenth = amount;
        tenth.roundTrips = std::max<qint64>(amount.roundTrips / 10, m_workload.connections);
        tenth.seconds = amount.seconds / 10;
        if (!bounce(tenth))
            return false;
    }
    return bounce(amount) && compareWithServer();
}

bool Exchange::listen()
{
    QString error;
    QMetaObject::invokeMethod(
            m_server, [&] { error = m_server->listen(m_serverName); },
            Qt::BlockingQueuedConnection);
    if (!error.isEmpty())
        fail(error);
    return error.isEmpty();
}

bool Exchange::connectClients()
{
    QElapsedTimer clock;
    clock.start();
    for (int index = 0; index < m_workload.connections; ++index) {
        Client &client = m_clients.emplace_back();
        connect(&client.socket, &QLocalSocket::readyRead, this, [this, index] { receive(index); });
        connect(&client.socket, &QLocalSocket::errorOccurred, this, [this, index] {
            fail(QStringLiteral("connection %1: %2")
                         .arg(index)
                         .arg(m_clients[index].socket.errorString()));
        });
        client.socket.connectToServer(m_serverName);
        if (!client.socket.waitForConnected(m_timeout.interval())) {
            fail(QStringLiteral("connection %1 not connected: %2")
                         .arg(index)
                         .arg(client.socket.errorString()));
            return false;
        }

        m_expected = index + 1;
        if (m_expected % ConnectBatch == 0 || m_expected == m_workload.connections) {
            if (!waitForLoop())
                return false;
        }
    }
    m_result.connectSeconds = double(clock.nsecsElapsed()) / 1e9;
    return true;
}

/// Bounces chunks on all connections until `amount` is reached and every chunk is back.
bool Exchange::bounce(const Amount &amount)
{
    const int connections = m_workload.connections;
    const qint64 before = m_chunksInAll;
    m_nsecsToRun = qint64(amount.seconds * 1e9);
    m_active = 0;
    m_clock.start();
    for (int index = 0; index < connections; ++index) {
        Client &client = m_clients[index];
        client.chunksLeft = amount.roundTrips / connections
                + (index < amount.roundTrips % connections);
        if (mayStartAnother(client)) {
            ++m_active;
            send(index);
        }
    }
    if (m_active > 0 && !waitForLoop())
        return false;
    m_result.seconds = double(m_clock.nsecsElapsed()) / 1e9;
    m_result.roundTrips = m_chunksInAll - before;
    m_result.bytes = m_result.roundTrips * m_workload.chunkSize;
    return true;
}

bool Exchange::compareWithServer()
{
    qint64 echoed = 0;
    QMetaObject::invokeMethod(
            m_server, [&] { echoed = m_server->bytesEchoed(); }, Qt::BlockingQueuedConnection);
    const qint64 received = m_chunksInAll * m_workload.chunkSize;
    if (echoed != received)
        fail(QStringLiteral("the server echoed %1 bytes, the clients received %2")
                     .arg(echoed)
                     .arg(received));
    for (int index = 0; index < m_workload.connections; ++index) {
        const qint64 left = m_clients[index].socket.bytesAvailable();
        if (left != 0)
            fail(QStringLiteral("connection %1: %2 bytes more than were sent")
                         .arg(index)
                         .arg(left));
    }
    return m_error.isEmpty();
}

void Exchange::send(int index)
{
    Client &client = m_clients[index];
    --client.chunksLeft;
    if (client.socket.write(chunk(index), m_workload.chunkSize) != m_workload.chunkSize)
        fail(QStringLiteral("connection %1: write: %2")
                     .arg(index)
                     .arg(client.socket.errorString()));
}

void Exchange::receive(int index)
{
    Client &client = m_clients[index];
    const QByteArray bytes = client.socket.readAll();
    if (client.bytesReceived + bytes.size() > m_workload.chunkSize) {
        fail(QStringLiteral("connection %1: more bytes came back than were sent").arg(index));
        return;
    }
    if (std::memcmp(chunk(index) + client.bytesReceived, bytes.constData(), size_t(bytes.size()))
        != 0) {
        fail(QStringLiteral("connection %1: other bytes came back than were sent").arg(index));
        return;
    }
    client.bytesReceived += bytes.size();
    if (client.bytesReceived < m_workload.chunkSize)
        return;

    client.bytesReceived = 0;
    ++client.chunksReceived;
    ++m_chunksInAll;
    if (mayStartAnother(client))
        send(index);
    else if (--m_active == 0)
        m_loop.quit();
}

/// The chunk that is under way on this connection.
const char *Exchange::chunk(int index) const
{
    return m_pattern.constData() + (index + m_clients[index].chunksReceived) % PatternWindows;
}

bool Exchange::mayStartAnother(const Client &client) const
{
    if (m_workload.kind == Workload::PingPong)
        return client.chunksLeft > 0;
    return m_clock.nsecsElapsed() < m_nsecsToRun;
}

bool Exchange::waitForLoop()
{
    if (m_error.isEmpty())
        m_loop.exec();
    return m_error.isEmpty();
}

void Exchange::fail(const QString &what)
{
    if (m_error.isEmpty())
        m_error = m_workload.name() + QStringLiteral(": ") + what;
    m_loop.quit();
}
