// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Starts and kills servers, and checks what they have received.

#ifndef QLOCAL_TESTS_RECONNECT_WATCH_H
#define QLOCAL_TESTS_RECONNECT_WATCH_H

#include "../soak/counts.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtCore/QThread>

#include <memory>
#include <optional>
#include <vector>

class Watch
{
public:
    Watch(int seconds, int clients);
    ~Watch();

    /// Runs the soak; returns whether nothing was wrong.
    bool run();

private:
    void startClients();
    /// The life of one server.
    void round(bool untilAllAreConnected);
    void startServer();
    void endServer();
    /// What may happen to its folder while there is no server.
    void disturb();
    /// Checks that each message was received once.
    void readReports();
    bool waitForAll();
    void print(const char *what);
    void fail(const char *why);

    int m_seconds;
    int m_clients;
    QTemporaryDir m_root;
    QString m_folder;
    QElapsedTimer m_time;
    std::vector<std::unique_ptr<QThread>> m_threads;
    QProcess m_server;
    QByteArray m_report;
    /// The last message that any server has received, by client.
    std::vector<quint32> m_received;
    qint64 m_total = 0;
    int m_servers = 0;
    qint64 m_longest = 0;
    std::optional<Counts> m_first;
    bool m_isFine = true;
};

#endif // QLOCAL_TESTS_RECONNECT_WATCH_H
