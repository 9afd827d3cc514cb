// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A message: its length, the hash of its bytes, its bytes.

#ifndef QLOCAL_TESTS_SOAK_FRAME_H
#define QLOCAL_TESTS_SOAK_FRAME_H

#include <QtCore/QByteArray>

#include <optional>

class QIODevice;

namespace frame {

/// The hash of a message with these bytes.
QByteArray hash(const QByteArray &payload);

/// The whole message.
QByteArray encode(const QByteArray &payload);

struct Message
{
    QByteArray payload;
    QByteArray hash;
    /// Whether the hash matches the bytes.
    bool isWhole;
};

/// The next message, if all of it has arrived.
std::optional<Message> read(QIODevice &from);

} // namespace frame

#endif // QLOCAL_TESTS_SOAK_FRAME_H
