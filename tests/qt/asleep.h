// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Waits for another thread to block in the kernel.

#ifndef QLOCAL_TESTS_ASLEEP_H
#define QLOCAL_TESTS_ASLEEP_H

#include <QtCore/QByteArray>
#include <QtCore/QFile>
#include <QtCore/QList>
#include <QtCore/QThread>

#include <sys/types.h>
#include <unistd.h>

namespace testing {

/// The kernel's id of the calling thread.
inline pid_t threadId()
{
    return ::gettid();
}

/// Returns once the thread with that id sleeps or has ended, or has used three ticks of processor
/// time meanwhile: stock Qt polls a full backlog without sleeping.
inline void waitUntilAsleep(pid_t thread)
{
    const QString path = QStringLiteral("/proc/self/task/%1/stat").arg(thread);
    qint64 ticksBefore = -1;
    for (;;) {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            return;
        // The fields of proc(5) after the program name, which is in parentheses.
        const QByteArray stat = file.readAll();
        const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
        const qint64 ticks = fields.value(11).toLongLong() + fields.value(12).toLongLong();
        if (ticksBefore < 0)
            ticksBefore = ticks;
        if (fields.first() == "S" || ticks - ticksBefore >= 3)
            return;
        QThread::yieldCurrentThread();
    }
}

} // namespace testing

#endif // QLOCAL_TESTS_ASLEEP_H
