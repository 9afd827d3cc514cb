// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_EXCHANGE_H
#define QLOCAL_BENCHES_EXCHANGE_H

#include "run.h"

#include <QtCore/QElapsedTimer>
#include <QtNetwork/QLocalSocket>

#include <deque>

/// Ping-pong and data exchange: all connections bounce chunks at once.
///
/// Every byte received is compared with the one that was sent.
class Exchange : public Run
{
    Q_OBJECT

public:
    Exchange(const Workload &workload, const QString &serverName, int timeoutSeconds);

protected:
    bool measure(const Amount &amount) override;
    QString progress() const override;

    bool connectClient();
    /// Starts chunks according to `amount`, and returns when all are back.
    bool bounce(const Amount &amount);
    bool compareWithServer();

private:
    struct Client
    {
        QLocalSocket socket;
        qint64 chunksLeft = 0;
        qint64 chunksReceived = 0;
        /// Of the current chunk.
        qint64 bytesReceived = 0;
    };

    void send(int index);
    void receive(int index);
    qint64 chunk(int index) const;
    bool mayStartAnother(const Client &client) const;

    std::deque<Client> m_clients;
    int m_active = 0;
    qint64 m_chunksInAll = 0;
    qint64 m_nsecsToRun = 0;
    QElapsedTimer m_clock;
};

#endif // QLOCAL_BENCHES_EXCHANGE_H
