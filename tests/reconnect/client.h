// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A client that stays connected, and writes messages while it is.

#ifndef QLOCAL_TESTS_RECONNECT_CLIENT_H
#define QLOCAL_TESTS_RECONNECT_CLIENT_H

#include <QtCore/QTimer>
#include <qlocal/socket.h>

#include <atomic>

/// How many clients are connected now.
extern std::atomic<int> connectedClients;

class Client : public QObject
{
    Q_OBJECT

public:
    Client(quint32 number, const QString &server);

private:
    void write();
    void read();

    quint32 m_number;
    quint32 m_written = 0;
    quint32 m_answered = 0;
    qlocal::Socket m_socket;
    QTimer m_timer;
};

#endif // QLOCAL_TESTS_RECONNECT_CLIENT_H
