// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Common code of all workload runs.

#ifndef QLOCAL_BENCHES_RUN_H
#define QLOCAL_BENCHES_RUN_H

#include "server.h"
#include "workload.h"

#include <QtCore/QEventLoop>
#include <QtCore/QThread>
#include <QtCore/QTimer>

#include <chrono>
#include <memory>

class QLocalSocket;

/// One run of a workload: a Server in its own thread, its clients in this one.
class Run : public QObject
{
    Q_OBJECT

public:
    /// The run of this workload. One that takes longer than `timeoutSeconds` fails.
    static std::unique_ptr<Run> of(const Workload &workload, const QString &serverName,
                                   int timeoutSeconds);
    ~Run() override;

    /// Returns false on failure; `errorString` then describes it.
    bool run(const Amount &amount);

    /// Removes the socket file; the run itself is over.
    void stopListening();

    const Result &result() const { return m_result; }
    QString errorString() const { return m_error; }

protected:
    enum Accepting { ByWaiting, InEventLoop };

    Run(const Workload &workload, const QString &serverName, int timeoutSeconds,
        Server::Duty duty = Server::Echo);

    /// The workload itself, once the server listens.
    virtual bool measure(const Amount &amount) = 0;

    /// The remaining work, for the message of a time-out.
    virtual QString progress() const { return QString(); }

    /// In both threads, as qlocal::setBusyPoll(). Stock Qt has no equivalent.
    void setBusyPoll(std::chrono::microseconds limit);

    bool connectToServer(QLocalSocket *socket);
    /// Calls `connectOne` this many times, and returns when the server has accepted all of them.
    template<typename Function>
    bool connectMany(int connections, Accepting accepting, Function connectOne);

    /// Returns when the server waits for this many connections.
    void startAcceptingByWaiting(int connections);

    /// Runs the event loop until `leaveLoop` is called. Returns false on failure.
    bool waitInLoop();
    void leaveLoop() { m_loop.quit(); }
    bool fail(const QString &what);

    const Workload m_workload;
    const QString m_serverName;
    const Pattern m_pattern;
    Result m_result;

    template<typename Function>
    void callServer(Function function)
    {
        QMetaObject::invokeMethod(m_server, function, Qt::BlockingQueuedConnection);
    }
    Server *server() const { return m_server; }
    int timeout() const { return m_timeout.interval(); }

private:
    void startBatch(int connections, Accepting accepting);
    bool finishBatch(int connections, Accepting accepting);

    QThread m_thread;
    Server *m_server;
    int m_connected = 0;
    QEventLoop m_loop;
    QTimer m_timeout;
    QString m_error;
};

template<typename Function>
bool Run::connectMany(int connections, Accepting accepting, Function connectOne)
{
    // Below a server's default backlog of 50 and 30 pending connections, so that no connect waits.
    constexpr int Batch = 25;
    if (accepting == ByWaiting)
        startAcceptingByWaiting(connections);
    while (connections > 0) {
        const int batch = std::min(connections, Batch);
        startBatch(batch, accepting);
        for (int index = 0; index < batch; ++index) {
            if (!connectOne())
                return false;
        }
        if (!finishBatch(batch, accepting))
            return false;
        connections -= batch;
    }
    return true;
}

#endif // QLOCAL_BENCHES_RUN_H
