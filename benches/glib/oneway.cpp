// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "oneway.h"

#include "../qt/memory.h"

#include <algorithm>

namespace {

constexpr long SmallWritesPerTurn = 128;

class Writer
{
public:
    explicit Writer(Server &server)
        : m_server(server), m_connection(std::move(server.connect(1, Server::ByWaiting).front()))
    { }

    /// Returns when all of it is received.
    void write(const Workload &workload)
    {
        // Small pieces are sent together, as elsewhere once per event-loop turn.
        const long perTurn = workload.kind == Workload::OneWaySmall ? SmallWritesPerTurn : 1;
        for (long number = 1; number <= workload.count; ++number) {
            const char *piece = m_pattern.at(m_position);
            m_gathered.insert(m_gathered.end(), piece, piece + workload.size);
            m_position += workload.size;
            if (number % perTurn != 0 && number != workload.count)
                continue;
            m_connection->write(m_gathered.data(), m_gathered.size());
            m_gathered.clear();
            g_main_context_iteration(nullptr, FALSE);
            while (!m_connection->isSent())
                g_main_context_iteration(nullptr, TRUE);
        }
        m_server.awaitReceived(m_position);
    }

private:
    Server &m_server;
    const Pattern m_pattern;
    std::unique_ptr<Connection> m_connection;
    std::vector<char> m_gathered;
    long m_position = 0;
};

} // namespace

Outcome runOneWay(const Workload &workload, Server &server)
{
    Writer writer(server);
    const bool isSlow = workload.kind == Workload::SlowReader;
    if (workload.warmUp && !isSlow)
        writer.write(workload.tenth());
    resetPeakResidentMemory();
    const long before = residentMemory();
    const Clock::time_point start = Clock::now();
    writer.write(workload);
    const double seconds = secondsSince(start);
    if (isSlow)
        return { double(std::max(peakResidentMemory() - before, 0L)) / 1024 / 1024, std::nullopt,
                 workload.count };
    return { double(workload.count * workload.size) / 1e6 / seconds, std::nullopt, workload.count };
}
