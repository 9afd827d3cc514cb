// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A handler may delete, close, abort or reconnect the socket that calls it, in each of its signals.

#include "causes.h"
#include "pair.h"

#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <optional>

using testing::Cause;
using testing::Signal;

class tst_Reentrancy : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void deleteLaterInside_data() { allRows(); }
    void deleteLaterInside();
    void abortInside_data() { allRows(); }
    void abortInside();
    void closeInside_data() { allRows(); }
    void closeInside();
    void reconnectInside_data();
    void reconnectInside();
#ifdef QLOCAL_DROPIN // stock Qt reads freed memory
    void deleteInside_data()
    {
        allRows();
    }
    void deleteInside();
    void reconnectInsideStaysUsable_data()
    {
        allRows();
    }
    void reconnectInsideStaysUsable();
#endif

private:
    static void addRows(int last);
    static void allRows();

    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// The fate of a connection made by a handler of the old one.
enum Reconnecting {
    Reconnects,
    /// Here it works; stock Qt reports a connected socket that crashes or transfers nothing.
    ReconnectsHere,
    /// The function that emitted the signal continues, and may end the new connection too.
    OuterGoesOn,
};

struct Row
{
    const char *name;
    Signal signal;
    Cause cause;
    Reconnecting reconnecting;
};

const Row rows[] = {
    { "connecting by connect", Signal::Connecting, Cause::Connect, Reconnects },
#ifdef QLOCAL_DROPIN // stock Qt crashes when this one aborts or closes
    { "connectedState by connect", Signal::ConnectedState, Cause::Connect, OuterGoesOn },
#endif
    { "connected by connect", Signal::Connected, Cause::Connect, Reconnects },
    { "connecting by failing connect", Signal::Connecting, Cause::ConnectWithoutServer,
      Reconnects },
    { "error by failing connect", Signal::ErrorOccurred, Cause::ConnectWithoutServer, OuterGoesOn },
    { "unconnected by failing connect", Signal::Unconnected, Cause::ConnectWithoutServer,
      Reconnects },
    { "readyRead", Signal::ReadyRead, Cause::PeerWrites, Reconnects },
    { "readyRead by wait", Signal::ReadyRead, Cause::PeerWritesWhileWaiting, Reconnects },
    { "error by wait in vain", Signal::ErrorOccurred, Cause::WaitInVain, OuterGoesOn },
    { "bytesWritten", Signal::BytesWritten, Cause::Write, Reconnects },
    { "bytesWritten by flush", Signal::BytesWritten, Cause::WriteAndFlush, Reconnects },
    { "bytesWritten by wait", Signal::BytesWritten, Cause::WriteAndWait, Reconnects },
    { "error by peer", Signal::ErrorOccurred, Cause::PeerCloses, OuterGoesOn },
    { "closing by peer", Signal::Closing, Cause::PeerCloses, OuterGoesOn },
    { "unconnected by peer", Signal::Unconnected, Cause::PeerCloses, ReconnectsHere },
    { "readChannelFinished by peer", Signal::ReadChannelFinished, Cause::PeerCloses,
      ReconnectsHere },
    { "disconnected by peer", Signal::Disconnected, Cause::PeerCloses, ReconnectsHere },
    { "error by peer and wait", Signal::ErrorOccurred, Cause::PeerClosesWhileWaiting, OuterGoesOn },
    { "closing by peer and wait", Signal::Closing, Cause::PeerClosesWhileWaiting, OuterGoesOn },
    { "unconnected by peer and wait", Signal::Unconnected, Cause::PeerClosesWhileWaiting,
      ReconnectsHere },
    { "readChannelFinished by peer and wait", Signal::ReadChannelFinished,
      Cause::PeerClosesWhileWaiting, ReconnectsHere },
    { "disconnected by peer and wait", Signal::Disconnected, Cause::PeerClosesWhileWaiting,
      ReconnectsHere },
    { "closing by disconnect", Signal::Closing, Cause::Disconnect, OuterGoesOn },
    { "unconnected by disconnect", Signal::Unconnected, Cause::Disconnect, ReconnectsHere },
    { "readChannelFinished by disconnect", Signal::ReadChannelFinished, Cause::Disconnect,
      ReconnectsHere },
    { "disconnected by disconnect", Signal::Disconnected, Cause::Disconnect, ReconnectsHere },
    { "closing by disconnect with data", Signal::Closing, Cause::DisconnectWithMuchToWrite,
      OuterGoesOn },
    { "bytesWritten by disconnect with data", Signal::BytesWritten,
      Cause::DisconnectWithMuchToWrite, Reconnects },
    { "unconnected by disconnect with data", Signal::Unconnected, Cause::DisconnectWithMuchToWrite,
      ReconnectsHere },
    { "readChannelFinished by disconnect with data", Signal::ReadChannelFinished,
      Cause::DisconnectWithMuchToWrite, ReconnectsHere },
    { "disconnected by disconnect with data", Signal::Disconnected,
      Cause::DisconnectWithMuchToWrite, ReconnectsHere },
    { "unconnected by abort", Signal::Unconnected, Cause::Abort, OuterGoesOn },
    { "readChannelFinished by abort", Signal::ReadChannelFinished, Cause::Abort, OuterGoesOn },
    { "disconnected by abort", Signal::Disconnected, Cause::Abort, OuterGoesOn },
    { "aboutToClose by abort", Signal::AboutToClose, Cause::Abort, OuterGoesOn },
    { "aboutToClose by close", Signal::AboutToClose, Cause::Close, OuterGoesOn },
    { "closing by close", Signal::Closing, Cause::Close, OuterGoesOn },
    { "unconnected by close", Signal::Unconnected, Cause::Close, OuterGoesOn },
    { "readChannelFinished by close", Signal::ReadChannelFinished, Cause::Close, OuterGoesOn },
    { "disconnected by close", Signal::Disconnected, Cause::Close, OuterGoesOn },
};

bool act(testing::Pair &pair, const std::function<void(QLocalSocket *)> &action)
{
    QFETCH(int, signal);
    QFETCH(int, cause);
    bool called = false;
    if (!testing::prepare(pair, Cause(cause)))
        return false;
    testing::onFirst(pair.client, Signal(signal), [&] {
        called = true;
        action(pair.client);
    });
    testing::provoke(pair, Cause(cause));
    return called;
}

bool othersAreUnharmed()
{
    testing::Pair pair;
    return pair.open() && pair.answers();
}

/// Connects again in a handler, whatever the state of the old connection.
void reconnect(QLocalSocket *socket, const QLocalServer *server)
{
    if (socket->state() != QLocalSocket::UnconnectedState)
        socket->abort();
    socket->connectToServer(server->fullServerName());
}

/// Whether the server's newest connection is the client's, in both directions.
bool acceptsAndAnswers(testing::Pair &pair)
{
    delete pair.accepted;
    testing::settle();
    while (QLocalSocket *socket = pair.server->nextPendingConnection())
        pair.accepted = socket;
    return pair.accepted && pair.answers();
}

} // namespace

void tst_Reentrancy::addRows(int last)
{
    QTest::addColumn<int>("signal");
    QTest::addColumn<int>("cause");
    for (const Row &row : rows)
        if (row.reconnecting <= last)
            QTest::newRow(row.name) << int(row.signal) << int(row.cause);
}

void tst_Reentrancy::allRows()
{
    addRows(OuterGoesOn);
}

void tst_Reentrancy::deleteLaterInside()
{
    testing::Pair pair;
    QVERIFY(act(pair, [](QLocalSocket *socket) { socket->deleteLater(); }));
    testing::settle();
    QVERIFY(!pair.client);
    QVERIFY(othersAreUnharmed());
}

void tst_Reentrancy::abortInside()
{
    testing::Pair pair;
    QVERIFY(act(pair, [](QLocalSocket *socket) { socket->abort(); }));
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    QVERIFY(othersAreUnharmed());
}

void tst_Reentrancy::closeInside()
{
    testing::Pair pair;
    QVERIFY(act(pair, [](QLocalSocket *socket) { socket->close(); }));
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    QVERIFY(!pair.client->isOpen());
    QVERIFY(othersAreUnharmed());
}

void tst_Reentrancy::reconnectInside_data()
{
#ifdef QLOCAL_DROPIN
    addRows(ReconnectsHere);
#else
    addRows(Reconnects);
#endif
}

void tst_Reentrancy::reconnectInside()
{
    testing::Pair pair;
    QVERIFY(act(pair, [&](QLocalSocket *socket) { reconnect(socket, pair.server); }));
    QCOMPARE(pair.client->state(), QLocalSocket::ConnectedState);
    QVERIFY(acceptsAndAnswers(pair));
}

#ifdef QLOCAL_DROPIN
void tst_Reentrancy::deleteInside()
{
    testing::Pair pair;
    QVERIFY(act(pair, [](QLocalSocket *socket) { delete socket; }));
    QVERIFY(!pair.client);
    QVERIFY(!pair.accepted || pair.accepted->state() == QLocalSocket::UnconnectedState);
    QVERIFY(othersAreUnharmed());
}

void tst_Reentrancy::reconnectInsideStaysUsable()
{
    testing::Pair pair;
    QVERIFY(act(pair, [&](QLocalSocket *socket) { reconnect(socket, pair.server); }));
    pair.client->abort();
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    reconnect(pair.client, pair.server);
    QVERIFY(acceptsAndAnswers(pair));
}
#endif

QTEST_GUILESS_MAIN(tst_Reentrancy)
#include "tst_reentrancy.moc"
