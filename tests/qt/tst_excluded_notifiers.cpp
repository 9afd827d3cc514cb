// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Loops that exclude socket notifiers. Qt's own event dispatcher then serves no sockets; GLib's
// ignores the flag.

#include "pair.h"

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QElapsedTimer>
#include <QtCore/QEventLoop>
#include <QtCore/QTimer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <memory>
#include <optional>

class tst_ExcludedNotifiers : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void inputWaits_data() { addWays(); }
    void inputWaits();
    void writtenBytesWait_data() { addWays(); }
    void writtenBytesWait();
    void writtenBytesWaitDuringAttempt_data() { addWays(); }
    void writtenBytesWaitDuringAttempt();
    void sendReceivesNoInput_data() { addWays(); }
    void sendReceivesNoInput();
    void sendDetectsNoEnd_data() { addWays(); }
    void sendDetectsNoEnd();
    void closingWaits_data() { addWays(); }
    void closingWaits();
    void connectionsWait_data() { addWays(); }
    void connectionsWait();
    void loopInReadyReadExcludesThem_data() { addWays(); }
    void loopInReadyReadExcludesThem();
    void loopInTimerExcludesThem_data() { addWays(); }
    void loopInTimerExcludesThem();
    void flushSends();
    void openTurnDoesNotSpin();

private:
    static void addWays();

    std::optional<testing::Watchdog> m_watchdog;
    std::optional<testing::Pair> m_pair, m_other;
};

namespace {

enum class Way { Exec, OneTurn };

/// Whether this thread's event dispatcher excludes them at all.
bool excludes()
{
    return QAbstractEventDispatcher::instance()->inherits("QEventDispatcherUNIX");
}

void turn(QEventLoop::ProcessEventsFlags flags, Way way = Way::Exec)
{
    if (way == Way::OneTurn) {
        // The first turn may only deliver posted events.
        for (int i = 0; i < 3; ++i)
            QCoreApplication::processEvents(flags);
        return;
    }
    QEventLoop loop;
    QTimer::singleShot(20, &loop, &QEventLoop::quit);
    loop.exec(flags);
}

constexpr auto Excluding = QEventLoop::ExcludeSocketNotifiers;

} // namespace

Q_DECLARE_METATYPE(Way)

void tst_ExcludedNotifiers::init()
{
    m_watchdog.emplace();
    m_pair.emplace();
    m_other.emplace();
    QVERIFY(m_pair->open() && m_other->open());
    testing::settle();
}

void tst_ExcludedNotifiers::cleanup()
{
    m_pair.reset();
    m_other.reset();
    m_watchdog.reset();
}

void tst_ExcludedNotifiers::addWays()
{
    QTest::addColumn<Way>("way");
    QTest::newRow("exec") << Way::Exec;
    QTest::newRow("processEvents") << Way::OneTurn;
}

void tst_ExcludedNotifiers::inputWaits()
{
    QFETCH(Way, way);
    QSignalSpy ready(m_pair->accepted, &QIODevice::readyRead);
    m_pair->client->write("x");
    m_pair->client->flush();
    turn(Excluding, way);
    QCOMPARE(ready.count(), excludes() ? 0 : 1);
    QTRY_COMPARE(ready.count(), 1);
}

void tst_ExcludedNotifiers::writtenBytesWait()
{
    QFETCH(Way, way);
    QSignalSpy written(m_pair->client, &QLocalSocket::bytesWritten);
    m_pair->client->write("x");
    turn(Excluding, way);
    QCOMPARE(written.count(), excludes() ? 0 : 1);
    QCOMPARE(m_pair->client->bytesToWrite(), excludes() ? 1 : 0);
    QTRY_COMPARE(written.count(), 1);
}

// A full backlog is retried by a timer, which no loop excludes.
void tst_ExcludedNotifiers::writtenBytesWaitDuringAttempt()
{
    QFETCH(Way, way);
    QLocalServer full;
    full.setListenBacklogSize(0);
    QVERIFY(full.listen(testing::uniqueName()));
    QLocalSocket first, second;
    first.connectToServer(full.serverName());
    second.connectToServer(full.serverName());
    QCOMPARE(second.state(), QLocalSocket::ConnectingState);
    m_pair->client->write("x");
    turn(Excluding, way);
    QCOMPARE(m_pair->client->bytesToWrite(), excludes() ? 1 : 0);
    QTRY_COMPARE(m_pair->accepted->bytesAvailable(), 1);
}

void tst_ExcludedNotifiers::sendReceivesNoInput()
{
    QFETCH(Way, way);
    QSignalSpy ready(m_other->accepted, &QIODevice::readyRead);
    m_other->client->write("x");
    m_other->client->flush();
    m_pair->client->write("x");
    turn(Excluding, way);
    QCOMPARE(ready.count(), excludes() ? 0 : 1);
    QTRY_COMPARE(ready.count(), 1);
}

void tst_ExcludedNotifiers::sendDetectsNoEnd()
{
    QFETCH(Way, way);
    QSignalSpy ended(m_other->accepted, &QLocalSocket::disconnected);
    m_other->client->abort();
    m_pair->client->write("x");
    turn(Excluding, way);
    QCOMPARE(ended.count(), excludes() ? 0 : 1);
    QTRY_COMPARE(ended.count(), 1);
}

void tst_ExcludedNotifiers::closingWaits()
{
    QFETCH(Way, way);
    m_pair->client->write("x");
    m_pair->client->disconnectFromServer();
    turn(Excluding, way);
    QCOMPARE(m_pair->client->state(),
             excludes() ? QLocalSocket::ClosingState : QLocalSocket::UnconnectedState);
    QTRY_COMPARE(m_pair->client->state(), QLocalSocket::UnconnectedState);
    QTRY_COMPARE(m_pair->accepted->bytesAvailable(), 1);
}

void tst_ExcludedNotifiers::connectionsWait()
{
    QFETCH(Way, way);
    QSignalSpy accepted(m_pair->server, &QLocalServer::newConnection);
    QLocalSocket another;
    another.connectToServer(m_pair->server->fullServerName());
    m_pair->client->write("x");
    turn(Excluding, way);
    QCOMPARE(accepted.count(), excludes() ? 0 : 1);
    QTRY_COMPARE(accepted.count(), 1);
}

void tst_ExcludedNotifiers::loopInReadyReadExcludesThem()
{
    QFETCH(Way, way);
    QSignalSpy ready(m_other->accepted, &QIODevice::readyRead);
    QSignalSpy written(m_pair->accepted, &QLocalSocket::bytesWritten);
    qint64 left = -1;
    int readyInside = -1, writtenInside = -1;
    connect(m_pair->accepted, &QIODevice::readyRead, this, [&] {
        m_pair->accepted->readAll();
        m_pair->accepted->write("answer");
        m_other->client->write("x");
        m_other->client->flush();
        turn(Excluding, way);
        left = m_pair->accepted->bytesToWrite();
        readyInside = int(ready.count());
        writtenInside = int(written.count());
    });
    m_pair->client->write("?");
    QTRY_VERIFY(left >= 0);
    QCOMPARE(readyInside, excludes() ? 0 : 1);
    QCOMPARE(writtenInside, excludes() ? 0 : 1);
    QCOMPARE(left, excludes() ? 6 : 0);
    QTRY_COMPARE(m_pair->client->bytesAvailable(), 6);
    QTRY_COMPARE(ready.count(), 1);
}

void tst_ExcludedNotifiers::loopInTimerExcludesThem()
{
    QFETCH(Way, way);
    QSignalSpy ready(m_other->accepted, &QIODevice::readyRead);
    int inside = -1;
    QTimer::singleShot(0, this, [&] {
        m_pair->client->write("x");
        m_other->client->write("x");
        m_other->client->flush();
        turn(Excluding, way);
        inside = int(ready.count());
    });
    QTRY_VERIFY(inside >= 0);
    QCOMPARE(inside, excludes() ? 0 : 1);
    QTRY_COMPARE(ready.count(), 1);
    QTRY_COMPARE(m_pair->accepted->bytesAvailable(), 1);
}

void tst_ExcludedNotifiers::flushSends()
{
    m_pair->client->write("x");
    turn(Excluding);
    m_pair->client->flush();
    QCOMPARE(m_pair->client->bytesToWrite(), 0);
    QTRY_COMPARE(m_pair->accepted->bytesAvailable(), 1);
}

void tst_ExcludedNotifiers::openTurnDoesNotSpin()
{
    QObject context;
    int turns = 0;
    connect(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::awake, &context,
            [&] { ++turns; });
    m_other->client->write("x");
    m_other->client->flush();
    m_pair->client->write("x");
    turn(Excluding);
    QVERIFY2(turns < 20, qPrintable(QString::number(turns)));
}

QTEST_GUILESS_MAIN(tst_ExcludedNotifiers)

#include "tst_excluded_notifiers.moc"
