// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_NATIVEEXCHANGE_H
#define QLOCAL_BENCHES_NATIVEEXCHANGE_H

#include "run.h"

#include <QtCore/QByteArray>
#include <QtCore/QElapsedTimer>
#include <qlocal/socket.h>

#include <deque>
#include <vector>

/// A data exchange through the calls that pass on memory: readChunk() and write(QByteArray &&) or
/// write(Chunk &&) at both ends.
///
/// The clients have their messages in arrays, as plain threads have them in memory, and share them.
/// Every byte received is compared with the one that was sent.
class NativeExchange : public Run
{
    Q_OBJECT

public:
    NativeExchange(const Workload &workload, const QString &serverName, int timeoutSeconds);

protected:
    bool measure(const Amount &amount) override;

private:
    struct Client
    {
        qlocal::Socket socket;
        qint64 chunksReceived = 0;
        /// Of the current chunk.
        qint64 bytesReceived = 0;
    };

    bool connectClient();
    bool bounce(double seconds);
    void send(int index);
    void receive(int index);
    int message(int index) const;

    std::vector<QByteArray> m_messages;
    std::deque<Client> m_clients;
    int m_active = 0;
    qint64 m_chunksInAll = 0;
    qint64 m_nsecsToRun = 0;
    QElapsedTimer m_clock;
};

#endif // QLOCAL_BENCHES_NATIVEEXCHANGE_H
