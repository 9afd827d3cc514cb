// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "oneway.h"

#include "memory.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QElapsedTimer>

#include <algorithm>
#include <limits>

namespace {

constexpr int SmallWritesPerTurn = 128;

/// The maximum in flight for a writer that doesn't overrun its reader.
constexpr qint64 Window = 1024 * 1024;

} // namespace

OneWay::OneWay(const Workload &workload, const QString &serverName, int timeoutSeconds)
    : Run(workload, serverName, timeoutSeconds,
          workload.kind == Workload::SlowReader ? Server::ReceiveSlowly : Server::Receive)
{
#ifdef QLOCAL_DROPIN
    // The server is a QLocalServer.
    m_socket.setPrivateNames(false);
#endif
    connect(server(), &Server::receivedAll, this, [this] {
        m_isReceived = true;
        leaveLoop();
    });
    connect(&m_socket, &QLocalSocket::bytesWritten, this, [this] {
        if (m_socket.bytesToWrite() <= m_room)
            leaveLoop();
    });
}

bool OneWay::measure(const Amount &amount)
{
    if (!connectMany(1, ByWaiting, [this] { return connectToServer(&m_socket); }))
        return false;
    const bool isSlow = m_workload.kind == Workload::SlowReader;
    if (isSlow)
        limitMemory(m_socket);
    else if (amount.warmUp && !write(std::max<qint64>(amount.count / 10, 1)))
        return false;

    resetPeakResidentMemory();
    const qint64 before = residentMemory();
    QElapsedTimer clock;
    clock.start();
    if (!write(amount.count))
        return false;
    const double seconds = double(clock.nsecsElapsed()) / 1e9;
    m_result.value = isSlow ? double(peakResidentMemory() - before) / 1024 / 1024
                            : double(amount.count * m_workload.size) / 1e6 / seconds;
    m_result.count = amount.count;
    return true;
}

void OneWay::limitMemory([[maybe_unused]] Writer &socket)
{
#ifdef QLOCAL_DROPIN
    socket.setWriteLimit(Window);
#endif
}

QString OneWay::progress() const
{
    return QStringLiteral(", %1 bytes written, %2 of them waiting")
            .arg(m_position)
            .arg(m_socket.bytesToWrite());
}

/// Makes this many writes, and returns when everything is received.
bool OneWay::write(qint64 writes)
{
    const int writesPerTurn = m_workload.kind == Workload::OneWaySmall ? SmallWritesPerTurn : 1;
    const qint64 window = m_workload.kind == Workload::SlowReader
            ? std::numeric_limits<qint64>::max()
            : Window;
    const qint64 end = m_position + writes * m_workload.size;
    m_isReceived = false;
    server()->announceReceived(end);
    for (qint64 number = 1; m_position < end; ++number) {
        const qint64 size = std::min(m_workload.size, end - m_position);
        const qint64 taken = m_socket.write(m_pattern.at(m_position), size);
        if (taken < 0)
            return fail(QStringLiteral("write: %1").arg(m_socket.errorString()));
        m_position += taken;
        if (taken < size && !waitForRoom(m_socket.bytesToWrite() / 2))
            return false;
        if (number % writesPerTurn == 0)
            QCoreApplication::processEvents();
        if (m_socket.bytesToWrite() > window && !waitForRoom(window / 2))
            return false;
    }
    return m_isReceived || waitInLoop();
}

/// Runs the event loop until no more than this is left to write.
bool OneWay::waitForRoom(qint64 maxToWrite)
{
    m_room = maxToWrite;
    const bool isGood = waitInLoop();
    m_room = -1;
    return isGood;
}
