// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalServer: defaults, listening, closing and removing.

#include "pair.h"

#include <QtCore/QFileInfo>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <memory>
#include <optional>
#include <vector>

class tst_Server : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void newServerHasDefaults();
    void constructorTakesParent();
    void sizesAreKeptAsSet();
    void socketOptionsAreKeptAsSet();

    void emptyNameIsHostNotFound();
    void secondListenWarns();
    void descriptorWhileListeningWarns();
    void listenAfterCloseWorks();
    void backlogSizeLimitsWaitingClients();
    void errorStaysAfterSuccessfulListen();

    void closeRemovesFile();
    void destructorRemovesFile();
    void closeClearsNames();
    void closeDeletesPendingSockets();
    void closeKeepsTakenSockets();
    void closeEndsPendingConnections();
    void secondCloseIsHarmless();

    void removeMissingNameIsTrue();
    void removeLiveNameFreesIt();
    void removeOwnEmptyFileFreesName();
    void removeFolderIsFalse();
    void removeEmptyNameIsFalse();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_Server::newServerHasDefaults()
{
    QLocalServer server;
    QCOMPARE(server.maxPendingConnections(), 30);
    QCOMPARE(server.listenBacklogSize(), 50);
    QCOMPARE(int(server.serverError()), -1);
    QCOMPARE(server.errorString(), QString());
    QCOMPARE(server.socketOptions(), QLocalServer::SocketOptions(QLocalServer::NoOptions));
    QCOMPARE(server.socketDescriptor(), qintptr(-1));
    QCOMPARE(server.serverName(), QString());
    QCOMPARE(server.fullServerName(), QString());
    QVERIFY(!server.isListening());
    QVERIFY(!server.hasPendingConnections());
    QVERIFY(!server.nextPendingConnection());
}

void tst_Server::constructorTakesParent()
{
    QObject parent;
    QPointer<QLocalServer> server = new QLocalServer(&parent);
    QCOMPARE(server->parent(), &parent);
}

void tst_Server::sizesAreKeptAsSet()
{
    QLocalServer server;
    server.setMaxPendingConnections(3);
    server.setListenBacklogSize(7);
    QVERIFY(server.listen(testing::uniqueName()));
    QCOMPARE(server.maxPendingConnections(), 3);
    QCOMPARE(server.listenBacklogSize(), 7);
}

void tst_Server::socketOptionsAreKeptAsSet()
{
    QLocalServer server;
    server.setSocketOptions(QLocalServer::UserAccessOption | QLocalServer::GroupAccessOption);
    QCOMPARE(server.socketOptions(),
             QLocalServer::UserAccessOption | QLocalServer::GroupAccessOption);
}

void tst_Server::emptyNameIsHostNotFound()
{
    QLocalServer server;
    QVERIFY(!server.listen(QString()));
    QCOMPARE(server.serverError(), QAbstractSocket::HostNotFoundError);
    QCOMPARE(server.errorString(), QStringLiteral("QLocalServer::listen: Name error"));
    QVERIFY(!server.isListening());
}

void tst_Server::secondListenWarns()
{
    QLocalServer server;
    const QString name = testing::uniqueName();
    QVERIFY(server.listen(name));
    QTest::ignoreMessage(QtWarningMsg, "QLocalServer::listen() called when already listening");
    QVERIFY(!server.listen(testing::uniqueName()));
    QVERIFY(server.isListening());
    QCOMPARE(server.serverName(), name);
}

void tst_Server::descriptorWhileListeningWarns()
{
    QLocalServer server, other;
    QVERIFY(server.listen(testing::uniqueName()) && other.listen(testing::uniqueName()));
    const QString name = server.serverName();
    QTest::ignoreMessage(QtWarningMsg, "QLocalServer::listen() called when already listening");
    QVERIFY(!server.listen(other.socketDescriptor()));
    QCOMPARE(server.serverName(), name);
    QLocalSocket client;
    client.connectToServer(other.serverName());
    QVERIFY(other.waitForNewConnection(5000));
}

void tst_Server::backlogSizeLimitsWaitingClients()
{
    QLocalServer server;
    server.setMaxPendingConnections(0);
    for (const int size : { 0, 2, 5 }) {
        server.setListenBacklogSize(size);
        QVERIFY(server.listen(testing::uniqueName()));
        std::vector<std::unique_ptr<QLocalSocket>> clients;
        // The kernel queues one more than requested.
        for (int i = 0; i <= size + 1; ++i) {
            clients.push_back(std::make_unique<QLocalSocket>());
            clients.back()->connectToServer(server.serverName());
            QCOMPARE(clients.back()->state(),
                     i <= size ? QLocalSocket::ConnectedState : QLocalSocket::ConnectingState);
        }
        server.close();
    }
}

void tst_Server::listenAfterCloseWorks()
{
    QLocalServer server;
    const QString name = testing::uniqueName();
    QVERIFY(server.listen(name));
    server.close();
    QVERIFY(server.listen(name));
    QVERIFY(server.isListening());
}

void tst_Server::errorStaysAfterSuccessfulListen()
{
    QLocalServer server;
    QVERIFY(!server.listen(QString()));
    QVERIFY(server.listen(testing::uniqueName()));
    QCOMPARE(server.serverError(), QAbstractSocket::HostNotFoundError);
}

void tst_Server::closeRemovesFile()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    const QString path = server.fullServerName();
    server.close();
    QVERIFY(!QFileInfo::exists(path));
}

void tst_Server::destructorRemovesFile()
{
    QPointer<QLocalServer> server = new QLocalServer;
    QVERIFY(server->listen(testing::uniqueName()));
    const QString path = server->fullServerName();
    delete server;
    QVERIFY(!QFileInfo::exists(path));
}

void tst_Server::closeClearsNames()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    server.close();
    QVERIFY(!server.isListening());
    QCOMPARE(server.serverName(), QString());
    QCOMPARE(server.fullServerName(), QString());
    QCOMPARE(server.socketDescriptor(), qintptr(-1));
}

void tst_Server::closeDeletesPendingSockets()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QLocalSocket client;
    client.connectToServer(server.fullServerName());
    QVERIFY(server.waitForNewConnection(5000));
    QPointer<QLocalSocket> pending = server.findChild<QLocalSocket *>();
    QVERIFY(pending);
    server.close();
    QVERIFY(!pending);
    QVERIFY(!server.hasPendingConnections());
}

void tst_Server::closeKeepsTakenSockets()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.server->close();
    QVERIFY(pair.answers());
}

void tst_Server::closeEndsPendingConnections()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QLocalSocket client;
    client.connectToServer(server.fullServerName());
    QVERIFY(server.waitForNewConnection(5000));
    server.close();
    QVERIFY(client.state() == QLocalSocket::UnconnectedState || client.waitForDisconnected(5000));
}

void tst_Server::secondCloseIsHarmless()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    server.close();
    server.close();
    QVERIFY(server.listen(testing::uniqueName()));
}

void tst_Server::removeMissingNameIsTrue()
{
    QVERIFY(QLocalServer::removeServer(testing::uniqueName("missing")));
}

void tst_Server::removeLiveNameFreesIt()
{
    QLocalServer first;
    QVERIFY(first.listen(testing::uniqueName()));
    QVERIFY(QLocalServer::removeServer(first.serverName()));
    QLocalServer second;
    QVERIFY(second.listen(first.serverName()));
}

void tst_Server::removeOwnEmptyFileFreesName()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("file");
    QVERIFY(QFile(path).open(QIODevice::WriteOnly));
    QVERIFY(QLocalServer::removeServer(path));
    QLocalServer server;
    QVERIFY(server.listen(path));
}

void tst_Server::removeFolderIsFalse()
{
    QTemporaryDir folder;
    QVERIFY(!QLocalServer::removeServer(folder.path()));
    QVERIFY(QFileInfo(folder.path()).isDir());
}

void tst_Server::removeEmptyNameIsFalse()
{
    QVERIFY(!QLocalServer::removeServer(QString()));
}

QTEST_GUILESS_MAIN(tst_Server)
#include "tst_server.moc"
