// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "exchange.h"

#include <algorithm>

Exchange::Exchange(const Workload &workload, const QString &serverName, int timeoutSeconds)
    : Run(workload, serverName, timeoutSeconds)
{ }

bool Exchange::measure(const Amount &amount)
{
    if (!connectMany(m_workload.connections, ByWaiting, [this] { return connectClient(); }))
        return false;
    if (amount.warmUp) {
        Amount tenth = amount;
        tenth.count = std::max<qint64>(amount.count / 10, m_workload.connections);
        tenth.seconds = amount.seconds / 10;
        if (!bounce(tenth))
            return false;
    }
    return bounce(amount) && compareWithServer();
}

QString Exchange::progress() const
{
    return QStringLiteral(", %1 still busy").arg(m_active);
}

bool Exchange::connectClient()
{
    const int index = int(m_clients.size());
    QLocalSocket &socket = m_clients.emplace_back().socket;
    connect(&socket, &QLocalSocket::readyRead, this, [this, index] { receive(index); });
    return connectToServer(&socket);
}

bool Exchange::bounce(const Amount &amount)
{
    const int connections = int(m_clients.size());
    const qint64 before = m_chunksInAll;
    m_nsecsToRun = qint64(amount.seconds * 1e9);
    m_active = 0;
    m_clock.start();
    for (int index = 0; index < connections; ++index) {
        Client &client = m_clients[index];
        client.chunksLeft = amount.count / connections + (index < amount.count % connections);
        if (mayStartAnother(client)) {
            ++m_active;
            send(index);
        }
    }
    if (m_active > 0 && !waitInLoop())
        return false;
    const double seconds = double(m_clock.nsecsElapsed()) / 1e9;
    m_result.count = m_chunksInAll - before;
    m_result.value = m_workload.kind == Workload::DataExchange
            ? double(m_result.count * m_workload.size) / 1e6 / seconds
            : double(m_result.count) / seconds;
    return true;
}

bool Exchange::compareWithServer()
{
    qint64 echoed = 0;
    callServer([&] { echoed = server()->bytesEchoed(); });
    const qint64 received = m_chunksInAll * m_workload.size;
    if (echoed != received)
        return fail(QStringLiteral("the server echoed %1 bytes, the clients received %2")
                            .arg(echoed)
                            .arg(received));
    const auto unread = [](const Client &client) { return client.socket.bytesAvailable() != 0; };
    if (std::any_of(m_clients.cbegin(), m_clients.cend(), unread))
        return fail(QStringLiteral("more bytes came back than were sent"));
    return true;
}

void Exchange::send(int index)
{
    Client &client = m_clients[index];
    --client.chunksLeft;
    if (client.socket.write(m_pattern.at(chunk(index)), m_workload.size) != m_workload.size)
        fail(QStringLiteral("connection %1: write: %2")
                     .arg(index)
                     .arg(client.socket.errorString()));
}

void Exchange::receive(int index)
{
    Client &client = m_clients[index];
    const QByteArray bytes = client.socket.readAll();
    if (client.bytesReceived + bytes.size() > m_workload.size) {
        fail(QStringLiteral("connection %1: more bytes came back than were sent").arg(index));
        return;
    }
    if (!m_pattern.matches(chunk(index) + client.bytesReceived, bytes.constData(), bytes.size())) {
        fail(QStringLiteral("connection %1: the bytes that came back differ from those sent")
                     .arg(index));
        return;
    }
    client.bytesReceived += bytes.size();
    if (client.bytesReceived < m_workload.size)
        return;

    client.bytesReceived = 0;
    ++client.chunksReceived;
    ++m_chunksInAll;
    if (mayStartAnother(client))
        send(index);
    else if (--m_active == 0)
        leaveLoop();
}

/// Where in the pattern the current chunk of this connection begins.
qint64 Exchange::chunk(int index) const
{
    return index + m_clients[index].chunksReceived;
}

bool Exchange::mayStartAnother(const Client &client) const
{
    if (m_workload.kind == Workload::DataExchange)
        return m_clock.nsecsElapsed() < m_nsecsToRun;
    return client.chunksLeft > 0;
}
