// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_QML_BYTECOUNT_H
#define QLOCAL_QML_BYTECOUNT_H

#include <QtCore/qglobal.h>

#include <cmath>
#include <limits>

namespace qlocal {

/// A number of bytes from a property of type double, because a literal in QML can't be a qint64 on
/// every Qt: without its fraction, and the nearest qint64 if it is out of range; 0 for NaN.
inline qint64 byteCount(double number)
{
    using Limits = std::numeric_limits<qint64>;
    // 2^63; the largest qint64 is no double.
    constexpr double end = -double(Limits::min());
    if (std::isnan(number))
        return 0;
    if (number >= end)
        return Limits::max();
    return number <= -end ? Limits::min() : qint64(number);
}

} // namespace qlocal

#endif // QLOCAL_QML_BYTECOUNT_H
