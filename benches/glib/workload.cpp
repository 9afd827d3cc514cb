// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "workload.h"

#include <algorithm>
#include <cstdio>

std::optional<Workload> Workload::fromName(const std::string &name)
{
    constexpr long LargeWrite = 64 * 1024;
    constexpr long LargeWrites = (4L << 30) / LargeWrite;
    const char *text = name.c_str();
    long number = 0;
    long size = 0;
    if (std::sscanf(text, "ping-pong %ld", &number) == 1)
        return Workload { PingPong, number, 1, 100'000 };
    if (std::sscanf(text, "data exchange %ld x %ld", &number, &size) == 2)
        return Workload { DataExchange, number, size };
    if (std::sscanf(text, "one way small %ld", &size) == 1)
        return Workload { OneWaySmall, 1, size, 1'000'000 };
    if (std::sscanf(text, "idle crowd %ld", &number) == 1)
        return Workload { IdleCrowd, number };
    if (name == "one way large")
        return Workload { OneWayLarge, 1, LargeWrite, LargeWrites };
    if (name == "one way slow reader")
        return Workload { SlowReader, 1, LargeWrite, LargeWrites };
    if (name == "storm")
        return Workload { Storm, 1, 1, 10'000 };
    if (name == "held 9000")
        return Workload { Held, 9000, 1, 9000 };
    if (name == "weight")
        return Workload { Weight, 9000, 1, 9000 };
    if (name == "latency alone")
        return Workload { LatencyAlone, 1, 64, 10'000 };
    if (name == "latency alone busy-poll")
        return Workload { BusyPoll, 1, 64, 10'000 };
    return std::nullopt;
}

Workload Workload::tenth() const
{
    Workload tenth = *this;
    tenth.count = std::max(count / 10, kind == PingPong ? connections : 1);
    tenth.seconds = seconds / 10;
    return tenth;
}

Outcome Outcome::ofLatencies(std::vector<Clock::duration> latencies)
{
    std::sort(latencies.begin(), latencies.end());
    const auto percentile = [&](std::size_t percent) {
        return std::chrono::duration<double, std::micro>(
                       latencies[(latencies.size() - 1) * percent / 100])
                .count();
    };
    return { percentile(50), percentile(99), long(latencies.size()) };
}

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}
