// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// What a process of the soak can be.

#ifndef QLOCAL_TESTS_SOAK_ROLES_H
#define QLOCAL_TESTS_SOAK_ROLES_H

#include <QtCore/QString>

/// Serves under this name until standard input ends, and stops to listen now and then for a moment.
int runServer(const QString &name);

/// Runs so many clients until standard input ends.
int runClients(const QString &steady, const QString &fragile, int count);

/// Starts and kills all others for so long; 1 when bytes were lost or anything grows.
int runWatch(int seconds, int clients);

#endif // QLOCAL_TESTS_SOAK_ROLES_H
