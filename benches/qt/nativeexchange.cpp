// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "nativeexchange.h"

namespace {

/// Different ones, so that a lost or repeated chunk is detected.
constexpr int Messages = 3;

} // namespace

NativeExchange::NativeExchange(const Workload &workload, const QString &serverName,
                               int timeoutSeconds)
    : Run(workload, serverName, timeoutSeconds, Server::EchoChunks)
{
    for (int message = 0; message < Messages; ++message)
        m_messages.emplace_back(m_pattern.at(message), m_workload.size);
}

bool NativeExchange::measure(const Amount &amount)
{
    if (!connectMany(m_workload.connections, ByWaiting, [this] { return connectClient(); }))
        return false;
    if (amount.warmUp && !bounce(amount.seconds / 10))
        return false;
    if (!bounce(amount.seconds))
        return false;
    qint64 echoed = 0;
    callServer([&] { echoed = server()->bytesEchoed(); });
    return echoed == m_chunksInAll * m_workload.size
            || fail(QStringLiteral("the server echoed %1 bytes").arg(echoed));
}

bool NativeExchange::connectClient()
{
    const int index = int(m_clients.size());
    qlocal::Socket &socket = m_clients.emplace_back().socket;
    socket.setPrivateNames(false);
    connect(&socket, &QLocalSocket::readyRead, this, [this, index] { receive(index); });
    return connectToServer(&socket);
}

bool NativeExchange::bounce(double seconds)
{
    const qint64 before = m_chunksInAll;
    m_nsecsToRun = qint64(seconds * 1e9);
    m_active = int(m_clients.size());
    m_clock.start();
    for (int index = 0; index < m_active; ++index)
        send(index);
    if (!waitInLoop())
        return false;
    const double took = double(m_clock.nsecsElapsed()) / 1e9;
    m_result.count = m_chunksInAll - before;
    m_result.value = double(m_result.count * m_workload.size) / 1e6 / took;
    return true;
}

void NativeExchange::send(int index)
{
    qlocal::Socket &socket = m_clients[index].socket;
    if (socket.write(QByteArray(m_messages[message(index)])) != m_workload.size)
        fail(QStringLiteral("connection %1: write: %2").arg(index).arg(socket.errorString()));
}

void NativeExchange::receive(int index)
{
    Client &client = m_clients[index];
    {
        const qlocal::Chunk chunk = client.socket.readChunk();
        if (client.bytesReceived + chunk.size() > m_workload.size
            || !m_pattern.matches(message(index) + client.bytesReceived, chunk.data(),
                                  chunk.size())) {
            fail(QStringLiteral("connection %1: other bytes came back than were sent").arg(index));
            return;
        }
        client.bytesReceived += chunk.size();
    }
    if (client.bytesReceived < m_workload.size)
        return;

    client.bytesReceived = 0;
    ++client.chunksReceived;
    ++m_chunksInAll;
    if (m_clock.nsecsElapsed() < m_nsecsToRun)
        send(index);
    else if (--m_active == 0)
        leaveLoop();
}

/// The current message of this connection.
int NativeExchange::message(int index) const
{
    return int((index + m_clients[index].chunksReceived) % Messages);
}
