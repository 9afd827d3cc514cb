// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// From any bytes to a script.

#ifndef QLOCAL_FUZZ_SCRIPT_DECODE_H
#define QLOCAL_FUZZ_SCRIPT_DECODE_H

#include <QtCore/QByteArray>
#include <QtCore/QList>

/// The steps that these bytes stand for, in the form of tests/differential/script.h.
QList<QByteArray> decode(const uchar *bytes, size_t size);

#endif // QLOCAL_FUZZ_SCRIPT_DECODE_H
