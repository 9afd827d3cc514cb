// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef ECHOSERVER_H
#define ECHOSERVER_H

#include <QLocalServer>

class EchoServer : public QLocalServer
{
    Q_OBJECT

public:
    using QLocalServer::QLocalServer;

protected:
    void incomingConnection(quintptr socketDescriptor) override;
};

#endif // ECHOSERVER_H
