// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A client: it connects, exchanges messages, stalls, moves to another thread, ends in one of
// several ways, and starts over.

#ifndef QLOCAL_TESTS_SOAK_CLIENT_H
#define QLOCAL_TESTS_SOAK_CLIENT_H

#include <QtCore/QList>
#include <QtCore/QObject>
#include <QtCore/QTimer>
#include <QtNetwork/QLocalSocket>

class Client : public QObject
{
    Q_OBJECT

public:
    /// `steady` is the name of a server that never dies, `fragile` of one that does.
    Client(const QString &steady, const QString &fragile);

    /// Starts in the thread that it lives in.
    void start();

private:
    void begin();
    void talk();
    void receive();
    void leave();
    void ended();
    void stall();

    QString m_steady;
    QString m_fragile;
    QLocalSocket m_socket;
    QTimer m_timer;
    /// The hashes of messages sent and not yet returned.
    QList<QByteArray> m_expected;
    int m_left = 0;
    bool m_isSteady = false;
    bool m_isAnswered = false;
    bool m_isLeaving = false;
    bool m_isStalled = false;
};

#endif // QLOCAL_TESTS_SOAK_CLIENT_H
