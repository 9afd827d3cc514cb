// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Sockets and servers created before the event loop of their thread: before the application, before
// a second one, and before the first loop of a thread not started by Qt.

#include "echo.h"
#include "pair.h"

#include <QtCore/QEventLoop>
#include <QtCore/QTimer>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <memory>
#include <optional>
#include <thread>

namespace {

/// An echo server, with a client and a plain peer that never wait.
struct Things
{
    testing::EchoServer server;
    QLocalSocket client;
    QByteArray answer;

    bool start()
    {
        QObject::connect(&client, &QIODevice::readyRead, [this] { answer += client.readAll(); });
        if (!server.listen(testing::uniqueName("later")))
            return false;
        client.connectToServer(server.fullServerName());
        return client.state() == QLocalSocket::ConnectedState;
    }
};

std::unique_ptr<Things> early, writing, inFirst, between;
std::unique_ptr<QLocalServer> silent;

} // namespace

class tst_LaterLoops : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

#ifdef QLOCAL_DROPIN // stock Qt's notifiers belong to one event dispatcher forever: such sockets stay silent
    void earlierSocketsAreServed();
    void earlierWritesAreSent();
    void firstApplicationsSocketsAreServed();
    void socketsFromInBetweenAreServed();
    void threadsFirstLoopServesSockets();
#endif
    void earlierIdleServerStaysSilent();
    void newSocketsAreServed();
    void cleanupTestCase();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

#ifdef QLOCAL_DROPIN

void tst_LaterLoops::earlierSocketsAreServed()
{
    early->client.write("question");
    QTRY_COMPARE(early->answer, QByteArray("question"));
}

void tst_LaterLoops::earlierWritesAreSent()
{
    QTRY_COMPARE(writing->answer, QByteArray("early"));
}

void tst_LaterLoops::firstApplicationsSocketsAreServed()
{
    inFirst->client.write("question");
    QTRY_COMPARE(inFirst->answer, QByteArray("first question"));
    // A new connection too.
    QLocalSocket another;
    another.connectToServer(inFirst->server.fullServerName());
    another.write("x");
    QTRY_COMPARE(another.bytesAvailable(), 1);
}

void tst_LaterLoops::socketsFromInBetweenAreServed()
{
    QTRY_COMPARE(between->answer, QByteArray("early "));
    between->client.write("question");
    QTRY_COMPARE(between->answer, QByteArray("early question"));
}

void tst_LaterLoops::threadsFirstLoopServesSockets()
{
    QByteArray answer;
    std::thread([&] {
        Things things;
        if (!things.start())
            return;
        things.server.waitForNewConnection(5000);
        things.client.write("question");
        QEventLoop loop;
        QObject::connect(&things.client, &QIODevice::readyRead, &loop, &QEventLoop::quit);
        loop.exec();
        answer = things.answer;
    }).join();
    QCOMPARE(answer, QByteArray("question"));
}

#endif

void tst_LaterLoops::earlierIdleServerStaysSilent()
{
    // It was closed before the loop existed.
    QVERIFY(!silent->isListening());
    testing::settle();
    QVERIFY(silent->findChildren<QSocketNotifier *>().isEmpty());
}

void tst_LaterLoops::newSocketsAreServed()
{
    Things things;
    QVERIFY(things.start());
    things.client.write("question");
    QTRY_COMPARE(things.answer, QByteArray("question"));
}

void tst_LaterLoops::cleanupTestCase()
{
    early.reset();
    writing.reset();
    inFirst.reset();
    between.reset();
    silent.reset();
}

int main(int argc, char **argv)
{
    {
        const testing::Watchdog watchdog;
        const auto make = [] {
            auto things = std::make_unique<Things>();
            return things->start() ? std::move(things) : nullptr;
        };
        early = make();
        writing = make();
        silent = std::make_unique<QLocalServer>();
        const bool listens = silent->listen(testing::uniqueName("silent"));
        silent->close();
        if (!early || !writing || !listens)
            return 1;
        writing->client.write("early");
        {
            QCoreApplication first(argc, argv);
            inFirst = make();
            if (!inFirst)
                return 1;
            inFirst->client.write("first ");
            QTimer::singleShot(20, &first, &QCoreApplication::quit);
            first.exec();
        }
        between = make();
        if (!between)
            return 1;
        between->client.write("early ");
    }
    QCoreApplication application(argc, argv);
    tst_LaterLoops test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_later_loops.moc"
