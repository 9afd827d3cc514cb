// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Watches the processes of the soak, and reports.

#ifndef QLOCAL_TESTS_SOAK_WATCH_H
#define QLOCAL_TESTS_SOAK_WATCH_H

#include "process.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QList>
#include <QtCore/QTimer>

#include <memory>
#include <vector>

class Watch : public QObject
{
    Q_OBJECT

public:
    Watch(int seconds, int clients);

    /// Runs the soak; returns whether nothing was wrong.
    bool run();

private:
    void tick();
    void disturb();
    void print(const char *what);
    /// Checks the servers, once all clients are gone.
    bool isBackToStart();
    bool hasGrown() const;
    void fail(const QString &why);
    Counts total();

    Process &steady() { return *m_processes[0]; }
    Process &fragile() { return *m_processes[1]; }

    int m_seconds;
    QElapsedTimer m_time;
    std::vector<std::unique_ptr<Process>> m_processes;
    /// What the steady server had open before any client connected.
    qint64 m_descriptorsAtStart = 0;
    QList<qint64> m_memory;
    int m_ticks = 0;
    int m_kills = 0;
    bool m_isFine = true;
};

#endif // QLOCAL_TESTS_SOAK_WATCH_H
