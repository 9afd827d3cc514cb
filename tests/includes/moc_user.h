// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A class with a metaobject whose header only forward-declares the socket, as most headers do.

#ifndef QLOCAL_TESTS_MOC_USER_H
#define QLOCAL_TESTS_MOC_USER_H

#include <QtCore/QObject>

class QLocalServer;
QT_FORWARD_DECLARE_CLASS(QLocalSocket)

class MocUser : public QObject
{
    Q_OBJECT

public slots:
    void take(QLocalSocket *socket) { m_socket = socket; }

signals:
    void taken(QLocalServer *server, QLocalSocket *socket);

private:
    QLocalSocket *m_socket = nullptr;
};

#endif // QLOCAL_TESTS_MOC_USER_H
