// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The server side of all workloads.

#ifndef QLOCAL_BENCHES_SERVER_H
#define QLOCAL_BENCHES_SERVER_H

#include "pattern.h"

#include <QtCore/QObject>
#include <QtCore/QSemaphore>
#include <QtCore/QTimer>

#include <atomic>

class QLocalServer;
class QLocalSocket;

/// Lives in a thread with an event loop of its own. Where nothing else is said, methods are called in that thread.
class Server : public QObject
{
    Q_OBJECT

public:
    enum Duty {
        /// Returns every byte to the connection that sent it.
        Echo,
        /// Compares what comes over its one connection with the pattern.
        Receive,
        /// The same, but no more than a share each millisecond.
        ReceiveSlowly,
    };

    explicit Server(Duty duty);

    /// Returns what failed, or nothing.
    QString listen(const QString &name);
    QString path() const;
    void stopListening();

    /// Accepts so many connections without the event loop, whose cost grows with the number of open sockets in stock
    /// Qt: for connections that must be there, but are not what is measured.
    void acceptByWaiting(int connections);

    qint64 bytesEchoed() const { return m_bytesEchoed; }
    int accepted() const { return m_accepted; }

    /// For any thread: when `accepted` or `received` are to be emitted.
    void announceAccepted(int connections) { m_announceAccepted = connections; }
    void announceReceived(qint64 bytes) { m_announceReceived = bytes; }
    /// For any thread: waits until so many more have been accepted. False when that takes too long.
    bool awaitAccepted(int connections, int msecs);

signals:
    void acceptedAll();
    void receivedAll();
    void failed(const QString &what);

private:
    void acceptPending();
    void serve(QLocalSocket *socket);
    void echo(QLocalSocket *socket);
    void receive(QLocalSocket *socket);

    const Duty m_duty;
    const Pattern m_pattern;
    QLocalServer *m_server = nullptr;
    int m_accepted = 0;
    qint64 m_bytesEchoed = 0;
    qint64 m_bytesReceived = 0;
    QTimer m_slowly;
    QSemaphore m_acceptedCount;
    std::atomic<int> m_announceAccepted = 0;
    std::atomic<qint64> m_announceReceived = 0;
};

#endif // QLOCAL_BENCHES_SERVER_H
