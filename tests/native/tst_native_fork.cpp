// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// fork() without exec with the native classes: messages, and a server with limits.

#include "forking.h"
#include "framed.h"

#include <QtTest/QtTest>

using namespace testing;
using qlocal::Server;
using qlocal::Socket;

class tst_native_fork : public Framed
{
    Q_OBJECT

private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }

    void parentSurvivesChildsDeletes();
    void parentSurvivesChildsLoop();
    void childServesInheritedServer();
    void childHasOwnServer();

private:
    /// Whether a message makes a round trip.
    bool answers()
    {
        connect(m_accepted, &Socket::messageReady, m_accepted, [this] {
            while (m_accepted->hasMessage())
                m_accepted->writeMessage(m_accepted->readMessage());
        });
        return m_client->writeMessage("ping")
                && loopUntil([this] { return m_client->hasMessage(); })
                && m_client->readMessage() == "ping";
    }
};

void tst_native_fork::parentSurvivesChildsDeletes()
{
    frame(Socket::LengthPrefixed);
    QVERIFY(answers());
    Child child([&] {
        m_client.reset();
        m_server.reset();
        loopFor(10);
        return true;
    });
    QVERIFY(child.wait());
    m_accepted->disconnect(m_accepted);
    QVERIFY(answers());
}

void tst_native_fork::parentSurvivesChildsLoop()
{
    frame(Socket::Lines);
    m_server->setMaxConnections(1);
    Child child([&] {
        loopFor(50);
        return true;
    });
    QVERIFY(child.wait());
    QVERIFY(answers());
    // The limit counts this process's own connections.
    Socket second;
    second.connectToServer(m_server->fullServerName());
    QVERIFY(loopUntil([&] { return m_server->counters().refused == 1; }));
}

void tst_native_fork::childServesInheritedServer()
{
    frame(Socket::LengthPrefixed);
    loopFor(5);
    Child child([&] { return answers(); });
    QVERIFY(child.wait());
    QVERIFY(answers());
}

void tst_native_fork::childHasOwnServer()
{
    loopFor(5);
    Child child([] {
        Server server;
        if (!server.listenOnRandomName())
            return false;
        Socket client;
        client.connectToServer(server.fullServerName());
        if (!server.waitForNewConnection(5000))
            return false;
        Socket *accepted = server.nextSocket();
        client.setFraming(Socket::Lines);
        accepted->setFraming(Socket::Lines);
        client.writeMessage("abc");
        return loopUntil([&] { return accepted->hasMessage(); })
                && accepted->readMessage() == "abc";
    });
    QVERIFY(child.wait());
    frame(Socket::Lines);
    QVERIFY(answers());
}

QTEST_GUILESS_MAIN(tst_native_fork)
#include "tst_native_fork.moc"
