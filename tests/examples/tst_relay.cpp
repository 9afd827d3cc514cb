// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The program in docs/large-transfers.md, between a client and an echo server.

#include "testing.h"

#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

class tst_relay : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void relayPassesEverythingOn();
    void relayEndsBothSides();
};

/// An echo server, and a relay to it.
struct Relay
{
    bool start()
    {
        QObject::connect(&echo, &QLocalServer::newConnection, &echo, [this] {
            QLocalSocket *const socket = echo.nextPendingConnection();
            QObject::connect(socket, &QLocalSocket::readyRead, socket,
                             [socket] { socket->write(socket->readAll()); });
        });
        if (!folder.isValid() || !echo.listen(folder.filePath("echo")))
            return false;
        process.start(RELAY, { folder.filePath("relay"), folder.filePath("echo") });
        return process.waitForStarted();
    }
    /// Whether the relay listens by now.
    bool connect()
    {
        if (!client.isValid())
            client.connectToServer(folder.filePath("relay"));
        return client.isValid();
    }
    ~Relay()
    {
        process.kill();
        process.waitForFinished();
    }

    const QTemporaryDir folder;
    QLocalServer echo;
    QProcess process;
    QLocalSocket client;
};

void tst_relay::relayPassesEverythingOn()
{
    const testing::Watchdog watchdog;
    Relay relay;
    QVERIFY(relay.start());
    QLocalSocket &client = relay.client;
    QTRY_VERIFY(relay.connect());
    const QByteArray sent = QByteArray("0123456789").repeated(100'000);
    client.write(sent);
    QByteArray received;
    QObject::connect(&client, &QLocalSocket::readyRead, &client,
                     [&] { received += client.readAll(); });
    QTRY_COMPARE_WITH_TIMEOUT(received.size(), sent.size(), 20'000);
    QCOMPARE(received, sent);
}

void tst_relay::relayEndsBothSides()
{
    const testing::Watchdog watchdog;
    Relay relay;
    QVERIFY(relay.start());
    QLocalSocket &client = relay.client;
    QTRY_VERIFY(relay.connect());
    client.write("?");
    QTRY_COMPARE(client.bytesAvailable(), qint64(1));
    relay.echo.close();
    const auto sockets = relay.echo.findChildren<QLocalSocket *>();
    QCOMPARE(sockets.size(), 1);
    sockets.first()->abort();
    QTRY_COMPARE(client.state(), QLocalSocket::UnconnectedState);
}

QTEST_GUILESS_MAIN(tst_relay)
#include "tst_relay.moc"
