// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Socket activation. The variables are tested with the engine; these tests check how a server uses
// the descriptors. A service is this program, started with the name of its role.

#include "service.h"
#include "testing.h"

#include <QtCore/QFile>
#include <QtCore/QHash>
#include <QtCore/QThread>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <netinet/in.h>
#include <optional>

using qlocal::Error;
using qlocal::Server;
using testing::ServiceManager;

class tst_activation : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void failsWithoutServiceManager();
    void noNamesWithoutServiceManager();
    void activationNamesAreListed();
    void serverNameComesFromKernel();
    void optionsShowAbstractName();
    void earlierConnectionIsServed();
    void eachNameHasItsServer();
    void descriptorIsTakenOnce();
    void threadsNeverShareDescriptor();
    void unknownNameIsError();
    void wrongDescriptorIsError();
    void secondListenIsRefused();
    void failedListenCanBeRetried();
    void closeKeepsFile();
    void processExitKeepsFile();
    void allowRuleApplies();
    void limitsApply();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

// The services. Each prints what its test checks.

static void say(const QString &text)
{
    std::printf("%s\n", qPrintable(text));
    std::fflush(stdout);
}

static void sayOutcome(Server &server, const QString &name = {})
{
    const bool listens = server.listenActivated(name);
    say(listens ? server.serverName() : QString::number(server.lastError().kind()));
}

static void names()
{
    say(Server::activationNames().join(','));
}

static void describe()
{
    Server server;
    if (server.listenActivated())
        say(server.serverName() + ' ' + server.fullServerName());
}

static void options()
{
    Server server;
    if (server.listenActivated())
        say(server.socketOptions() & QLocalServer::AbstractNamespaceOption ? "abstract" : "path");
}

static void both()
{
    Server second;
    sayOutcome(second, "two");
    Server first;
    sayOutcome(first, "one");
}

static void again()
{
    Server server;
    sayOutcome(server);
    Server other;
    sayOutcome(other);
    server.close();
    sayOutcome(server);
}

static void inThreads()
{
    constexpr int count = 8;
    std::atomic<int> listening = 0;
    std::vector<std::unique_ptr<QThread>> threads;
    for (int at = 0; at < count; ++at) {
        threads.emplace_back(QThread::create([&listening] {
            Server server;
            listening += server.listenActivated() ? 1 : 0;
        }));
    }
    for (const auto &thread : threads)
        thread->start();
    for (const auto &thread : threads)
        thread->wait();
    say(QString::number(listening));
}

static void unknownName()
{
    Server server;
    if (!server.listenActivated("three"))
        say(server.lastError().text());
}

static void wrong()
{
    Server server;
    if (!server.listenActivated("wrong"))
        say(server.lastError().text());
}

static void twice()
{
    Server server;
    say(server.listenActivated("one") && !server.listenActivated("two") ? server.serverName() : "");
    // And the second one is still available.
    Server other;
    sayOutcome(other, "two");
}

static void failAndListen()
{
    Server server;
    sayOutcome(server, "three");
    sayOutcome(server, "one");
}

static void closeIt()
{
    Server server;
    sayOutcome(server);
    server.close();
}

static void leaveIt()
{
    // Never deleted, as when main() ends by exit(), and not a leak.
    static auto *const server = new Server;
    sayOutcome(*server);
}

/// Echoes the request of the first admitted client, and exits.
static void serve(Server &server)
{
    QObject::connect(&server, &Server::refused, &server, [] { say("refused"); });
    QObject::connect(&server, &Server::refused, qApp, &QCoreApplication::quit);
    QObject::connect(&server, &QLocalServer::newConnection, &server, [&server] {
        qlocal::Socket *socket = server.nextSocket();
        QObject::connect(socket, &QIODevice::readyRead, socket, [socket] {
            socket->write(socket->readAll());
            socket->disconnectFromServer();
        });
        QObject::connect(socket, &QLocalSocket::disconnected, qApp, &QCoreApplication::quit);
    });
    if (server.listenActivated())
        QCoreApplication::exec();
}

static void echo()
{
    Server server;
    serve(server);
}

static void refuseEveryPeer()
{
    Server server;
    server.setAllowFunction([](const qlocal::PeerCredentials &) { return false; });
    serve(server);
}

static void letOneIn()
{
    Server server;
    server.setMaxConnections(1);
    serve(server);
}

static const QHash<QString, void (*)()> roles = {
    { "names", names },
    { "describe", describe },
    { "options", options },
    { "both", both },
    { "again", again },
    { "inThreads", inThreads },
    { "unknownName", unknownName },
    { "wrong", wrong },
    { "twice", twice },
    { "failAndListen", failAndListen },
    { "closeIt", closeIt },
    { "leaveIt", leaveIt },
    { "echo", echo },
    { "refuseEveryPeer", refuseEveryPeer },
    { "letOneIn", letOneIn },
};

// The tests.

void tst_activation::failsWithoutServiceManager()
{
    Server server;
    QVERIFY(!server.listenActivated());
    QVERIFY(!server.isListening());
    QCOMPARE(server.lastError().kind(), Error::NotActivated);
    QVERIFY(server.lastError().text().contains("LISTEN_FDS is not set"));
    QVERIFY(server.lastError().hint().contains("socket unit"));
    QCOMPARE(server.serverError(), QAbstractSocket::HostNotFoundError);
    QVERIFY(!server.errorString().isEmpty());
}

void tst_activation::noNamesWithoutServiceManager()
{
    QVERIFY(Server::activationNames().isEmpty());
}

void tst_activation::activationNamesAreListed()
{
    ServiceManager manager;
    manager.listen("one");
    manager.listen("two");
    QCOMPARE(manager.run("names"), QStringLiteral("one,two"));
}

void tst_activation::serverNameComesFromKernel()
{
    ServiceManager manager;
    manager.listen("one");
    QCOMPARE(manager.run("describe"), "one " + manager.path("one"));
}

void tst_activation::optionsShowAbstractName()
{
    ServiceManager manager;
    manager.listen("one");
    QCOMPARE(manager.run("options"), QStringLiteral("path"));

    QLocalServer server;
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(server.listen(testing::uniqueName()));
    ServiceManager other;
    other.give("one", ::dup(int(server.socketDescriptor())));
    QCOMPARE(other.run("options"), QStringLiteral("abstract"));
}

void tst_activation::earlierConnectionIsServed()
{
    ServiceManager manager;
    manager.listen("one");
    QLocalSocket client;
    client.connectToServer(manager.path("one"));
    QCOMPARE(client.state(), QLocalSocket::ConnectedState);
    client.write("early");
    QVERIFY(client.flush());
    QCOMPARE(manager.run("echo"), QString());
    QVERIFY(client.waitForReadyRead(5000));
    QCOMPARE(client.readAll(), QByteArray("early"));
}

void tst_activation::eachNameHasItsServer()
{
    ServiceManager manager;
    manager.listen("one");
    manager.listen("two");
    QCOMPARE(manager.run("both"), QStringLiteral("two\none"));
}

void tst_activation::descriptorIsTakenOnce()
{
    ServiceManager manager;
    manager.listen("one");
    const QString none = QString::number(Error::NotActivated);
    QCOMPARE(manager.run("again"), QString("one\n" + none + '\n' + none));
}

void tst_activation::threadsNeverShareDescriptor()
{
    ServiceManager manager;
    manager.listen("one");
    QCOMPARE(manager.run("inThreads"), QStringLiteral("1"));
}

void tst_activation::unknownNameIsError()
{
    ServiceManager manager;
    manager.listen("one");
    const QString text = manager.run("unknownName");
    QVERIFY2(text.startsWith("three: LISTEN_FDNAMES does not contain this name"), qPrintable(text));
}

void tst_activation::wrongDescriptorIsError()
{
    ServiceManager manager;
    manager.give("wrong", ::socket(AF_INET, SOCK_STREAM, 0));
    const QString text = manager.run("wrong");
    QVERIFY2(text.contains("not a listening local stream socket"), qPrintable(text));
}

void tst_activation::secondListenIsRefused()
{
    ServiceManager manager;
    manager.listen("one");
    manager.listen("two");
    QCOMPARE(manager.run("twice"), QStringLiteral("one\ntwo"));
}

void tst_activation::failedListenCanBeRetried()
{
    ServiceManager manager;
    manager.listen("one");
    QCOMPARE(manager.run("failAndListen"), QString::number(Error::NotActivated) + "\none");
}

void tst_activation::closeKeepsFile()
{
    ServiceManager manager;
    manager.listen("one");
    QCOMPARE(manager.run("closeIt"), QStringLiteral("one"));
    QVERIFY(QFile::exists(manager.path("one")));
    // The next service gets the same socket.
    QCOMPARE(manager.run("closeIt"), QStringLiteral("one"));
}

void tst_activation::processExitKeepsFile()
{
    ServiceManager manager;
    manager.listen("one");
    QCOMPARE(manager.run("leaveIt"), QStringLiteral("one"));
    QVERIFY(QFile::exists(manager.path("one")));
}

void tst_activation::allowRuleApplies()
{
    ServiceManager manager;
    manager.listen("one");
    QLocalSocket client;
    client.connectToServer(manager.path("one"));
    QCOMPARE(manager.run("refuseEveryPeer"), QStringLiteral("refused"));
    QVERIFY(client.state() == QLocalSocket::UnconnectedState || client.waitForDisconnected(5000));
}

void tst_activation::limitsApply()
{
    ServiceManager manager;
    manager.listen("one");
    QLocalSocket first;
    QLocalSocket second;
    first.connectToServer(manager.path("one"));
    second.connectToServer(manager.path("one"));
    QCOMPARE(manager.run("letOneIn"), QStringLiteral("refused"));
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (argc > 1) {
        if (const auto role = roles.value(argv[1])) {
            role();
            return 0;
        }
    }
    tst_activation test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_activation.moc"
