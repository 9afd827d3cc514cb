// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The server side of the main job: returns every byte to the connection that sent it.

#ifndef QLOCAL_BENCHES_ECHOSERVER_H
#define QLOCAL_BENCHES_ECHOSERVER_H

#include <QtCore/QObject>

class QLocalServer;
class QLocalSocket;

/// Lives in a thread with an event loop of its own; every method is called in that thread.
class EchoServer : public QObject
{
    Q_OBJECT

public:
    /// Returns what failed, or nothing.
    QString listen(const QString &name);

    qint64 bytesEchoed() const { return m_bytesEchoed; }

signals:
    void accepted(int connections);
    void failed(const QString &what);

private:
    void acceptAll();
    void echo(QLocalSocket *socket);

    QLocalServer *m_server = nullptr;
    int m_accepted = 0;
    qint64 m_bytesEchoed = 0;
};

#endif // QLOCAL_BENCHES_ECHOSERVER_H
