// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Slots that throw in a thread whose loop may not be Qt's, and in loops run by handlers.

#include "../qt/pair.h"
#include "../qt/throwing.h"
#include "loop.h"

#include <QtTest/QtTest>

#include <functional>
#include <optional>

using testing::CatchingApplication;
using testing::later;
using testing::Loop;
using testing::Pair;
using testing::ThrowOnce;

class tst_LoopExceptions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_watchdog.emplace();
        CatchingApplication::caught = 0;
    }
    void cleanup() { m_watchdog.reset(); }

    void notifyCatches_data();
    void notifyCatches();
    void notifyCatchesInNestedLoop_data() { notifyCatches_data(); }
    void notifyCatchesInNestedLoop();
    void everyHandlerCanThrow();
    void loopCallerCatches();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

using Step = std::function<void(Pair &)>;

/// Runs a loop until a slot has thrown.
void runUntilThrown()
{
    Loop loop;
    const std::function<void()> check = [&] {
        if (CatchingApplication::caught > 0)
            loop.quit();
        else
            later(1, check);
    };
    later(1, check);
    loop.run();
}

/// Sends a byte from one socket to the other using only the loop.
bool arrives(QLocalSocket *from, QLocalSocket *to)
{
    Loop loop;
    QObject context;
    QObject::connect(to, &QIODevice::readyRead, &context, [&] { loop.quit(); });
    later(1, [&] { from->write("?"); });
    loop.run();
    return to->readAll() == "?";
}

} // namespace

void tst_LoopExceptions::notifyCatches_data()
{
    QTest::addColumn<Step>("prepare");
    QTest::addColumn<Step>("act");
    const auto onAccepted = [](auto signal) -> Step {
        return [signal](Pair &pair) { connect(pair.accepted, signal, pair.accepted, ThrowOnce()); };
    };
    const auto onClient = [](auto signal) -> Step {
        return [signal](Pair &pair) { connect(pair.client, signal, pair.client, ThrowOnce()); };
    };
    const Step writes = [](Pair &pair) { pair.client->write("x"); };
    const Step disconnects = [](Pair &pair) { pair.client->disconnectFromServer(); };
    const Step connectsAgain = [](Pair &pair) {
        pair.client->abort();
        pair.client->connectToServer(pair.server->fullServerName());
    };
    QTest::newRow("readyRead") << onAccepted(&QIODevice::readyRead) << writes;
    QTest::newRow("bytesWritten") << onClient(&QIODevice::bytesWritten) << writes;
    QTest::newRow("errorOccurred") << onAccepted(&QLocalSocket::errorOccurred) << disconnects;
    QTest::newRow("disconnected") << onAccepted(&QLocalSocket::disconnected) << disconnects;
    QTest::newRow("newConnection") << Step([](Pair &pair) {
        connect(pair.server, &QLocalServer::newConnection, pair.server, ThrowOnce());
    }) << connectsAgain;
}

void tst_LoopExceptions::notifyCatches()
{
    QFETCH(Step, prepare);
    QFETCH(Step, act);
    Pair pair, other;
    QVERIFY(pair.open() && other.open());
    prepare(pair);
    later(1, [&] { act(pair); });
    runUntilThrown();
    QVERIFY(arrives(other.client, other.accepted));
    QVERIFY(arrives(other.accepted, other.client));
    QCOMPARE(int(CatchingApplication::caught), 1);
}

void tst_LoopExceptions::notifyCatchesInNestedLoop()
{
    QFETCH(Step, prepare);
    QFETCH(Step, act);
    Loop loop;
    Pair pair, other, third;
    QVERIFY(pair.open() && other.open() && third.open());
    bool arrivesInside = false;
    connect(third.accepted, &QIODevice::readyRead, third.accepted, [&] {
        third.accepted->readAll();
        prepare(pair);
        later(1, [&] { act(pair); });
        runUntilThrown();
        arrivesInside = arrives(other.client, other.accepted);
        loop.quit();
    });
    later(1, [&] { third.client->write("?"); });
    loop.run();
    QVERIFY(arrivesInside);
    QVERIFY(arrives(other.accepted, other.client));
    QVERIFY(arrives(third.accepted, third.client));
    QCOMPARE(int(CatchingApplication::caught), 1);
}

void tst_LoopExceptions::everyHandlerCanThrow()
{
    // A turn ended by an exception is followed by another one.
    const int count = 5;
    std::vector<std::unique_ptr<Pair>> pairs;
    for (int i = 0; i < count; ++i) {
        pairs.push_back(std::make_unique<Pair>());
        QVERIFY(pairs.back()->open());
        connect(pairs.back()->accepted, &QIODevice::readyRead, pairs.back()->accepted, ThrowOnce());
    }
    Loop loop;
    later(1, [&] {
        for (const auto &pair : pairs)
            pair->client->write("x");
    });
    const std::function<void()> check = [&] {
        if (CatchingApplication::caught == count)
            loop.quit();
        else
            later(1, check);
    };
    later(1, check);
    loop.run();
    for (const auto &pair : pairs)
        QVERIFY(arrives(pair->accepted, pair->client));
}

void tst_LoopExceptions::loopCallerCatches()
{
    // Not caught by the application in notify().
    struct Other
    { };
    Pair pair, other;
    QVERIFY(pair.open() && other.open());
    connect(pair.accepted, &QIODevice::readyRead, pair.accepted, [&] {
        pair.accepted->disconnect();
        throw Other();
    });
    pair.client->write("x");
    bool isCaught = false;
    Loop loop;
    try {
        loop.run();
    } catch (const Other &) {
        isCaught = true;
    }
    QVERIFY(isCaught);
    QVERIFY(arrives(other.client, other.accepted));
    QVERIFY(arrives(other.accepted, other.client));
}

int main(int argc, char **argv)
{
    testing::chooseDispatcher();
    CatchingApplication application(argc, argv);
    tst_LoopExceptions test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_loop_exceptions.moc"
