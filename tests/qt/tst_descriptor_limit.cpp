// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A process that has run out of descriptors: clear failures, and everything resumes once some are
// free again.
//
// The whole test program runs under a soft limit of 64 descriptors, which is why it is a separate
// program.

#include "exhaustion.h"
#include "pair.h"

#include <QtCore/QFile>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

#include <memory>
#include <optional>
#include <vector>

class tst_DescriptorLimit : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void connectFailsWithError();
    void connectRecovers();
    void listenFailsWithError();
    void listenRecovers();
    void openConnectionsContinue();
    void manyConnectionsFailAndRecover();
#ifdef QLOCAL_DROPIN // stock Qt closes the server and removes its file
    void serverSurvivesFailedAccept();
    void acceptRecovers();
    void waitingServerSurvivesFailedAccept();
    void queuedSocketSurvivesFailedAccept();
#endif

private:
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_DescriptorLimit::initTestCase()
{
    QVERIFY(testing::allowDescriptors(64));
    // Descriptors that the process opens once and keeps are open from now on.
    testing::Pair pair;
    // UndefinedBehaviorSanitizer needs a descriptor the first time that it inspects a type.
    QSignalSpy connections(pair.client, &QLocalSocket::connected);
    QVERIFY(pair.open() && pair.answers());
    testing::settle();
    QCOMPARE(connections.count(), 1);
}

void tst_DescriptorLimit::connectFailsWithError()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    QSignalSpy errors(pair.client, &QLocalSocket::errorOccurred);
    const testing::Exhaustion exhaustion;
    pair.client->connectToServer(pair.server->fullServerName());
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(errors.count(), 1);
    QVERIFY(!pair.client->errorString().isEmpty());
#ifdef QLOCAL_DROPIN
    QCOMPARE(pair.client->error(), QLocalSocket::SocketResourceError);
#else
    QCOMPARE(pair.client->error(), QLocalSocket::UnsupportedSocketOperationError);
#endif
}

void tst_DescriptorLimit::connectRecovers()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    {
        const testing::Exhaustion exhaustion;
        pair.client->connectToServer(pair.server->fullServerName());
        QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    }
    QVERIFY(pair.connect());
    QVERIFY(pair.answers());
}

void tst_DescriptorLimit::listenFailsWithError()
{
    const QString name = testing::uniqueName();
    QLocalServer server;
    const testing::Exhaustion exhaustion;
    QVERIFY(!server.listen(name));
    QVERIFY(!server.isListening());
    QVERIFY(!server.errorString().isEmpty());
#ifdef QLOCAL_DROPIN
    QCOMPARE(server.serverError(), QAbstractSocket::SocketResourceError);
#else
    QCOMPARE(server.serverError(), QAbstractSocket::UnknownSocketError);
#endif
}

void tst_DescriptorLimit::listenRecovers()
{
    testing::Pair pair;
    {
        const testing::Exhaustion exhaustion;
        QVERIFY(!pair.listen());
    }
    QVERIFY(pair.open());
    QVERIFY(pair.answers());
}

void tst_DescriptorLimit::openConnectionsContinue()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const testing::Exhaustion exhaustion;
    QVERIFY(pair.answers());
    const QByteArray much(1 << 20, 'x');
    pair.client->write(much);
    testing::settle();
    QCOMPARE(pair.accepted->readAll(), much);
}

void tst_DescriptorLimit::manyConnectionsFailAndRecover()
{
    // The server never accepts, so that only the clients are at the limit.
    testing::Pair pair;
    pair.server->setListenBacklogSize(200);
    pair.server->setMaxPendingConnections(0);
    QVERIFY(pair.listen());
    std::vector<std::unique_ptr<QLocalSocket>> clients;
    int connected = 0;
    for (int i = 0; i < 100; ++i) {
        clients.push_back(std::make_unique<QLocalSocket>());
        clients.back()->connectToServer(pair.server->fullServerName());
        connected += clients.back()->state() == QLocalSocket::ConnectedState ? 1 : 0;
        QVERIFY(clients.back()->state() != QLocalSocket::UnconnectedState
                || !clients.back()->errorString().isEmpty());
    }
    QVERIFY2(connected > 10 && connected < 64, qPrintable(QString::number(connected)));
    QCOMPARE(clients.back()->state(), QLocalSocket::UnconnectedState);
    clients.erase(clients.begin(), clients.begin() + 5);
    clients.back()->connectToServer(pair.server->fullServerName());
    QCOMPARE(clients.back()->state(), QLocalSocket::ConnectedState);
}

#ifdef QLOCAL_DROPIN
void tst_DescriptorLimit::serverSurvivesFailedAccept()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    const testing::Exhaustion exhaustion(1);
    pair.client->connectToServer(pair.server->fullServerName());
    QCOMPARE(pair.client->state(), QLocalSocket::ConnectedState);
    for (int i = 0; i < 50; ++i)
        QCoreApplication::processEvents();
    QVERIFY(pair.server->isListening());
    QVERIFY(QFile::exists(pair.server->fullServerName()));
    QCOMPARE(pair.server->serverError(), QAbstractSocket::SocketResourceError);
    QVERIFY(!pair.server->errorString().isEmpty());
}

void tst_DescriptorLimit::acceptRecovers()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    {
        const testing::Exhaustion exhaustion(1);
        pair.client->connectToServer(pair.server->fullServerName());
        for (int i = 0; i < 50; ++i)
            QCoreApplication::processEvents();
    }
    pair.client->abort();
    pair.client->connectToServer(pair.server->fullServerName());
    QTRY_VERIFY_WITH_TIMEOUT(pair.server->hasPendingConnections(), 10000);
    while (QLocalSocket *socket = pair.server->nextPendingConnection())
        pair.accepted = socket;
    QTRY_VERIFY_WITH_TIMEOUT(!pair.server->hasPendingConnections(), 10000);
    QVERIFY(pair.server->isListening());
}

void tst_DescriptorLimit::waitingServerSurvivesFailedAccept()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    {
        const testing::Exhaustion exhaustion(1);
        pair.client->connectToServer(pair.server->fullServerName());
        pair.server->waitForNewConnection(50);
        QVERIFY(pair.server->isListening());
    }
    pair.client->abort();
    QVERIFY(pair.connect());
}

void tst_DescriptorLimit::queuedSocketSurvivesFailedAccept()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    QLocalSocket first;
    first.connectToServer(pair.server->fullServerName());
    QVERIFY(pair.server->waitForNewConnection(5000));
    const testing::Exhaustion exhaustion(1);
    pair.client->connectToServer(pair.server->fullServerName());
    for (int i = 0; i < 50; ++i)
        QCoreApplication::processEvents();
    QVERIFY(pair.server->hasPendingConnections());
    QLocalSocket *queued = pair.server->nextPendingConnection();
    QVERIFY(queued);
    QCOMPARE(queued->state(), QLocalSocket::ConnectedState);
}
#endif

QTEST_GUILESS_MAIN(tst_DescriptorLimit)
#include "tst_descriptor_limit.moc"
