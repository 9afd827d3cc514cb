// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The server, a process of its own, which may be killed at any moment.

#ifndef QLOCAL_TESTS_RECONNECT_SERVER_H
#define QLOCAL_TESTS_RECONNECT_SERVER_H

class QString;

/// Answers each message with itself, after it has written its head to the standard output. Ends with the standard input.
int runServer(const QString &path);

#endif // QLOCAL_TESTS_RECONNECT_SERVER_H
