// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "bounce.h"

Clients::Clients(const Workload &workload, Server &server) : m_workload(workload), m_server(server)
{
    m_clients.reserve(std::size_t(workload.connections));
}

void Clients::connect(long connections, Server::Accepting accepting)
{
    for (std::unique_ptr<Connection> &connection : m_server.connect(connections, accepting)) {
        const std::size_t number = m_clients.size();
        connection->onReadable([this, number] { receive(number); });
        Client &client = m_clients.emplace_back();
        client.connection = std::move(connection);
        client.chunk = long(number);
    }
}

long Clients::bounce(const Workload &workload)
{
    const long connections = long(m_clients.size());
    m_latencies.clear();
    m_chunks = 0;
    m_active = 0;
    m_end = Clock::now()
            + std::chrono::duration_cast<Clock::duration>(
                    std::chrono::duration<double>(workload.seconds));
    for (long number = 0; number < connections; ++number) {
        Client &client = m_clients[std::size_t(number)];
        client.chunksLeft = workload.count / connections + (number < workload.count % connections);
        if (mayStartAnother(client)) {
            ++m_active;
            start(client);
        }
    }
    if (m_active > 0)
        g_main_loop_run(m_loop);
    return m_chunks;
}

void Clients::start(Client &client)
{
    --client.chunksLeft;
    if (m_workload.measuresLatency())
        client.started = Clock::now();
    client.connection->write(m_pattern.at(client.chunk), gsize(m_workload.size));
}

void Clients::receive(std::size_t number)
{
    Client &client = m_clients[number];
    const gssize size = client.connection->read();
    if (size == 0 || client.received + size > m_workload.size)
        fail("the number of bytes that came back differs from the number sent");
    if (size < 0)
        return;
    if (!m_pattern.matches(client.chunk + client.received, Connection::bytes(), size))
        fail("the bytes that came back differ from those sent");
    client.received += size;
    if (client.received < m_workload.size)
        return;

    client.received = 0;
    ++client.chunk;
    ++m_chunks;
    if (m_workload.measuresLatency())
        m_latencies.push_back(Clock::now() - client.started);
    if (mayStartAnother(client))
        start(client);
    else if (--m_active == 0)
        g_main_loop_quit(m_loop);
}

bool Clients::mayStartAnother(const Client &client) const
{
    if (m_workload.kind == Workload::DataExchange || m_workload.kind == Workload::IdleCrowd)
        return Clock::now() < m_end;
    return client.chunksLeft > 0;
}

Outcome runBounce(const Workload &workload, Server &server)
{
    Clients clients(workload, server);
    const bool isCrowd = workload.kind == Workload::IdleCrowd;
    clients.connect(isCrowd ? 1 : workload.connections, Server::ByWaiting);
    std::vector<std::unique_ptr<Connection>> idle = server.connect(isCrowd ? workload.connections
                                                                           : 0,
                                                                   Server::ByWaiting);
    // Idle connections are polled as well, like idle Qt sockets.
    for (std::unique_ptr<Connection> &connection : idle)
        connection->onReadable([] { fail("an idle connection became readable"); });
    if (workload.warmUp)
        clients.bounce(workload.tenth());

    const Clock::time_point start = Clock::now();
    const long chunks = clients.bounce(workload);
    const double seconds = secondsSince(start);
    if (workload.measuresLatency())
        return Outcome::ofLatencies(clients.latencies());
    const double amount = workload.kind == Workload::DataExchange
            ? double(chunks * workload.size) / 1e6
            : double(chunks);
    return { amount / seconds, std::nullopt, chunks };
}
