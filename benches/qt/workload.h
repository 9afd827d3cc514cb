// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The rows of the main job: what each does, what it is called, and what a run of it found.

#ifndef QLOCAL_BENCHES_WORKLOAD_H
#define QLOCAL_BENCHES_WORKLOAD_H

#include <QtCore/QList>
#include <QtCore/QString>

#include <optional>

/// `connections` connections bounce chunks of `chunkSize` bytes, all at once.
///
/// A ping-pong is the case of one byte, and counts round trips; a data exchange counts bytes.
struct Workload
{
    enum Kind { PingPong, DataExchange };

    Kind kind;
    int connections;
    qint64 chunkSize;

    QString name() const;
    QString unit() const;

    static QList<Workload> all();
    static std::optional<Workload> fromName(const QString &name);
};

/// How much a run does.
struct Amount
{
    /// Round trips of a ping-pong, over all its connections.
    qint64 roundTrips = 100000;
    /// How long a data exchange starts new chunks.
    double seconds = 1;
    /// Whether a tenth of it is done first, untimed.
    bool warmUp = true;
};

/// What the timed part of a run did.
struct Result
{
    qint64 roundTrips = 0;
    /// Bytes that came back to the clients.
    qint64 bytes = 0;
    double seconds = 0;
    double connectSeconds = 0;

    double value(Workload::Kind kind) const;
};

#endif // QLOCAL_BENCHES_WORKLOAD_H
