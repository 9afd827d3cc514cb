// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "frame.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QDataStream>
#include <QtCore/QIODevice>

QByteArray frame::hash(const QByteArray &payload)
{
    return QCryptographicHash::hash(payload, QCryptographicHash::Sha1);
}

QByteArray frame::encode(const QByteArray &payload)
{
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    stream << hash(payload) << payload;
    return bytes;
}

std::optional<frame::Message> frame::read(QIODevice &from)
{
    QDataStream stream(&from);
    stream.startTransaction();
    Message message = {};
    stream >> message.hash >> message.payload;
    if (!stream.commitTransaction())
        return std::nullopt;
    message.isWhole = message.hash == hash(message.payload);
    return message;
}
