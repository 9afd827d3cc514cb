// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The server's end: it checks each message and sends it back.

#ifndef QLOCAL_TESTS_SOAK_SESSION_H
#define QLOCAL_TESTS_SOAK_SESSION_H

#include <QtCore/QObject>
#include <QtNetwork/QLocalSocket>

class Session : public QObject
{
    Q_OBJECT

public:
    /// Takes over the socket, and deletes itself with the connection.
    explicit Session(QLocalSocket *socket);

private:
    void answer();

    QLocalSocket *m_socket;
};

#endif // QLOCAL_TESTS_SOAK_SESSION_H
