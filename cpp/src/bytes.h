// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_BYTES_H
#define _QLOCAL_BYTES_H

#include <QtCore/qbytearray.h>

#include <qlocal/src/socket.cxx.h>

namespace _QLocal {

/// The bytes of an array, as long as it exists and does not change.
inline ::rust::Slice<const std::uint8_t> bytesOf(const QByteArray &data)
{
    return { reinterpret_cast<const std::uint8_t *>(data.constData()), std::size_t(data.size()) };
}

} // namespace _QLocal

#endif // _QLOCAL_BYTES_H
