// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_STORM_H
#define QLOCAL_BENCHES_STORM_H

#include "run.h"

/// Connects, bounces a byte, closes, and starts over; each connection has a new socket.
class Storm : public Run
{
    Q_OBJECT

public:
    Storm(const Workload &workload, const QString &serverName, int timeoutSeconds);

protected:
    bool measure(const Amount &amount) override;
    QString progress() const override;

private:
    bool repeat(qint64 connections);
    void begin();
    void finish(QLocalSocket *socket);

    qint64 m_left = 0;
    qint64 m_begun = 0;
};

#endif // QLOCAL_BENCHES_STORM_H
