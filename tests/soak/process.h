// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A process of the soak, as seen by the watching process.

#ifndef QLOCAL_TESTS_SOAK_PROCESS_H
#define QLOCAL_TESTS_SOAK_PROCESS_H

#include "counts.h"

#include <QtCore/QProcess>
#include <QtCore/QStringList>

class Process
{
public:
    explicit Process(const QStringList &arguments);

    void start();
    /// Kills it as kill -9 does, and starts it again.
    void killAndRestart();
    /// Lets it end by itself.
    void stop();

    /// The counters of it and its predecessors.
    Counts counts();
    /// Its last report.
    const Counts &last() const { return m_last; }
    /// It ended without being asked to.
    bool hasDied() const { return m_isWanted && m_process.state() == QProcess::NotRunning; }
    void listen();

private:
    QStringList m_arguments;
    QProcess m_process;
    Counts m_before;
    Counts m_last;
    bool m_isWanted = false;
};

#endif // QLOCAL_TESTS_SOAK_PROCESS_H
