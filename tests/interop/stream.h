// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Streams of bytes that client and service of the tests of pairings write, read and compare.

#ifndef QLOCAL_TESTS_STREAM_H
#define QLOCAL_TESTS_STREAM_H

#include "side.h"

#include <QtCore/QByteArray>

#include <functional>

class QLocalSocket;

namespace interop {

/// The first `size` bytes of a stream in which a lost, doubled or swapped block shows; each number has another stream.
QByteArray bytesOf(quint32 number, qsizetype size);

/// Writes the stream 0 as asked for; the first writes happen in this call.
void writeStream(QLocalSocket *socket, const OneWay &oneWay);

/// Reads the stream 0 and calls `done` with whether each byte was the right one.
void readStream(QLocalSocket *socket, const OneWay &oneWay, std::function<void(bool)> done);

} // namespace interop

#endif // QLOCAL_TESTS_STREAM_H
