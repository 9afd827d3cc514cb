// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "workload.h"

QString Workload::name() const
{
    if (kind == PingPong)
        return QStringLiteral("ping-pong %1").arg(connections);
    return QStringLiteral("data exchange %1 x %2").arg(connections).arg(chunkSize);
}

QString Workload::unit() const
{
    return kind == PingPong ? QStringLiteral("round trips/s") : QStringLiteral("MB/s");
}

QList<Workload> Workload::all()
{
    QList<Workload> workloads;
    for (int connections : { 10, 50, 100, 1000, 5000 })
        workloads.append({ PingPong, connections, 1 });
    for (int connections : { 1, 5, 10 }) {
        for (qint64 chunkSize : { 100, 1000, 10000, 100000 })
            workloads.append({ DataExchange, connections, chunkSize });
    }
    return workloads;
}

std::optional<Workload> Workload::fromName(const QString &name)
{
    for (const Workload &workload : all()) {
        if (workload.name() == name)
            return workload;
    }
    return std::nullopt;
}

double Result::value(Workload::Kind kind) const
{
    if (kind == Workload::PingPong)
        return double(roundTrips) / seconds;
    return double(bytes) / 1e6 / seconds;
}
