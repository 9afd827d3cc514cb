// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QtRemoteObjects over sockets passed by the program, and over its own, which are always stock
// Qt's.

#include "echo.h"
#include "pair.h"

#include "rep_gauge_merged.h"

#include <QtRemoteObjects/QRemoteObjectDynamicReplica>
#include <QtRemoteObjects/QRemoteObjectHost>
#include <QtRemoteObjects/QRemoteObjectNode>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

#include <memory>
#include <optional>
#include <vector>

class tst_RemoteObjects : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void propertiesReplicateAndChange_data() { addPairings(); }
    void propertiesReplicateAndChange();
    void signalsArriveInOrder_data() { addPairings(); }
    void signalsArriveInOrder();
    void slotsReply_data() { addPairings(); }
    void slotsReply();
    void largePropertyArrivesWhole_data() { addPairings(); }
    void largePropertyArrivesWhole();
    void allReplicasSeeChange_data() { addPairings(); }
    void allReplicasSeeChange();
    void dynamicReplicaLearnsApi_data() { addPairings(); }
    void dynamicReplicaLearnsApi();
    void replicaReconnectsAfterRestart_data() { addPairings(); }
    void replicaReconnectsAfterRestart();
    void sourceLivesInAnotherThread();
    void modulesOwnSocketsStillWork();

private:
    void addPairings();

    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

class Gauge : public GaugeSimpleSource
{
public:
    using GaugeSimpleSource::setLast;
    using GaugeSimpleSource::setLevel;
    using GaugeSimpleSource::setPicture;

    int add(int a, int b) override { return a + b; }
    QByteArray reversed(QByteArray bytes) override
    {
        std::reverse(bytes.begin(), bytes.end());
        return bytes;
    }
    void alarm(QString why) override { emit alarmed(level(), why); }
};

/// A host of a gauge, over sockets that a server of this program accepts or over its own.
class Host
{
public:
    Host(bool ownSockets, const QString &name)
    {
        if (ownSockets) {
            m_host.setHostUrl(QUrl("local:" + name));
        } else {
            m_host.setHostUrl(QUrl("test:" + name), QRemoteObjectHost::AllowExternalRegistration);
            QObject::connect(&m_server, &QLocalServer::newConnection, &m_server, [this] {
                while (QLocalSocket *socket = m_server.nextPendingConnection())
                    m_host.addHostSideConnection(socket);
            });
            if (!m_server.listen(name))
                qFatal("Host: %s", qPrintable(m_server.errorString()));
        }
        m_host.enableRemoting(&gauge);
    }

    Gauge gauge;

private:
    // Its sockets outlive the host, which writes to them until its end.
    QLocalServer m_server;
    QRemoteObjectHost m_host;
};

/// A node with a connection to a host, over a socket of this program or over its own.
class Client
{
public:
    Client(bool ownSocket, const QString &name)
    {
        if (ownSocket) {
            node.connectToNode(QUrl("local:" + name));
        } else {
            m_socket.connectToServer(name);
            node.addClientSideConnection(&m_socket);
        }
    }

    std::unique_ptr<GaugeReplica> acquire()
    {
        return std::unique_ptr<GaugeReplica>(node.acquire<GaugeReplica>());
    }

private:
    // It outlives the node, which writes to it until its end.
    QLocalSocket m_socket;

public:
    QRemoteObjectNode node;
};

/// A source and a replica, with the sockets of the data row.
class Link
{
public:
    Link()
    {
        QFETCH(bool, hostHasOwnSockets);
        QFETCH(bool, clientHasOwnSocket);
        host = std::make_unique<Host>(hostHasOwnSockets, name);
        client = std::make_unique<Client>(clientHasOwnSocket, name);
        replica = client->acquire();
    }

    const QString name = testing::uniqueName("gauge");
    std::unique_ptr<Host> host;
    std::unique_ptr<Client> client;
    std::unique_ptr<GaugeReplica> replica;
};

} // namespace

void tst_RemoteObjects::addPairings()
{
    QTest::addColumn<bool>("hostHasOwnSockets");
    QTest::addColumn<bool>("clientHasOwnSocket");
    QTest::newRow("given sockets at both ends") << false << false;
    QTest::newRow("the module's server") << true << false;
    QTest::newRow("the module's client") << false << true;
}

void tst_RemoteObjects::propertiesReplicateAndChange()
{
    Link link;
    link.host->gauge.setLevel(7);
    link.host->gauge.setLast(Reading(3, "m", 0.5));
    QVERIFY(link.replica->waitForSource(10000));
    QCOMPARE(link.replica->level(), 7);
    QCOMPARE(link.replica->last(), Reading(3, "m", 0.5));
    link.host->gauge.setLevel(8);
    QTRY_COMPARE_WITH_TIMEOUT(link.replica->level(), 8, 10000);
    link.replica->pushLevel(9);
    QTRY_COMPARE_WITH_TIMEOUT(link.host->gauge.level(), 9, 10000);
    QTRY_COMPARE_WITH_TIMEOUT(link.replica->level(), 9, 10000);
}

void tst_RemoteObjects::signalsArriveInOrder()
{
    Link link;
    QVERIFY(link.replica->waitForSource(10000));
    QList<int> levels;
    connect(link.replica.get(), &GaugeReplica::alarmed, this,
            [&](int level, const QString &why) { levels << (why == "high" ? level : -1); });
    QList<int> expected;
    for (int level = 0; level < 1000; ++level) {
        emit link.host->gauge.alarmed(level, "high");
        expected << level;
    }
    QTRY_COMPARE_WITH_TIMEOUT(levels, expected, 10000);
}

void tst_RemoteObjects::slotsReply()
{
    Link link;
    QVERIFY(link.replica->waitForSource(10000));
    std::vector<QRemoteObjectPendingReply<int>> sums;
    for (int i = 0; i < 100; ++i)
        sums.push_back(link.replica->add(i, 2 * i));
    for (int i = 0; i < 100; ++i) {
        QTRY_VERIFY_WITH_TIMEOUT(sums[size_t(i)].isFinished(), 10000);
        QCOMPARE(sums[size_t(i)].returnValue(), 3 * i);
    }
    QByteArray bytes = testing::streamOf(300000);
    auto reversed = link.replica->reversed(bytes);
    QTRY_VERIFY_WITH_TIMEOUT(reversed.isFinished(), 10000);
    std::reverse(bytes.begin(), bytes.end());
    QCOMPARE(reversed.returnValue(), bytes);
    QSignalSpy alarmed(link.replica.get(), &GaugeReplica::alarmed);
    link.replica->alarm("because");
    QTRY_COMPARE_WITH_TIMEOUT(alarmed.size(), 1, 10000);
    QCOMPARE(alarmed.first().last().toString(), QString("because"));
}

void tst_RemoteObjects::largePropertyArrivesWhole()
{
    Link link;
    link.host->gauge.setPicture(testing::streamOf(10000000));
    QVERIFY(link.replica->waitForSource(10000));
    QCOMPARE(link.replica->picture(), testing::streamOf(10000000));
    link.host->gauge.setPicture(testing::streamOf(3000001));
    QTRY_COMPARE_WITH_TIMEOUT(link.replica->picture(), testing::streamOf(3000001), 10000);
}

void tst_RemoteObjects::allReplicasSeeChange()
{
    Link link;
    QFETCH(bool, clientHasOwnSocket);
    std::vector<std::unique_ptr<Client>> clients;
    std::vector<std::unique_ptr<GaugeReplica>> replicas;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<Client>(clientHasOwnSocket, link.name));
        replicas.push_back(clients.back()->acquire());
    }
    for (const auto &replica : replicas)
        QVERIFY(replica->waitForSource(10000));
    replicas.front()->pushLevel(5);
    for (const auto &replica : replicas)
        QTRY_COMPARE_WITH_TIMEOUT(replica->level(), 5, 10000);
    // Destroying one leaves the others alone.
    replicas.erase(replicas.begin());
    clients.erase(clients.begin());
    link.host->gauge.setLevel(6);
    for (const auto &replica : replicas)
        QTRY_COMPARE_WITH_TIMEOUT(replica->level(), 6, 10000);
}

void tst_RemoteObjects::dynamicReplicaLearnsApi()
{
    Link link;
    link.host->gauge.setLevel(4);
    const std::unique_ptr<QRemoteObjectDynamicReplica> replica(
            link.client->node.acquireDynamic("Gauge"));
    QVERIFY(replica->waitForSource(10000));
    QCOMPARE(replica->property("level").toInt(), 4);
    QSignalSpy changed(replica.get(), SIGNAL(levelChanged(int)));
    QVERIFY(QMetaObject::invokeMethod(replica.get(), "pushLevel", Q_ARG(int, 5)));
    QTRY_COMPARE_WITH_TIMEOUT(link.host->gauge.level(), 5, 10000);
    QTRY_COMPARE_WITH_TIMEOUT(replica->property("level").toInt(), 5, 10000);
    QCOMPARE(changed.size(), 1);
}

void tst_RemoteObjects::replicaReconnectsAfterRestart()
{
    Link link;
    QFETCH(bool, hostHasOwnSockets);
    QFETCH(bool, clientHasOwnSocket);
    link.host->gauge.setLevel(1);
    QVERIFY(link.replica->waitForSource(10000));
    QCOMPARE(link.replica->level(), 1);
    link.host.reset();
    // The module watches its own sockets, and reconnects them. A program that passes sockets starts
    // over.
    if (clientHasOwnSocket) {
        QTRY_COMPARE_WITH_TIMEOUT(link.replica->state(), QRemoteObjectReplica::Suspect, 10000);
    } else {
        link.replica.reset();
        link.client.reset();
    }
    link.host = std::make_unique<Host>(hostHasOwnSockets, link.name);
    link.host->gauge.setLevel(2);
    if (!clientHasOwnSocket) {
        link.client = std::make_unique<Client>(false, link.name);
        link.replica = link.client->acquire();
    }
    QTRY_COMPARE_WITH_TIMEOUT(link.replica->state(), QRemoteObjectReplica::Valid, 10000);
    QTRY_COMPARE_WITH_TIMEOUT(link.replica->level(), 2, 10000);
}

void tst_RemoteObjects::sourceLivesInAnotherThread()
{
    const QString name = testing::uniqueName("gauge");
    QThread thread;
    thread.start();
    std::unique_ptr<Host> host;
    testing::inside(thread, [&] { host = std::make_unique<Host>(false, name); });
    {
        Client client(false, name);
        const std::unique_ptr<GaugeReplica> replica = client.acquire();
        QVERIFY(replica->waitForSource(10000));
        for (int i = 0; i < 200; ++i) {
            auto sum = replica->add(i, 1);
            QVERIFY(sum.waitForFinished(10000));
            QCOMPARE(sum.returnValue(), i + 1);
        }
    }
    testing::inside(thread, [&] { host.reset(); });
    thread.quit();
    thread.wait();
}

void tst_RemoteObjects::modulesOwnSocketsStillWork()
{
    const QString name = testing::uniqueName("gauge");
    Host host(true, name);
    Client client(true, name);
    const std::unique_ptr<GaugeReplica> replica = client.acquire();
    testing::Pair pair;
    QVERIFY(pair.open());
    testing::echo(pair.accepted);
    const QByteArray sent = testing::streamOf(1000000);
    QByteArray received;
    connect(pair.client, &QIODevice::readyRead, this, [&] { received += pair.client->readAll(); });
    pair.client->write(sent);
    host.gauge.setPicture(sent);
    QVERIFY(replica->waitForSource(10000));
    QTRY_COMPARE_WITH_TIMEOUT(received.size(), sent.size(), 10000);
    QCOMPARE(received, sent);
    QCOMPARE(replica->picture(), sent);
}

QTEST_GUILESS_MAIN(tst_RemoteObjects)
#include "tst_remote_objects.moc"
