// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A run's workload and its result.

#ifndef QLOCAL_BENCHES_GLIB_WORKLOAD_H
#define QLOCAL_BENCHES_GLIB_WORKLOAD_H

#include <chrono>
#include <optional>
#include <string>
#include <vector>

using Clock = std::chrono::steady_clock;

struct Workload
{
    enum Kind {
        PingPong,
        DataExchange,
        OneWaySmall,
        OneWayLarge,
        SlowReader,
        IdleCrowd,
        Storm,
        Held,
        Weight,
        LatencyAlone,
        BusyPoll,
    };

    Kind kind = PingPong;
    /// Concurrently open connections; for an idle crowd, the idle ones.
    long connections = 1;
    /// Of a chunk or of one write.
    long size = 1;
    /// Round trips, writes or timed connections, whichever the workload counts.
    long count = 0;
    /// How long a data exchange or an idle crowd starts new round trips.
    double seconds = 1;
    bool warmUp = true;

    /// The workload of this name in its full form.
    static std::optional<Workload> fromName(const std::string &name);

    /// The untimed tenth that precedes the timed part.
    Workload tenth() const;
    bool measuresLatency() const { return kind == IdleCrowd || kind == LatencyAlone; }
    bool isOneWay() const { return kind >= OneWaySmall && kind <= SlowReader; }
};

/// In the unit of the workload.
struct Outcome
{
    double value = 0;
    std::optional<double> p99;
    long count = 0;

    /// Median and 99th percentile, in microseconds.
    static Outcome ofLatencies(std::vector<Clock::duration> latencies);
};

double secondsSince(Clock::time_point start);

#endif // QLOCAL_BENCHES_GLIB_WORKLOAD_H
