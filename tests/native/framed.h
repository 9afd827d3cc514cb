// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_TESTS_NATIVE_FRAMED_H
#define QLOCAL_TESTS_NATIVE_FRAMED_H

#include <QtCore/QPointer>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include "pair.h"

#include <memory>

/// A native server and an accepted client, new for each test.
class Framed : public QObject
{
protected:
    void begin()
    {
        m_watchdog.reset(new testing::Watchdog);
        m_server.reset(new qlocal::Server);
        m_client.reset(new qlocal::Socket);
        QVERIFY(m_server->listen(testing::uniqueName()));
        connectClient();
        QVERIFY(m_accepted);
    }

    void end()
    {
        m_client.reset();
        m_server.reset();
        m_watchdog.reset();
    }

    void connectClient()
    {
        m_client->connectToServer(m_server->fullServerName());
        m_server->waitForNewConnection(5000);
        m_accepted = m_server->nextSocket();
    }

    static QList<QByteArray> readAll(qlocal::Socket *socket)
    {
        QList<QByteArray> messages;
        while (socket->hasMessage())
            messages.append(socket->readMessage());
        return messages;
    }

    void frame(qlocal::Socket::Framing framing)
    {
        m_client->setFraming(framing);
        m_accepted->setFraming(framing);
    }

    std::unique_ptr<testing::Watchdog> m_watchdog;
    std::unique_ptr<qlocal::Server> m_server;
    std::unique_ptr<qlocal::Socket> m_client;
    QPointer<qlocal::Socket> m_accepted;
};

#endif // QLOCAL_TESTS_NATIVE_FRAMED_H
