// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A message of a client: its number, that of the message, and bytes that follow from both.

#ifndef QLOCAL_TESTS_RECONNECT_MESSAGE_H
#define QLOCAL_TESTS_RECONNECT_MESSAGE_H

#include <QtCore/QByteArray>

#include <cstring>
#include <optional>

struct Message
{
    quint32 client;
    /// From 1 on.
    quint32 number;

    static constexpr qsizetype Size = 8;

    QByteArray encode() const
    {
        QByteArray bytes(Size, Qt::Uninitialized);
        std::memcpy(bytes.data(), this, Size);
        return bytes + padding();
    }

    /// None if the message is not what encode() has made.
    static std::optional<Message> decode(const QByteArray &bytes)
    {
        if (bytes.size() < Size)
            return std::nullopt;
        Message message;
        std::memcpy(&message, bytes.constData(), Size);
        if (bytes.mid(Size) != message.padding())
            return std::nullopt;
        return message;
    }

private:
    QByteArray padding() const
    {
        return QByteArray(int(number * 37 % 3000), char(client + number));
    }
};

static_assert(qsizetype(sizeof(Message)) == Message::Size, "it is copied as bytes");

#endif // QLOCAL_TESTS_RECONNECT_MESSAGE_H
