// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "workload.h"

namespace {

constexpr qint64 LargeWrite = 64 * 1024;

} // namespace

QList<Workload> Workload::all()
{
    QList<Workload> workloads;
    for (int connections : { 10, 50, 100, 1000, 5000 })
        workloads.append(
                { QStringLiteral("ping-pong %1").arg(connections), PingPong, connections, 1 });
    for (int connections : { 1, 5, 10 }) {
        for (qint64 size : { 100, 1000, 10000, 100000 })
            workloads.append({ QStringLiteral("data exchange %1 x %2").arg(connections).arg(size),
                               DataExchange, connections, size });
    }
#ifdef QLOCAL_DROPIN
    for (int connections : { 1, 5, 10 })
        workloads.append({ QStringLiteral("native exchange %1 x 100000").arg(connections),
                           NativeExchange, connections, 100'000 });
#endif
    for (qint64 size : { 16, 64, 512 })
        workloads.append({ QStringLiteral("one way small %1").arg(size), OneWaySmall, 1, size });
    workloads.append({ QStringLiteral("one way large"), OneWayLarge, 1, LargeWrite });
    workloads.append({ QStringLiteral("one way slow reader"), SlowReader, 1, LargeWrite });
    for (int connections : { 0, 100, 1000, 5000, 9000 })
        workloads.append(
                { QStringLiteral("idle crowd %1").arg(connections), IdleCrowd, connections, 1 });
    workloads.append({ QStringLiteral("storm"), Storm, 1, 1 });
    workloads.append({ QStringLiteral("held 9000"), Held, 9000, 1 });
    workloads.append({ QStringLiteral("weight"), Weight, 9000, 1 });
    workloads.append({ QStringLiteral("latency alone"), LatencyAlone, 1, 64 });
    workloads.append({ QStringLiteral("latency alone busy-poll"), BusyPoll, 1, 64 });
    return workloads;
}

std::optional<Workload> Workload::fromName(const QString &name)
{
    for (const Workload &workload : all()) {
        if (workload.name == name)
            return workload;
    }
    return std::nullopt;
}

qint64 Workload::usualCount() const
{
    switch (kind) {
    case PingPong: return 100'000;
    case OneWaySmall: return 1'000'000;
    case OneWayLarge:
    case SlowReader: return (qint64(4) << 30) / LargeWrite;
    case Storm:
    case LatencyAlone:
    case BusyPoll: return 10'000;
    case Held:
    case Weight: return connections;
    case DataExchange:
    case NativeExchange:
    case IdleCrowd: break;
    }
    return 0;
}
