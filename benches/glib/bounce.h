// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_GLIB_BOUNCE_H
#define QLOCAL_BENCHES_GLIB_BOUNCE_H

#include "server.h"

/// Clients that bounce chunks, all at once.
class Clients
{
public:
    Clients(const Workload &workload, Server &server);

    /// Returns when the server has accepted all of them.
    void connect(long connections, Server::Accepting accepting);

    /// Returns how many chunks went there and back.
    long bounce(const Workload &workload);

    /// Of each chunk of the last round.
    const std::vector<Clock::duration> &latencies() const { return m_latencies; }

private:
    struct Client
    {
        std::unique_ptr<Connection> connection;
        /// Where in the pattern the current chunk begins.
        long chunk = 0;
        long received = 0;
        long chunksLeft = 0;
        Clock::time_point started;
    };

    void start(Client &client);
    void receive(std::size_t number);
    bool mayStartAnother(const Client &client) const;

    const Workload m_workload;
    Server &m_server;
    const Pattern m_pattern;
    std::vector<Client> m_clients;
    GMainLoop *m_loop = g_main_loop_new(nullptr, FALSE);
    Clock::time_point m_end;
    long m_active = 0;
    long m_chunks = 0;
    std::vector<Clock::duration> m_latencies;
};

/// Ping-pong, data exchange, idle crowd, latency.
Outcome runBounce(const Workload &workload, Server &server);

#endif // QLOCAL_BENCHES_GLIB_BOUNCE_H
