// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_LATENCY_H
#define QLOCAL_BENCHES_LATENCY_H

#include "run.h"

#include <QtCore/QElapsedTimer>
#include <QtNetwork/QLocalSocket>

#include <deque>
#include <vector>

/// The latency of a round trip: one at a time over one connection, alone or among many idle ones.
class Latency : public Run
{
    Q_OBJECT

public:
    Latency(const Workload &workload, const QString &serverName, int timeoutSeconds);

protected:
    bool measure(const Amount &amount) override;
    QString progress() const override;

private:
    bool bounce(const Amount &amount);
    void send();
    void receive();
    bool isDone() const;

    std::deque<QLocalSocket> m_idle;
    QLocalSocket m_socket;
    qint64 m_bytesReceived = 0;
    Amount m_amount;
    QElapsedTimer m_clock;
    qint64 m_sentAt = 0;
    std::vector<qint64> m_nsecs;
};

#endif // QLOCAL_BENCHES_LATENCY_H
