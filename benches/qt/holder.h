// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A second process that holds the client ends of many connections.

#ifndef QLOCAL_BENCHES_HOLDER_H
#define QLOCAL_BENCHES_HOLDER_H

/// The body of the second process: waits for a line on standard input, connects `count` times to the socket at `path`,
/// waits for another line, and bounces a byte over each connection. Returns the exit code.
int holdConnections(const char *path, int count);

#endif // QLOCAL_BENCHES_HOLDER_H
