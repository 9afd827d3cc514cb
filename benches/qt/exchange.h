// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The client side of the main job, and the run as a whole.

#ifndef QLOCAL_BENCHES_EXCHANGE_H
#define QLOCAL_BENCHES_EXCHANGE_H

#include "workload.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QEventLoop>
#include <QtCore/QThread>
#include <QtCore/QTimer>
#include <QtNetwork/QLocalSocket>

#include <deque>

class EchoServer;

/// One run of a workload: an EchoServer in a thread of its own, its clients in this one.
///
/// Every byte that comes back is compared with the one that was sent.
class Exchange : public QObject
{
    Q_OBJECT

public:
    /// A run that takes longer than `timeoutSeconds` has failed.
    Exchange(const Workload &workload, const QString &serverName, int timeoutSeconds);
    ~Exchange() override;

    /// False when something failed; `errorString` then says what.
    bool run(const Amount &amount);

    const Result &result() const { return m_result; }
    QString errorString() const { return m_error; }

private:
    struct Client
    {
        QLocalSocket socket;
        qint64 chunksLeft = 0;
        qint64 chunksReceived = 0;
        /// Of the chunk that is under way.
        qint64 bytesReceived = 0;
    };

    bool listen();
    bool connectClients();
    bool bounce(const Amount &amount);
    bool compareWithServer();

    void send(int index);
    void receive(int index);
    const char *chunk(int index) const;
    bool mayStartAnother(const Client &client) const;

    bool waitForLoop();
    void fail(const QString &what);

    const Workload m_workload;
    const QString m_serverName;
    const QByteArray m_pattern;

    QThread m_thread;
    EchoServer *m_server;
    int m_accepted = 0;
    int m_expected = 0;

    std::deque<Client> m_clients;
    int m_active = 0;
    qint64 m_chunksInAll = 0;
    qint64 m_nsecsToRun = 0;

    QEventLoop m_loop;
    QTimer m_timeout;
    QElapsedTimer m_clock;
    Result m_result;
    QString m_error;
};

#endif // QLOCAL_BENCHES_EXCHANGE_H
