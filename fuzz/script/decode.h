// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Turns any bytes into a script.

#ifndef QLOCAL_FUZZ_SCRIPT_DECODE_H
#define QLOCAL_FUZZ_SCRIPT_DECODE_H

#include <QtCore/QByteArray>
#include <QtCore/QList>

/// The steps that these bytes encode, in the format of tests/differential/script.h.
QList<QByteArray> decode(const uchar *bytes, size_t size);

#endif // QLOCAL_FUZZ_SCRIPT_DECODE_H
