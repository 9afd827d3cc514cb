// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "stream.h"

#include <QtCore/QTimer>
#include <QtNetwork/QLocalSocket>

namespace {

constexpr int writesOfATurn = 128;
/// The buffer size of a slow reader, and how much of it it reads per tick.
constexpr int slowBuffer = 100000;
constexpr int slowRead = 60000;

qint64 sizeOf(const interop::OneWay &oneWay)
{
    return qint64(oneWay.writes) * oneWay.size;
}

void writeTurn(QLocalSocket *socket, const QByteArray &all, qsizetype from, int size)
{
    const qsizetype end = qMin(all.size(), from + qsizetype(writesOfATurn) * size);
    for (; from < end; from += size) {
        if (socket->write(all.constData() + from, size) != size)
            return; // The reader never sees the rest.
    }
    if (end < all.size())
        QTimer::singleShot(0, socket, [=] { writeTurn(socket, all, end, size); });
}

} // namespace

QByteArray interop::bytesOf(quint32 number, qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    quint32 state = number * 2654435761u + 1;
    for (char &byte : bytes) {
        state = state * 1664525u + 1013904223u;
        byte = char(state >> 24);
    }
    return bytes;
}

void interop::writeStream(QLocalSocket *socket, const OneWay &oneWay)
{
    writeTurn(socket, bytesOf(0, sizeOf(oneWay)), 0, oneWay.size);
}

void interop::readStream(QLocalSocket *socket, const OneWay &oneWay, std::function<void(bool)> done)
{
    const std::function<void(const QByteArray &)> take =
            [done, expected = bytesOf(0, sizeOf(oneWay)), at = qsizetype(0),
             same = true](const QByteArray &bytes) mutable {
                if (at == expected.size())
                    return;
                same = same && at + bytes.size() <= expected.size()
                        && bytes == QByteArrayView(expected).sliced(at, bytes.size());
                at = qMin(expected.size(), at + bytes.size());
                if (at == expected.size())
                    done(same);
            };
    if (!oneWay.slowReader) {
        QObject::connect(socket, &QIODevice::readyRead, socket,
                         [socket, take] { take(socket->readAll()); });
        return;
    }
    socket->setReadBufferSize(slowBuffer);
    // Bytes received before the limit was set stay.
    const qint64 limit = qMax<qint64>(slowBuffer, socket->bytesAvailable());
    auto *tick = new QTimer(socket);
    QObject::connect(tick, &QTimer::timeout, socket, [=] {
        if (socket->bytesAvailable() > limit)
            qFatal("the read buffer holds more than its limit");
        take(socket->read(slowRead));
    });
    tick->start(1);
}
