// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The roles of soak processes.

#ifndef QLOCAL_TESTS_SOAK_ROLES_H
#define QLOCAL_TESTS_SOAK_ROLES_H

#include <QtCore/QString>

/// Serves this name until standard input ends, and occasionally stops listening for a moment.
int runServer(const QString &name);

/// Runs this many clients until standard input ends.
int runClients(const QString &steady, const QString &fragile, int count);

/// Starts and kills all others for this long; returns 1 if bytes were lost or anything grows.
int runWatch(int seconds, int clients);

#endif // QLOCAL_TESTS_SOAK_ROLES_H
