// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef ECHO_PAIR_H
#define ECHO_PAIR_H

#include "echo_plugin.h"

#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

#include <memory>

namespace {

/// Uses the sockets of the including file.
class EchoPair : public Echo
{
public:
    bool listen(const QString &name) override
    {
        m_server = std::make_unique<QLocalServer>();
        QLocalServer *server = m_server.get();
        QObject::connect(server, &QLocalServer::newConnection, server, [server] {
            QLocalSocket *socket = server->nextPendingConnection();
            QObject::connect(socket, &QLocalSocket::readyRead, socket,
                             [socket] { socket->write(socket->readAll()); });
        });
        return server->listen(name);
    }

    bool start(const QString &name) override
    {
        if (!listen(name))
            return false;
        m_client = std::make_unique<QLocalSocket>();
        QObject::connect(m_client.get(), &QLocalSocket::readyRead, m_client.get(),
                         [this] { m_echoes += int(m_client->readAll().size()); });
        m_client->connectToServer(name);
        return m_client->waitForConnected();
    }

    void ping() override { m_client->write("x"); }
    int echoes() const override { return m_echoes; }

    void stop() override
    {
        m_client.reset();
        m_server.reset();
        m_echoes = 0;
    }

private:
    std::unique_ptr<QLocalServer> m_server;
    std::unique_ptr<QLocalSocket> m_client;
    int m_echoes = 0;
};

} // namespace

#endif // ECHO_PAIR_H
