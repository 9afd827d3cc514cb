// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The second process of a script, as the first one sees it. They take turns: one waits while the
// other does what it was asked for, so that the trace of both has one order.

#ifndef QLOCAL_TESTS_DIFFERENTIAL_PROCESS_H
#define QLOCAL_TESTS_DIFFERENTIAL_PROCESS_H

#include <QtCore/QByteArray>

#include <functional>
#include <sys/types.h>

class Process
{
public:
    /// Limits the time of the present process, which has just begun.
    static void startWatchdog();

    /// What the second process does with a request; the answer is whether anything has happened.
    using Play = std::function<bool(const QByteArray &)>;

    bool isRunning() const { return m_process > 0; }

    /// Continues in a copy of this process, which does nothing but to play and never returns.
    void fork(const Play &play);

    /// Starts this program again with these arguments and the number of a descriptor for serve().
    void exec(QList<QByteArray> arguments);

    /// Plays what is asked for through this descriptor, until it is told to leave.
    [[noreturn]] static void serve(int descriptor, const Play &play);

    /// Has a request played. When the process dies of it, this one dies the same way.
    bool ask(const QByteArray &request);

    /// Lets it leave: through exit(), or at once.
    void leave(bool atOnce);

private:
    /// Forks; the result is the descriptor to serve in the new process, or -1 in this one.
    int split();
    void dieAlike();

    pid_t m_process = 0;
    int m_descriptor = -1;
};

#endif // QLOCAL_TESTS_DIFFERENTIAL_PROCESS_H
