// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Blocking calls before the QCoreApplication exists, as made by programs that check for a running
// instance.

#include "echo.h"

#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <memory>

class tst_BeforeApplication : public QObject
{
    Q_OBJECT

public:
    /// Runs before the application exists; the tests check the results.
    static void beforeApplication();

private slots:
    void connectingWorks();
    void failureIsReported();
    void acceptingWorks();
    void bytesGoBothWays();
    void waitsTimeOut();
    void serverContinuesInApplication();
    void socketContinuesInApplication();
    void newSocketsUseItsEventLoop();
    void cleanupTestCase();

private:
    static inline bool s_connected, s_failed, s_accepted, s_timedOut;
    static inline QByteArray s_answer;
    static inline std::unique_ptr<QLocalServer> s_server;
    static inline std::unique_ptr<QLocalSocket> s_client;
    static inline QLocalSocket *s_peer;
};

void tst_BeforeApplication::beforeApplication()
{
    const testing::Watchdog watchdog;
    s_server = std::make_unique<QLocalServer>();
    s_client = std::make_unique<QLocalSocket>();
    s_client->connectToServer(testing::uniqueName("missing"));
    s_failed = s_client->error() == QLocalSocket::ServerNotFoundError;
    if (!s_server->listen(testing::uniqueName()))
        return;
    s_client->connectToServer(s_server->fullServerName());
    s_connected = s_client->waitForConnected(5000);
    s_accepted = s_server->waitForNewConnection(5000);
    s_peer = s_server->nextPendingConnection();
    if (!s_peer)
        return;
    s_client->write("question");
    if (s_client->waitForBytesWritten(5000) && s_peer->waitForReadyRead(5000))
        s_peer->write(s_peer->readAll().toUpper());
    if (s_peer->waitForBytesWritten(5000) && s_client->waitForReadyRead(5000))
        s_answer = s_client->readAll();
    s_timedOut = !s_client->waitForReadyRead(10)
            && s_client->error() == QLocalSocket::SocketTimeoutError;
}

void tst_BeforeApplication::connectingWorks()
{
    QVERIFY(s_connected);
}

void tst_BeforeApplication::failureIsReported()
{
    QVERIFY(s_failed);
}

void tst_BeforeApplication::acceptingWorks()
{
    QVERIFY(s_accepted);
}

void tst_BeforeApplication::bytesGoBothWays()
{
    QCOMPARE(s_answer, QByteArray("QUESTION"));
}

void tst_BeforeApplication::waitsTimeOut()
{
    QVERIFY(s_timedOut);
}

void tst_BeforeApplication::serverContinuesInApplication()
{
    const testing::Watchdog watchdog;
    QLocalSocket client;
    client.connectToServer(s_server->fullServerName());
    QVERIFY(s_server->waitForNewConnection(5000));
    QVERIFY(s_server->nextPendingConnection());
}

void tst_BeforeApplication::socketContinuesInApplication()
{
    const testing::Watchdog watchdog;
    s_client->write("again");
#ifdef QLOCAL_DROPIN
    QByteArray received;
    const auto connection = connect(s_peer, &QIODevice::readyRead, this,
                                    [&] { received += s_peer->readAll(); });
    QTRY_COMPARE(received, QByteArray("again"));
    disconnect(connection);
#else
    // Qt's sockets get no events, but still work in waits.
    QVERIFY(s_client->waitForBytesWritten(5000));
    QVERIFY(s_peer->waitForReadyRead(5000));
    QCOMPARE(s_peer->readAll(), QByteArray("again"));
#endif
}

void tst_BeforeApplication::newSocketsUseItsEventLoop()
{
    const testing::Watchdog watchdog;
    testing::EchoServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QLocalSocket client;
    QByteArray answer;
    connect(&client, &QIODevice::readyRead, this, [&] { answer += client.readAll(); });
    client.connectToServer(server.fullServerName());
    client.write("question");
    QTRY_COMPARE(answer, QByteArray("question"));
}

void tst_BeforeApplication::cleanupTestCase()
{
    s_client.reset();
    s_server.reset();
}

int main(int argc, char **argv)
{
    tst_BeforeApplication::beforeApplication();
    QCoreApplication application(argc, argv);
    tst_BeforeApplication test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_before_application.moc"
