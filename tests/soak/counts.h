// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The counters of a process, as one line of text for the watching process.

#ifndef QLOCAL_TESTS_SOAK_COUNTS_H
#define QLOCAL_TESTS_SOAK_COUNTS_H

#include <QtCore/QByteArray>

#include <atomic>

struct Counts
{
    qint64 connections = 0;
    qint64 messages = 0;
    qint64 bytes = 0;
    /// Messages with a wrong hash, or out of order.
    qint64 wrong = 0;
    /// Connections that ended before expected messages.
    qint64 lost = 0;
    qint64 descriptors = 0;
    qint64 kibibytes = 0;

    /// Adds the counters that only grow.
    void add(const Counts &other);

    QByteArray toLine() const;
    static Counts fromLine(const QByteArray &line);
};

/// The counters of this process's threads.
struct Counters
{
    std::atomic<qint64> connections = 0;
    std::atomic<qint64> messages = 0;
    std::atomic<qint64> bytes = 0;
    std::atomic<qint64> wrong = 0;
    std::atomic<qint64> lost = 0;

    /// The counters, with the process's open descriptors and memory.
    Counts now() const;
};

extern Counters counters;

/// Prints a line now and every second.
void startReporting();

#endif // QLOCAL_TESTS_SOAK_COUNTS_H
