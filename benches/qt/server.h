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

/// Lives in its own thread, with an event loop. Unless noted otherwise, methods are called in that
/// thread.
class Server : public QObject
{
    Q_OBJECT

public:
    enum Duty {
        /// Returns every byte to the connection that sent it.
        Echo,
        /// The same, without copying it.
        EchoChunks,
        /// Compares input from its one connection with the pattern.
        Receive,
        /// The same, but no more than a share each millisecond.
        ReceiveSlowly,
    };

    explicit Server(Duty duty);

    /// Returns an error message, or nothing.
    QString listen(const QString &name);
    QString path() const;
    void stopListening();

    /// Accepts this many connections without the event loop, whose cost grows with the number of
    /// open sockets in stock Qt: for connections that are needed but not measured.
    void acceptByWaiting(int connections);

    qint64 bytesEchoed() const { return m_bytesEchoed; }
    int accepted() const { return m_accepted; }

    /// For any thread: sets when `accepted` or `received` are emitted.
    void announceAccepted(int connections) { m_announceAccepted = connections; }
    void announceReceived(qint64 bytes) { m_announceReceived = bytes; }
    /// For any thread: waits until this many more have been accepted. Returns false on time-out.
    bool awaitAccepted(int connections, int msecs);

signals:
    void acceptedAll();
    void receivedAll();
    void failed(const QString &what);

private:
    void acceptPending();
    void serve(QLocalSocket *socket);
    void echo(QLocalSocket *socket);
    void echoChunk(QLocalSocket *socket);
    void echoed(qint64 written, qint64 size, const QLocalSocket *socket);
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
