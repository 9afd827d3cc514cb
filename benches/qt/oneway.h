// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_ONEWAY_H
#define QLOCAL_BENCHES_ONEWAY_H

#include "run.h"

#include <QtNetwork/QLocalSocket>

#ifdef QLOCAL_DROPIN
#  include <qlocal/socket.h>
#endif

/// One client writes, the server checks what it receives; the figure is the throughput.
///
/// A writer to a slow reader never waits, and the figure is the memory growth of the process, in
/// MiB.
class OneWay : public Run
{
    Q_OBJECT

public:
    OneWay(const Workload &workload, const QString &serverName, int timeoutSeconds);

protected:
    bool measure(const Amount &amount) override;
    QString progress() const override;

private:
    bool write(qint64 writes);
    bool waitForRoom(qint64 maxToWrite);

#ifdef QLOCAL_DROPIN
    // It can limit the bytes queued for a slow reader; stock Qt has no such limit.
    using Writer = qlocal::Socket;
#else
    using Writer = QLocalSocket;
#endif

    static void limitMemory(Writer &socket);

    Writer m_socket;
    qint64 m_position = 0;
    qint64 m_room = -1;
    bool m_isReceived = false;
};

#endif // QLOCAL_BENCHES_ONEWAY_H
