// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The second process of a script, as seen by the first. They take turns: one waits while the other
// handles a request, so that their common trace has one order.

#ifndef QLOCAL_TESTS_DIFFERENTIAL_PROCESS_H
#define QLOCAL_TESTS_DIFFERENTIAL_PROCESS_H

#include <QtCore/QByteArray>

#include <functional>
#include <sys/types.h>

class Process
{
public:
    /// Limits the time of the current process, which has just started.
    static void startWatchdog();

    /// Handles a request in the second process; returns whether anything has happened.
    using Play = std::function<bool(const QByteArray &)>;

    bool isRunning() const { return m_process > 0; }

    /// Continues in a copy of this process, which only plays and never returns.
    void fork(const Play &play);

    /// Starts this program again with these arguments and the number of a descriptor for serve().
    void exec(QList<QByteArray> arguments);

    /// Plays requests received through this descriptor, until asked to leave.
    [[noreturn]] static void serve(int descriptor, const Play &play);

    /// Sends a request. If the process dies of it, this one dies the same way.
    bool ask(const QByteArray &request);

    /// Ends it: through exit(), or at once.
    void leave(bool atOnce);

private:
    /// Forks; the result is the descriptor to serve in the new process, or -1 in this one.
    int split();
    void dieAlike();

    pid_t m_process = 0;
    int m_descriptor = -1;
};

#endif // QLOCAL_TESTS_DIFFERENTIAL_PROCESS_H
