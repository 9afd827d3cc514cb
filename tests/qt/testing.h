// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Shared by all Qt tests of this project: unique names, and a watchdog.

#ifndef QLOCAL_TESTS_TESTING_H
#define QLOCAL_TESTS_TESTING_H

#include <QtCore/QCoreApplication>
#include <QtCore/QString>
#include <QtCore/QUuid>

#include <csignal>
#include <unistd.h>

namespace testing {

/// A server name that no other process and no other test of this process uses.
inline QString uniqueName(const char *what = "test")
{
    return QStringLiteral("qlocal-%1-%2-%3")
            .arg(QLatin1String(what))
            .arg(QCoreApplication::applicationPid())
            .arg(QUuid::createUuid().toString(QUuid::Id128).left(8));
}

/// Kills the process if a test function is still running after `seconds`.
///
/// alarm(2) works without an event loop and inside a blocking call, so a hang anywhere ends the run.
class Watchdog
{
public:
    explicit Watchdog(unsigned seconds = 60) { ::alarm(seconds); }
    ~Watchdog() { ::alarm(0); }
    Watchdog(const Watchdog &) = delete;
    Watchdog &operator=(const Watchdog &) = delete;
};

} // namespace testing

#endif // QLOCAL_TESTS_TESTING_H
