// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Byte streams that clients and services of the pairing tests write, read and compare.

#ifndef QLOCAL_TESTS_STREAM_H
#define QLOCAL_TESTS_STREAM_H

#include "side.h"

#include <QtCore/QByteArray>

#include <functional>

class QLocalSocket;

namespace interop {

/// The first `size` bytes of a stream in which a lost, repeated or swapped block is detected; each
/// number has a different stream.
QByteArray bytesOf(quint32 number, qsizetype size);

/// Writes stream 0 as requested; the first writes happen in this call.
void writeStream(QLocalSocket *socket, const OneWay &oneWay);

/// Reads stream 0 and calls `done` with whether every byte was correct.
void readStream(QLocalSocket *socket, const OneWay &oneWay, std::function<void(bool)> done);

} // namespace interop

#endif // QLOCAL_TESTS_STREAM_H
