// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Servers that keep their names, or hand them over.

#include "testing.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QPointer>
#include <QtCore/QTemporaryDir>
#include <QtCore/QThread>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include <memory>
#include <optional>
#include <stdexcept>

using namespace std::chrono_literals;

using qlocal::Error;
using qlocal::NamePolicy;
using qlocal::Server;
using qlocal::Socket;

class tst_names_kept : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void nothingIsKeptByDefault();
    void policyCanBeRead();
    void removedNameIsBoundAgain();
    void lossIsOnlyAnnouncedOnRequest();
    void liveNameIsNotStolen();
    void folderIsCreatedAgain();
    void connectionsSurviveLoss();
    void waitingClientsAreAcceptedFirst();
    void serverMayBeDeletedInNameLost();
    void nameLostMayThrow();
    void movedServerKeepsItsName();
    void plainServerIsLeftAlone();

    void newerServerTakesOver();
    void newerServerInAnotherThreadTakesOver();
    void serverWithoutAgreementStays();
    void hangingServerTimesOut();
    void pendingConnectionsStayAfterHandOver();
    void olderServerMayBeDeletedInHandedOver();
    void olderServerCanListenAgain();

private:
    QString path(const QString &name) const { return m_folder->filePath(name); }

    std::optional<testing::Watchdog> m_watchdog;
    std::optional<QTemporaryDir> m_folder;
};

void tst_names_kept::init()
{
    m_watchdog.emplace();
    m_folder.emplace();
}

void tst_names_kept::cleanup()
{
    m_folder.reset();
    m_watchdog.reset();
}

static bool canConnect(const QString &name)
{
    Socket socket;
    socket.connectToServer(name);
    return socket.state() == QLocalSocket::ConnectedState;
}

static Server::NameLoss lossIn(QSignalSpy &spy)
{
    return spy.takeFirst().at(0).value<Server::NameLoss>();
}

void tst_names_kept::nothingIsKeptByDefault()
{
    const Server server;
    QVERIFY(!server.isNameKept());
    QVERIFY(!server.handsOver());
    QCOMPARE(server.takeOverTimeout(), -1);
    const NamePolicy policy = server.namePolicy();
    QVERIFY(policy.rebinds);
    QVERIFY(!policy.recreatesFolder);
    QCOMPARE(policy.touchInterval.count(), 0);
}

void tst_names_kept::policyCanBeRead()
{
    Server server;
    server.keepName({ false, true, 2h });
    QVERIFY(server.isNameKept());
    const NamePolicy policy = server.namePolicy();
    QVERIFY(!policy.rebinds);
    QVERIFY(policy.recreatesFolder);
    QCOMPARE(policy.touchInterval.count(), 7200000);
    server.stopKeepingName();
    QVERIFY(!server.isNameKept());
    server.setHandsOver(true);
    QVERIFY(server.handsOver());
    server.setTakeOverTimeout(10);
    QCOMPARE(server.takeOverTimeout(), 10);
}

void tst_names_kept::removedNameIsBoundAgain()
{
    Server server;
    QSignalSpy lost(&server, &Server::nameLost);
    QSignalSpy regained(&server, &Server::nameRegained);
    QSignalSpy connected(&server, &QLocalServer::newConnection);
    server.keepName();
    QVERIFY(server.listen(path("a")));
    for (int round = 1; round <= 3; ++round) {
        QVERIFY(QFile::remove(path("a")));
        QTRY_COMPARE(regained.size(), round);
        QCOMPARE(lossIn(lost), Server::Removed);
        QVERIFY(canConnect(path("a")));
        QTRY_COMPARE(connected.size(), round);
    }
    QCOMPARE(server.fullServerName(), path("a"));
    server.close();
    QVERIFY(!QFile::exists(path("a")));
}

void tst_names_kept::lossIsOnlyAnnouncedOnRequest()
{
    Server server;
    QSignalSpy lost(&server, &Server::nameLost);
    server.keepName({ false, false, 0ms });
    QVERIFY(server.listen(path("a")));
    QVERIFY(QFile::rename(path("a"), path("b")));
    QVERIFY(lost.wait());
    QVERIFY(!QFile::exists(path("a")));
    QSignalSpy regained(&server, &Server::nameRegained);
    QVERIFY(QFile::rename(path("b"), path("a")));
    QVERIFY(regained.wait());
}

void tst_names_kept::liveNameIsNotStolen()
{
    Server server;
    QSignalSpy lost(&server, &Server::nameLost);
    QSignalSpy regained(&server, &Server::nameRegained);
    server.keepName();
    QVERIFY(server.listen(path("a")));
    QVERIFY(Server::removeServer(path("a")));
    {
        Server other;
        QVERIFY(other.listen(path("a")));
        QTRY_COMPARE(lost.size(), 1);
        QCOMPARE(lossIn(lost), Server::Replaced);
        QVERIFY(canConnect(path("a")));
        QTRY_VERIFY(other.hasPendingConnections());
        QCOMPARE(regained.size(), 0);
    }
    QTRY_COMPARE(regained.size(), 1);
    QVERIFY(canConnect(path("a")));
    QTRY_VERIFY(server.hasPendingConnections());
}

void tst_names_kept::folderIsCreatedAgain()
{
    QVERIFY(QDir(m_folder->path()).mkdir("folder"));
    Server server;
    QSignalSpy lost(&server, &Server::nameLost);
    QSignalSpy regained(&server, &Server::nameRegained);
    server.keepName({ true, true, 0ms });
    QVERIFY(server.listen(path("folder/a")));
    QVERIFY(QDir(path("folder")).removeRecursively());
    QTRY_COMPARE(regained.size(), 1);
    QCOMPARE(lossIn(lost), Server::FolderGone);
    QVERIFY(canConnect(path("folder/a")));
}

void tst_names_kept::connectionsSurviveLoss()
{
    Server server;
    server.keepName();
    QVERIFY(server.listen(path("a")));
    Socket client;
    client.connectToServer(path("a"));
    QTRY_VERIFY(server.hasPendingConnections());
    Socket *peer = server.nextSocket();
    QSignalSpy regained(&server, &Server::nameRegained);
    QVERIFY(QFile::remove(path("a")));
    QVERIFY(regained.wait());
    client.write("x");
    QTRY_COMPARE(peer->peek(10), QByteArray("x"));
    peer->write("y");
    QTRY_COMPARE(client.peek(10), QByteArray("y"));
}

void tst_names_kept::waitingClientsAreAcceptedFirst()
{
    Server server;
    server.setMaxPendingConnections(1);
    server.keepName();
    QVERIFY(server.listen(path("a")));
    QSignalSpy regained(&server, &Server::nameRegained);
    std::vector<std::unique_ptr<Socket>> clients;
    for (char number = 0; number < 10; ++number) {
        if (number == 6) {
            QVERIFY(QFile::remove(path("a")));
            QVERIFY(regained.wait());
        }
        clients.push_back(std::make_unique<Socket>());
        clients.back()->connectToServer(path("a"));
        QCOMPARE(clients.back()->write(&number, 1), 1);
        clients.back()->flush();
    }
    for (char number = 0; number < 10; ++number) {
        QTRY_VERIFY(server.hasPendingConnections());
        Socket *peer = server.nextSocket();
        QTRY_COMPARE(peer->bytesAvailable(), 1);
        QCOMPARE(peer->readAll(), QByteArray(1, number));
    }
}

void tst_names_kept::serverMayBeDeletedInNameLost()
{
    QPointer<Server> server = new Server;
    server->keepName();
    QVERIFY(server->listen(path("a")));
    connect(server, &Server::nameLost, this, [&] { delete server; });
    QVERIFY(QFile::remove(path("a")));
    QTRY_VERIFY(!server);
    QVERIFY(!QFile::exists(path("a")));
}

void tst_names_kept::nameLostMayThrow()
{
    Server server;
    server.keepName();
    QVERIFY(server.listen(path("a")));
    const auto thrower = connect(&server, &Server::nameLost, &server,
                                 [] { throw std::runtime_error("thrown by a handler"); });
    QVERIFY(QFile::remove(path("a")));
    bool caught = false;
    while (!caught) {
        try {
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        } catch (const std::runtime_error &) {
            caught = true;
        }
    }
    disconnect(thrower);
    // The next attempt is made after its usual interval.
    QSignalSpy regained(&server, &Server::nameRegained);
    QVERIFY(regained.wait());
    QVERIFY(canConnect(path("a")));
}

void tst_names_kept::movedServerKeepsItsName()
{
    QThread thread;
    thread.start();
    auto *server = new Server;
    server->keepName();
    server->setHandsOver(true);
    QVERIFY(server->listen(path("a")));
    QSignalSpy regained(server, &Server::nameRegained);
    server->moveToThread(&thread);
    QVERIFY(QFile::remove(path("a")));
    QTRY_COMPARE(regained.size(), 1);
    // And so does its agreement.
    Server newer;
    newer.setTakeOverTimeout(30000);
    QVERIFY(newer.listen(path("a")));
    server->deleteLater();
    thread.quit();
    QVERIFY(thread.wait());
    QVERIFY(canConnect(path("a")));
}

void tst_names_kept::plainServerIsLeftAlone()
{
    QLocalServer server;
    QVERIFY(server.listen(path("a")));
    QVERIFY(QFile::remove(path("a")));
    QTest::qWait(50);
    QVERIFY(!QFile::exists(path("a")));
    QVERIFY(server.isListening());
}

void tst_names_kept::newerServerTakesOver()
{
    Server older;
    older.setHandsOver(true);
    QSignalSpy handedOver(&older, &Server::handedOver);
    QVERIFY(older.listen(path("a")));
    Socket waiting;
    waiting.connectToServer(path("a"));
    Server newer;
    newer.setTakeOverTimeout(1000);
    QVERIFY(newer.listen(path("a")));
    // Not inside listen() of another server.
    QCOMPARE(handedOver.size(), 0);
    QVERIFY(!older.isListening());
    QCOMPARE(older.serverName(), QString());
    QTRY_COMPARE(handedOver.size(), 1);
    older.close();
    QCOMPARE(newer.fullServerName(), path("a"));
    QVERIFY(canConnect(path("a")));
    QTRY_COMPARE(newer.counters().accepted, 2U);
    QCOMPARE(older.counters().accepted, 0U);
    newer.close();
    QVERIFY(!QFile::exists(path("a")));
}

void tst_names_kept::newerServerInAnotherThreadTakesOver()
{
    Server older;
    older.setHandsOver(true);
    QSignalSpy handedOver(&older, &Server::handedOver);
    QVERIFY(older.listen(path("a")));
    Socket client;
    client.connectToServer(path("a"));
    QTRY_VERIFY(older.hasPendingConnections());
    Socket *peer = older.nextSocket();
    bool listening = false;
    std::unique_ptr<QThread> thread(QThread::create([&] {
        Server newer;
        newer.setTakeOverTimeout(30000);
        listening = newer.listen(path("a")) && newer.waitForNewConnection(-1);
    }));
    thread->start();
    QTRY_COMPARE(handedOver.size(), 1);
    QVERIFY(canConnect(path("a")));
    QVERIFY(thread->wait());
    QVERIFY(listening);
    client.write("x");
    QTRY_COMPARE(peer->peek(10), QByteArray("x"));
}

void tst_names_kept::serverWithoutAgreementStays()
{
    Server older;
    QVERIFY(older.listen(path("a")));
    Server newer;
    newer.setTakeOverTimeout(30000);
    QVERIFY(!newer.listen(path("a")));
    QCOMPARE(newer.serverError(), QAbstractSocket::AddressInUseError);
    QCOMPARE(newer.lastError().kind(), Error::AddressInUse);
    // Nor is one that agrees asked by a server that does not want it.
    older.setHandsOver(true);
    newer.setTakeOverTimeout(-1);
    QVERIFY(!newer.listen(path("a")));
    QCOMPARE(newer.serverError(), QAbstractSocket::AddressInUseError);
    QVERIFY(older.isListening());
}

void tst_names_kept::hangingServerTimesOut()
{
    Server older;
    older.setHandsOver(true);
    QVERIFY(older.listen(path("a")));
    Error::Kind kind = Error::None;
    std::unique_ptr<QThread> thread(QThread::create([&] {
        Server newer;
        newer.setTakeOverTimeout(50);
        if (!newer.listen(path("a")))
            kind = newer.lastError().kind();
    }));
    thread->start();
    // No event loop runs meanwhile.
    QVERIFY(thread->wait());
    QCOMPARE(kind, Error::TimedOut);
    QCoreApplication::processEvents();
    QVERIFY(older.isListening());
    QVERIFY(canConnect(path("a")));
}

void tst_names_kept::pendingConnectionsStayAfterHandOver()
{
    Server older;
    older.setHandsOver(true);
    QVERIFY(older.listen(path("a")));
    Socket client;
    client.connectToServer(path("a"));
    QTRY_VERIFY(older.hasPendingConnections());
    Server newer;
    newer.setTakeOverTimeout(1000);
    QVERIFY(newer.listen(path("a")));
    client.write("x");
    QVERIFY(older.hasPendingConnections());
    Socket *peer = older.nextSocket();
    QTRY_COMPARE(peer->peek(10), QByteArray("x"));
}

void tst_names_kept::olderServerMayBeDeletedInHandedOver()
{
    QPointer<Server> older = new Server;
    older->setHandsOver(true);
    QVERIFY(older->listen(path("a")));
    connect(older, &Server::handedOver, this, [&] { delete older; });
    Server newer;
    newer.setTakeOverTimeout(1000);
    QVERIFY(newer.listen(path("a")));
    QTRY_VERIFY(!older);
    QVERIFY(canConnect(path("a")));
}

void tst_names_kept::olderServerCanListenAgain()
{
    Server servers[2];
    for (Server &server : servers) {
        server.setHandsOver(true);
        server.setTakeOverTimeout(1000);
    }
    for (int round = 0; round < 10; ++round) {
        QVERIFY(servers[round % 2].listen(path("a")));
        QVERIFY(!servers[1 - round % 2].isListening());
        QVERIFY(canConnect(path("a")));
    }
}

QTEST_GUILESS_MAIN(tst_names_kept)
#include "tst_names_kept.moc"
