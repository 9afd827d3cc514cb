// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// What the native classes share with Qt's.

#include <QtTest/QTest>
#include <qlocal/server.h>

#include "testing.h"

using testing::uniqueName;
using testing::Watchdog;

class tst_native : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void acceptedSocketsAreNative();
    void nextPendingConnectionIsNative();
};

void tst_native::acceptedSocketsAreNative()
{
    const Watchdog watchdog;
    qlocal::Server server;
    QVERIFY(server.listen(uniqueName()));
    QLocalSocket client;
    client.connectToServer(server.fullServerName());
    QVERIFY(server.waitForNewConnection(5000));
    qlocal::Socket *socket = server.nextSocket();
    QVERIFY(socket);
    QCOMPARE(socket->parent(), &server);
    QCOMPARE(socket->state(), QLocalSocket::ConnectedState);
    QCOMPARE(socket->serverName(), server.serverName());
    QVERIFY(!server.nextSocket());
}

void tst_native::nextPendingConnectionIsNative()
{
    const Watchdog watchdog;
    qlocal::Server server;
    QVERIFY(server.listen(uniqueName()));
    qlocal::Socket client;
    client.connectToServer(server.serverName());
    QVERIFY(server.waitForNewConnection(5000));
    QLocalSocket *socket = server.nextPendingConnection();
    QVERIFY(qobject_cast<qlocal::Socket *>(socket));
    client.write("?");
    client.flush();
    QVERIFY(socket->waitForReadyRead(5000));
    QCOMPARE(socket->readAll(), QByteArray("?"));
}

QTEST_GUILESS_MAIN(tst_native)
#include "tst_native.moc"
