// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The workloads: their names, how much a run does, and its result.

#ifndef QLOCAL_BENCHES_WORKLOAD_H
#define QLOCAL_BENCHES_WORKLOAD_H

#include <QtCore/QList>
#include <QtCore/QString>

#include <optional>

struct Workload
{
    enum Kind {
        PingPong,
        DataExchange,
        /// Not in stock Qt.
        NativeExchange,
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

    QString name;
    Kind kind = PingPong;
    /// Concurrently open connections; for an idle crowd, the idle ones.
    int connections = 1;
    /// Of a chunk or of one write.
    qint64 size = 1;

    /// How much the full form does; zero if limited by time.
    qint64 usualCount() const;

    static QList<Workload> all();
    static std::optional<Workload> fromName(const QString &name);
};

/// How much a run does.
struct Amount
{
    /// Round trips, writes or connections, whichever the workload counts.
    qint64 count = 0;
    /// How long a data exchange or an idle crowd starts new round trips.
    double seconds = 1;
    /// Whether a tenth of it is done first, untimed.
    bool warmUp = true;
    /// Whether threads poll before they go to sleep. Stock Qt never does.
    bool lingers = true;
};

/// The result of the timed part of a run.
struct Result
{
    /// In the unit of the workload: round trips/s, MB/s, connections/s, us, bytes, MiB.
    double value = 0;
    /// Of latencies, whose value is the median.
    std::optional<double> p99;
    /// How much was done of the amount requested by Amount::count or Amount::seconds.
    qint64 count = 0;
};

#endif // QLOCAL_BENCHES_WORKLOAD_H
