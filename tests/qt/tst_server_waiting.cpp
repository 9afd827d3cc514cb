// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalServer: waiting without an event loop, and subclasses with their own queue.

#include "clients.h"
#include "pair.h"

#include <QtCore/QElapsedTimer>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

#include <optional>
#include <sys/socket.h>
#include <unistd.h>

class tst_ServerWaiting : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void waitAcceptsWithoutEventLoop();
    void waitAnnouncesConnection();
    void waitIsFalseIfHandlerTakesIt();
    void waitAcceptsOneOfSeveral();
    void waitInNewConnectionAcceptsNext();
    void waitReportsTimeout();
    void idleServersWaitIsFalse();
    void brokenDescriptorIsNoTimeout();
    void waitWithOnePendingIsTrue();
#ifdef QLOCAL_DROPIN
    void waitWithOnePendingDoesNotBlock();
#endif

    void overrideGetsDescriptor();
    void overrideAnnouncesNothing();
    void defaultQueuesChild();
    void overriddenQueueIsUsed();
#ifdef QLOCAL_DROPIN // new in Qt 6.8
    void addedSocketIsPending();
#endif

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// Closes each descriptor and counts it.
class Refuser : public QLocalServer
{
public:
    int count = 0;

protected:
    void incomingConnection(quintptr descriptor) override
    {
        ++count;
        ::close(int(descriptor));
    }
};

/// Creates its own sockets and keeps them in its own queue.
class OwnQueue : public QLocalServer
{
public:
    bool hasPendingConnections() const override { return !queue.isEmpty(); }
    QLocalSocket *nextPendingConnection() override
    {
        return queue.isEmpty() ? nullptr : queue.takeFirst();
    }

    QList<QLocalSocket *> queue;

protected:
    void incomingConnection(quintptr descriptor) override
    {
        auto *socket = new QLocalSocket(this);
        QVERIFY(socket->setSocketDescriptor(qintptr(descriptor)));
        queue.append(socket);
        emit newConnection();
    }
};

#ifdef QLOCAL_DROPIN
/// Its own socket class in the server's standard queue.
class Adder : public QLocalServer
{
protected:
    void incomingConnection(quintptr descriptor) override
    {
        auto *socket = new QLocalSocket(this);
        socket->setObjectName("added");
        QVERIFY(socket->setSocketDescriptor(qintptr(descriptor)));
        addPendingConnection(socket);
    }
};
#endif

} // namespace

void tst_ServerWaiting::waitAcceptsWithoutEventLoop()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 1);
    bool timedOut = true;
    QVERIFY(server.waitForNewConnection(5000, &timedOut));
    QVERIFY(!timedOut);
    QVERIFY(server.hasPendingConnections());
}

void tst_ServerWaiting::waitAnnouncesConnection()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QSignalSpy announced(&server, &QLocalServer::newConnection);
    testing::Clients clients(server, 1);
    QVERIFY(server.waitForNewConnection(-1));
    QCOMPARE(announced.count(), 1);
}

void tst_ServerWaiting::waitIsFalseIfHandlerTakesIt()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    connect(&server, &QLocalServer::newConnection, &server,
            [&] { QVERIFY(server.nextPendingConnection()); });
    testing::Clients clients(server, 1);
    bool timedOut = true;
    QVERIFY(!server.waitForNewConnection(5000, &timedOut));
    QVERIFY(!timedOut);
}

void tst_ServerWaiting::waitAcceptsOneOfSeveral()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QSignalSpy announced(&server, &QLocalServer::newConnection);
    testing::Clients clients(server, 3);
    for (int i = 1; i <= 3; ++i) {
        QVERIFY(server.waitForNewConnection(5000));
        QCOMPARE(announced.count(), i);
        QVERIFY(server.nextPendingConnection());
        QVERIFY(!server.nextPendingConnection());
    }
    bool timedOut = false;
    QVERIFY(!server.waitForNewConnection(0, &timedOut));
    QVERIFY(timedOut);
}

void tst_ServerWaiting::waitInNewConnectionAcceptsNext()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 2);
    QList<QLocalSocket *> accepted;
    connect(&server, &QLocalServer::newConnection, this, [&] {
        accepted << server.nextPendingConnection();
        if (accepted.size() == 1)
            server.waitForNewConnection(5000);
    });
    testing::settle();
    QCOMPARE(accepted.size(), 2);
    QVERIFY(accepted.first() && accepted.last());
}

void tst_ServerWaiting::waitReportsTimeout()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QElapsedTimer clock;
    clock.start();
    bool timedOut = false;
    QVERIFY(!server.waitForNewConnection(50, &timedOut));
    QVERIFY(timedOut);
    QVERIFY2(clock.elapsed() >= 45, qPrintable(QString::number(clock.elapsed())));
    QVERIFY(server.isListening());
    QCOMPARE(server.serverError(), QAbstractSocket::UnknownSocketError);
}

void tst_ServerWaiting::idleServersWaitIsFalse()
{
    QLocalServer server;
    bool timedOut = true;
    QVERIFY(!server.waitForNewConnection(60000, &timedOut));
    QVERIFY(!timedOut);
}

void tst_ServerWaiting::brokenDescriptorIsNoTimeout()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QCOMPARE(::shutdown(int(server.socketDescriptor()), SHUT_RDWR), 0);
    bool timedOut = true;
    QVERIFY(!server.waitForNewConnection(60000, &timedOut));
    QVERIFY(!timedOut);
    QVERIFY(!server.errorString().isEmpty());
}

void tst_ServerWaiting::waitWithOnePendingIsTrue()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 1);
    testing::settle();
    QVERIFY(server.hasPendingConnections());
    QVERIFY(server.waitForNewConnection(0));
}

#ifdef QLOCAL_DROPIN
// Stock Qt waits for a second one until it times out.
void tst_ServerWaiting::waitWithOnePendingDoesNotBlock()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 1);
    testing::settle();
    bool timedOut = true;
    QVERIFY(server.waitForNewConnection(-1, &timedOut));
    QVERIFY(!timedOut);
}
#endif

void tst_ServerWaiting::overrideGetsDescriptor()
{
    OwnQueue server;
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 1);
    clients[0]->write("own");
    QVERIFY(clients[0]->flush());
    testing::settle();
    QLocalSocket *socket = server.nextPendingConnection();
    QVERIFY(socket);
    QCOMPARE(socket->readAll(), QByteArray("own"));
}

void tst_ServerWaiting::overrideAnnouncesNothing()
{
    Refuser server;
    QVERIFY(server.listen(testing::uniqueName()));
    QSignalSpy announced(&server, &QLocalServer::newConnection);
    testing::Clients clients(server, 2);
    testing::settle();
    QCOMPARE(server.count, 2);
    QCOMPARE(announced.count(), 0);
    QVERIFY(!server.hasPendingConnections());
    QCOMPARE(clients[0]->state(), QLocalSocket::UnconnectedState);
}

void tst_ServerWaiting::defaultQueuesChild()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    bool wasQueued = false;
    connect(&server, &QLocalServer::newConnection, &server,
            [&] { wasQueued = server.hasPendingConnections(); });
    testing::Clients clients(server, 1);
    testing::settle();
    QVERIFY(wasQueued);
    QCOMPARE(server.nextPendingConnection()->parent(), &server);
}

void tst_ServerWaiting::overriddenQueueIsUsed()
{
    OwnQueue server;
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 2);
    testing::settle();
    QLocalServer &asBase = server;
    QVERIFY(asBase.hasPendingConnections());
    QVERIFY(asBase.nextPendingConnection());
    QVERIFY(asBase.nextPendingConnection());
    QVERIFY(!asBase.nextPendingConnection());
}

#ifdef QLOCAL_DROPIN
void tst_ServerWaiting::addedSocketIsPending()
{
    Adder server;
    QVERIFY(server.listen(testing::uniqueName()));
    testing::Clients clients(server, 1);
    QVERIFY(server.waitForNewConnection(5000));
    QVERIFY(server.hasPendingConnections());
    QCOMPARE(server.nextPendingConnection()->objectName(), QStringLiteral("added"));
}
#endif

QTEST_GUILESS_MAIN(tst_ServerWaiting)
#include "tst_server_waiting.moc"
