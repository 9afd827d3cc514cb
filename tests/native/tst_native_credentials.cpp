// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Peer credentials, and rules for peers.

#include <QtCore/QPointer>
#include <QtCore/QProcess>
#include <QtCore/QScopeGuard>
#include <QtCore/QSysInfo>
#include <QtCore/QVersionNumber>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include <fcntl.h>
#include <poll.h>

#include "pair.h"
#include "users.h"

using namespace testing;
using qlocal::PeerCredentials;
using qlocal::Server;

class tst_native_credentials : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothEndsReadCredentials();
    void plainSocketsHaveCredentials();
    void credentialsNeedConnection();
    void otherUserHasAllGroups();
    void processDescriptorReportsExit();
    void descriptorIsClosedWithItsOwner();
    void credentialsAreGadget();
    void anyUserConnectsByDefault();
    void onlySameUserConnects();
    void anyUserCanBeAllowed();
    void listedUsersCanConnect();
    void listedGroupsCanConnect();
    void functionDecidesPerPeer();
    void functionCanReplaceItself();
    void functionCanEndServer();
    void refusedPeerIsNotAnnounced();
    void deleteServerInRefused();
    void waitContinuesAfterRefusal();
};

/// The fate of another user's connection, under rules set by a test.
struct Gate
{
    explicit Gate(QLocalServer &listening) : server(listening)
    {
        server.setSocketOptions(QLocalServer::WorldAccessOption);
        if (!server.listen(folder.path()))
            qFatal("Gate: %s", qPrintable(server.errorString()));
    }

    bool admits(uid_t uid, gid_t gid = 77, const std::vector<gid_t> &groups = {})
    {
        const auto client = connectAs(folder.path(), uid, gid, groups);
        settle();
        const std::unique_ptr<QLocalSocket> accepted(server.nextPendingConnection());
        const bool isIn = client->state() == QLocalSocket::ConnectedState;
        if (isIn != bool(accepted))
            qFatal("Gate: one end has a connection, the other has none");
        return isIn;
    }

    /// Only root can create other users' clients; otherwise all are the same user.
    static bool onlyWithoutRoot() { return !isRoot(); }

    OpenFolder folder;
    QLocalServer &server;
};

static bool isThisProcess(const PeerCredentials &peer)
{
    QList<uint> groups(::getgroups(0, nullptr));
    ::getgroups(int(groups.size()), groups.data());
    return peer.isValid() && peer.uid() == ::geteuid() && peer.gid() == ::getegid()
            && peer.groups() == groups && peer.pid() == ::getpid();
}

void tst_native_credentials::bothEndsReadCredentials()
{
    const Watchdog watchdog;
    Server server;
    QVERIFY(server.listen(uniqueName()));
    qlocal::Socket client;
    client.connectToServer(server.fullServerName());
    QVERIFY(server.waitForNewConnection(5000));
    QVERIFY(isThisProcess(client.peerCredentials()));
    QVERIFY(isThisProcess(server.nextSocket()->peerCredentials()));
}

void tst_native_credentials::plainSocketsHaveCredentials()
{
    const Watchdog watchdog;
    Pair pair;
    QVERIFY(pair.open());
    QVERIFY(isThisProcess(qlocal::peerCredentials(*pair.client)));
    QVERIFY(isThisProcess(qlocal::peerCredentials(*pair.accepted)));
}

void tst_native_credentials::credentialsNeedConnection()
{
    const qlocal::Socket socket;
    const PeerCredentials peer = socket.peerCredentials();
    QVERIFY(!peer.isValid());
    QCOMPARE(peer.pid(), 0);
    QVERIFY(peer.groups().isEmpty());
    QVERIFY(!peer.isInGroup(0));
    QVERIFY(!qlocal::peerProcess(socket).isValid());
}

void tst_native_credentials::otherUserHasAllGroups()
{
    const Watchdog watchdog;
    const OpenFolder folder;
    QLocalServer server;
    server.setSocketOptions(QLocalServer::WorldAccessOption);
    QVERIFY(server.listen(folder.path()));
    const auto client = connectAs(folder.path(), otherUid, 77, { 70000, 70001 });
    QVERIFY(server.waitForNewConnection(5000));
    const PeerCredentials peer = qlocal::peerCredentials(*server.nextPendingConnection());
    if (!isRoot()) {
        QVERIFY(isThisProcess(peer));
        return;
    }
    QCOMPARE(peer.uid(), otherUid);
    QCOMPARE(peer.gid(), 77U);
    QCOMPARE(peer.groups(), (QList<uint> { 70000, 70001 }));
    QVERIFY(peer.isInGroup(77) && peer.isInGroup(70001) && !peer.isInGroup(70002));
}

void tst_native_credentials::processDescriptorReportsExit()
{
    const Watchdog watchdog;
    const OpenFolder folder;
    Server server;
    server.setSocketOptions(QLocalServer::WorldAccessOption);
    server.setAnyUserAllowed(true);
    QVERIFY(server.listen(folder.path()));
    // Another program, of another user if possible.
    const QString program = QStringLiteral("import socket, sys\n"
                                           "client = socket.socket(socket.AF_UNIX)\n"
                                           "client.connect(sys.argv[1])\n"
                                           "client.recv(1)\n");
    QStringList command { "/usr/bin/python3", "-c", program, folder.path() };
    if (isRoot())
        command = QStringList { "setpriv", "--reuid=54321", "--regid=77", "--groups=88,99" }
                + command;
    QProcess process;
    process.start(command.first(), command.mid(1));
    const auto end = qScopeGuard([&process] {
        process.kill();
        process.waitForFinished();
    });
    QVERIFY(server.waitForNewConnection(20000));
    qlocal::Socket *socket = server.nextSocket();
    const PeerCredentials peer = socket->peerCredentials();
    QCOMPARE(peer.pid(), process.processId());
    if (isRoot()) {
        QCOMPARE(peer.uid(), otherUid);
        QCOMPARE(peer.groups(), (QList<uint> { 88, 99 }));
    }
    const qlocal::Descriptor descriptor = qlocal::peerProcess(*socket);
    if (!descriptor.isValid()) {
        QVERIFY(QVersionNumber::fromString(QSysInfo::kernelVersion()) < QVersionNumber(6, 5));
        return;
    }
    pollfd ended { descriptor.get(), POLLIN, 0 };
    QCOMPARE(::poll(&ended, 1, 0), 0);
    process.kill();
    QCOMPARE(::poll(&ended, 1, 20000), 1);
}

void tst_native_credentials::descriptorIsClosedWithItsOwner()
{
    const auto isOpen = [](int number) { return ::fcntl(number, F_GETFD) >= 0; };
    int number = -1;
    {
        qlocal::Descriptor first(::dup(0));
        number = first.get();
        qlocal::Descriptor second(std::move(first));
        QVERIFY(!first.isValid());
        QCOMPARE(second.get(), number);
        first = std::move(second);
        QVERIFY(isOpen(number));
    }
    QVERIFY(!isOpen(number));
}

void tst_native_credentials::credentialsAreGadget()
{
    const Watchdog watchdog;
    Server server;
    QVERIFY(server.listen(uniqueName()));
    qlocal::Socket client;
    client.connectToServer(server.fullServerName());
    const auto peer = client.property("peerCredentials").value<PeerCredentials>();
    const QMetaObject &meta = PeerCredentials::staticMetaObject;
    const int uid = meta.indexOfProperty("uid");
    QCOMPARE(meta.property(uid).readOnGadget(&peer).toUInt(), uint(::geteuid()));
}

void tst_native_credentials::anyUserConnectsByDefault()
{
    const Watchdog watchdog;
    QLocalServer server;
    Gate gate(server);
    QVERIFY(gate.admits(otherUid));
    QVERIFY(gate.admits(::geteuid()));
}

void tst_native_credentials::onlySameUserConnects()
{
    const Watchdog watchdog;
    Server server;
    Gate gate(server);
    QVERIFY(gate.admits(::geteuid()));
    QCOMPARE(gate.admits(otherUid, 0, { 0 }), gate.onlyWithoutRoot());
}

void tst_native_credentials::anyUserCanBeAllowed()
{
    const Watchdog watchdog;
    Server server;
    Gate gate(server);
    server.setAnyUserAllowed(true);
    QVERIFY(gate.admits(otherUid));
    server.setAnyUserAllowed(false);
    QCOMPARE(gate.admits(otherUid), gate.onlyWithoutRoot());
}

void tst_native_credentials::listedUsersCanConnect()
{
    const Watchdog watchdog;
    Server server;
    Gate gate(server);
    server.setAllowedUsers({ 5, otherUid });
    QVERIFY(gate.admits(otherUid));
    QVERIFY(gate.admits(::geteuid()));
    QCOMPARE(gate.admits(otherUid + 1, 77, { 5 }), gate.onlyWithoutRoot());
}

void tst_native_credentials::listedGroupsCanConnect()
{
    const Watchdog watchdog;
    Server server;
    Gate gate(server);
    server.setAllowedGroups({ 88 });
    QVERIFY(gate.admits(otherUid, 88));
    QVERIFY(gate.admits(otherUid, 77, { 99, 88 }));
    QCOMPARE(gate.admits(otherUid, 77, { 99 }), gate.onlyWithoutRoot());
}

void tst_native_credentials::functionDecidesPerPeer()
{
    const Watchdog watchdog;
    Server server;
    Gate gate(server);
    QList<uint> asked;
    bool answer = false;
    server.setAllowFunction([&](const PeerCredentials &peer) {
        asked << peer.uid();
        return answer;
    });
    QVERIFY(!gate.admits(::geteuid()));
    answer = true;
    QVERIFY(gate.admits(otherUid));
    QCOMPARE(asked, (QList<uint> { ::geteuid(), isRoot() ? otherUid : ::geteuid() }));
    server.setAllowFunction(nullptr);
    QCOMPARE(gate.admits(otherUid), gate.onlyWithoutRoot());
}

void tst_native_credentials::functionCanReplaceItself()
{
    const Watchdog watchdog;
    Server server;
    Gate gate(server);
    const auto held = std::make_shared<int>(5);
    server.setAllowFunction([&server, held](const PeerCredentials &) {
        server.setAllowFunction([](const PeerCredentials &) { return false; });
        return *held == 5;
    });
    QVERIFY(gate.admits(::geteuid()));
    QVERIFY(!gate.admits(::geteuid()));
}

void tst_native_credentials::functionCanEndServer()
{
    const Watchdog watchdog;
    for (const bool deletes : { false, true }) {
        for (const bool waits : { false, true }) {
            QPointer<Server> server(new Server);
            int announced = 0;
            connect(server, &Server::newConnection, this, [&announced] { ++announced; });
            server->setAllowFunction([&server, deletes](const PeerCredentials &) {
                server->close();
                if (deletes)
                    delete server;
                return true;
            });
            QVERIFY(server->listen(uniqueName()));
            QLocalSocket clients[2];
            for (QLocalSocket &client : clients)
                client.connectToServer(server->fullServerName());
            if (waits)
                QVERIFY(!server->waitForNewConnection(5000));
            settle();
            QCOMPARE(announced, 0);
            QCOMPARE(clients[0].state(), QLocalSocket::UnconnectedState);
            delete server;
        }
    }
}

void tst_native_credentials::refusedPeerIsNotAnnounced()
{
    const Watchdog watchdog;
    const OpenFolder folder;
    Server server;
    server.setSocketOptions(QLocalServer::WorldAccessOption);
    server.setAllowFunction([](const PeerCredentials &) { return false; });
    QVERIFY(server.listen(folder.path()));
    QSignalSpy announced(&server, &Server::newConnection);
    QSignalSpy refused(&server, &Server::refused);
    const auto client = connectAs(folder.path(), otherUid, 77);
    QTRY_COMPARE(client->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(client->error(), QLocalSocket::PeerClosedError);
    QCOMPARE(announced.count(), 0);
    QCOMPARE(refused.count(), 1);
    const auto peer = refused.first().at(0).value<PeerCredentials>();
    QCOMPARE(peer.uid(), isRoot() ? otherUid : ::geteuid());
    QCOMPARE(refused.first().at(1).value<Server::RefusalReason>(), Server::NotAllowed);
    QCOMPARE(server.counters().refused, 1U);
    QCOMPARE(server.counters().accepted, 0U);
}

void tst_native_credentials::deleteServerInRefused()
{
    const Watchdog watchdog;
    for (const bool waits : { false, true }) {
        QPointer<Server> server(new Server);
        server->setAllowFunction([](const PeerCredentials &) { return false; });
        QVERIFY(server->listen(uniqueName()));
        connect(server, &Server::refused, this, [&server] { delete server; });
        QLocalSocket clients[2];
        for (QLocalSocket &client : clients)
            client.connectToServer(server->fullServerName());
        if (waits)
            QVERIFY(!server->waitForNewConnection(5000));
        else
            settle();
        QVERIFY(!server);
    }
}

void tst_native_credentials::waitContinuesAfterRefusal()
{
    const Watchdog watchdog;
    Server server;
    int asked = 0;
    server.setAllowFunction([&asked](const PeerCredentials &) { return ++asked > 1; });
    QVERIFY(server.listen(uniqueName()));
    QLocalSocket refused, accepted;
    refused.connectToServer(server.fullServerName());
    accepted.connectToServer(server.fullServerName());
    QVERIFY(server.waitForNewConnection(5000));
    QCOMPARE(asked, 2);
    QVERIFY(server.nextSocket());
    server.setAllowFunction([](const PeerCredentials &) { return false; });
    bool timedOut = false;
    refused.abort();
    refused.connectToServer(server.fullServerName());
    QVERIFY(!server.waitForNewConnection(20, &timedOut));
    QVERIFY(timedOut);
}

QTEST_GUILESS_MAIN(tst_native_credentials)
#include "tst_native_credentials.moc"
