// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "latency.h"

#include <algorithm>

Latency::Latency(const Workload &workload, const QString &serverName, int timeoutSeconds)
    : Run(workload, serverName, timeoutSeconds)
{ }

bool Latency::measure(const Amount &amount)
{
    if (m_workload.kind == Workload::BusyPoll)
        setBusyPoll(std::chrono::milliseconds(1));
    connect(&m_socket, &QLocalSocket::readyRead, this, &Latency::receive);
    const auto connectActive = [this] { return connectToServer(&m_socket); };
    const auto connectIdle = [this] { return connectToServer(&m_idle.emplace_back()); };
    const int idle = m_workload.kind == Workload::IdleCrowd ? m_workload.connections : 0;
    if (!connectMany(1, ByWaiting, connectActive) || !connectMany(idle, ByWaiting, connectIdle))
        return false;

    if (amount.warmUp) {
        Amount tenth = amount;
        tenth.count = std::max<qint64>(amount.count / 10, 1);
        tenth.seconds = amount.seconds / 10;
        if (!bounce(tenth))
            return false;
    }
    if (!bounce(amount))
        return false;

    std::sort(m_nsecs.begin(), m_nsecs.end());
    const auto percentile = [this](std::size_t percent) {
        return double(m_nsecs[(m_nsecs.size() - 1) * percent / 100]) / 1e3;
    };
    m_result.value = percentile(50);
    m_result.p99 = percentile(99);
    m_result.count = qint64(m_nsecs.size());
    return true;
}

QString Latency::progress() const
{
    return QStringLiteral(", %1 round trips done").arg(m_nsecs.size());
}

bool Latency::bounce(const Amount &amount)
{
    m_nsecs.clear();
    m_amount = amount;
    m_clock.start();
    send();
    return waitInLoop();
}

void Latency::send()
{
    m_bytesReceived = 0;
    m_sentAt = m_clock.nsecsElapsed();
    if (m_socket.write(m_pattern.at(qint64(m_nsecs.size())), m_workload.size) != m_workload.size)
        fail(QStringLiteral("write: %1").arg(m_socket.errorString()));
}

void Latency::receive()
{
    const QByteArray bytes = m_socket.readAll();
    if (m_bytesReceived + bytes.size() > m_workload.size
        || !m_pattern.matches(qint64(m_nsecs.size()) + m_bytesReceived, bytes.constData(),
                              bytes.size())) {
        fail(QStringLiteral("the bytes that came back differ from those sent"));
        return;
    }
    m_bytesReceived += bytes.size();
    if (m_bytesReceived < m_workload.size)
        return;
    m_nsecs.push_back(m_clock.nsecsElapsed() - m_sentAt);
    if (isDone())
        leaveLoop();
    else
        send();
}

bool Latency::isDone() const
{
    if (m_workload.kind == Workload::IdleCrowd)
        return m_clock.nsecsElapsed() >= qint64(m_amount.seconds * 1e9);
    return qint64(m_nsecs.size()) >= m_amount.count;
}
