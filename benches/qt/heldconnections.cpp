// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "heldconnections.h"

#include <algorithm>

bool HeldConnections::measure(const Amount &amount)
{
    constexpr int Parts = 10;
    const int timed = std::clamp(int(amount.count), 1, m_workload.connections);
    const int untimed = m_workload.connections - timed;
    const auto connectOne = [this] { return connectClient(); };
    const auto share = [](int connections, int part) {
        return connections * (part + 1) / Parts - connections * part / Parts;
    };

    qint64 nsecs = 0;
    for (int part = 0; part < Parts; ++part) {
        QElapsedTimer clock;
        clock.start();
        if (!connectMany(share(timed, part), InEventLoop, connectOne))
            return false;
        nsecs += clock.nsecsElapsed();
        if (!connectMany(share(untimed, part), ByWaiting, connectOne))
            return false;
    }

    Amount oneEach;
    oneEach.count = m_workload.connections;
    if (!bounce(oneEach) || !compareWithServer())
        return false;
    m_result.value = double(nsecs) / 1e3 / timed;
    m_result.count = timed;
    return true;
}
