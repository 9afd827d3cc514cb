// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: the four waiting calls, with and without an event loop, in threads and inside handlers.

#include "recorder.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QThread>
#include <QtTest/QtTest>

#include <optional>
#include <thread>

using testing::moreThanKernelHolds;
using testing::peerCloseOrder;
using testing::Wire;

class tst_SocketWait : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void waitForConnectedIsTrueOnceConnected();
    void waitForConnectedIsFalseAfterFailure();

    void waitForReadyReadAnnouncesInput_data();
    void waitForReadyReadAnnouncesInput();
    void waitForReadyReadTimesOut_data();
    void waitForReadyReadTimesOut();
    void waitForReadyReadContinuesAfterSend();
    void waitForReadyReadNeedsNewBytes();
    void waitForReadyReadFillsUpToLimit();
    void waitForReadyReadIsFalseWhenFull();
    void waitForReadyReadSendsPendingBytes();
    void waitForReadyReadChecksInputFirst();
    void waitForReadyReadEndsAtPeerClose();
    void waitForReadyReadTakesLastBytesFirst_data();
    void waitForReadyReadTakesLastBytesFirst();
    void waitForReadyReadFailsWhileClosing();

    void waitForBytesWrittenSends_data();
    void waitForBytesWrittenSends();
    void waitForBytesWrittenNeedsOutput();
    void waitForBytesWrittenAfterCloseIsTrue();
    void waitForBytesWrittenTimesOut();
    void waitForBytesWrittenTakesInput();
    void outputWaitWhileClosingTakesInput();
    void waitForBytesWrittenNeedsPeer();

    void waitForDisconnectedTimesOut();
    void waitForDisconnectedSeesPeerClose();
    void waitForDisconnectedSendsRest();
    void waitForDisconnectedClosingTimesOut();

    void unconnectedWaitReturnsImmediately();
    void unconnectedWaitForEndWarns();

    void waitsInHandlersChangeNothingElse_data();
    void waitsInHandlersChangeNothingElse();
    void waitInReadyReadEmitsNoNestedSignal();
    void waitInReadyReadSeesPeerClose();
    void waitsSufficeInAnotherThread();
    void infiniteWaitEndsWithAnswer();
    void waitsWorkInForeignThread();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// A time-out that is long enough for any expected event.
constexpr int timeout = 5000;

} // namespace

void tst_SocketWait::waitForConnectedIsTrueOnceConnected()
{
    Wire wire;
    QVERIFY(wire.socket->waitForConnected(0));
    QVERIFY(wire.socket->waitForConnected(-1));
    QCOMPARE(wire.record->log(), QStringList());
}

void tst_SocketWait::waitForConnectedIsFalseAfterFailure()
{
    QLocalSocket socket;
    socket.connectToServer(testing::uniqueName());
    QVERIFY(!socket.waitForConnected(-1));
    QCOMPARE(socket.error(), QLocalSocket::ServerNotFoundError);
}

void tst_SocketWait::waitForReadyReadAnnouncesInput_data()
{
    QTest::addColumn<int>("msecs");
    QTest::newRow("no time") << 0;
    QTest::newRow("some time") << timeout;
    QTest::newRow("for ever") << -1;
}

void tst_SocketWait::waitForReadyReadAnnouncesInput()
{
    QFETCH(int, msecs);
    Wire wire;
    wire.sendFromPeer("hello");
    QVERIFY(wire.socket->waitForReadyRead(msecs));
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected"));
    QCOMPARE(wire.socket->readAll(), QByteArray("hello"));
}

void tst_SocketWait::waitForReadyReadTimesOut_data()
{
    QTest::addColumn<int>("msecs");
    QTest::newRow("at once") << 0;
    QTest::newRow("after a while") << 60;
}

void tst_SocketWait::waitForReadyReadTimesOut()
{
    QFETCH(int, msecs);
    Wire wire;
    QElapsedTimer timer;
    timer.start();
    QVERIFY(!wire.socket->waitForReadyRead(msecs));
    QVERIFY2(timer.elapsed() >= msecs, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(wire.record->log(), QStringList("error(SocketTimeout) @Connected"));
    QCOMPARE(wire.socket->error(), QLocalSocket::SocketTimeoutError);
    QCOMPARE(wire.socket->errorString(),
             QStringLiteral("QLocalSocket: Socket operation timed out"));
    QVERIFY(wire.socket->isOpen());
}

void tst_SocketWait::waitForReadyReadContinuesAfterSend()
{
    Wire wire;
    wire.socket->write("x");
    QVERIFY(!wire.socket->waitForReadyRead(0));
    QCOMPARE(wire.record->log(), QStringList("bytesWritten(1) @Connected"));
}

void tst_SocketWait::waitForReadyReadNeedsNewBytes()
{
    Wire wire;
    QVERIFY(wire.deliver("old"));
    QVERIFY(!wire.socket->waitForReadyRead(0));
    wire.sendFromPeer(" new");
    QVERIFY(wire.socket->waitForReadyRead(timeout));
    QCOMPARE(wire.socket->readAll(), QByteArray("old new"));
}

void tst_SocketWait::waitForReadyReadFillsUpToLimit()
{
    Wire wire;
    wire.socket->setReadBufferSize(10);
    wire.sendFromPeer("header and body");
    QVERIFY(wire.socket->waitForReadyRead(timeout));
    QCOMPARE(wire.socket->read(7), QByteArray("header "));
    QVERIFY(wire.socket->waitForReadyRead(timeout));
    QCOMPARE(wire.socket->readAll(), QByteArray("and body"));
    QCOMPARE(wire.record->log(), QStringList({ "readyRead @Connected", "readyRead @Connected" }));
}

void tst_SocketWait::waitForReadyReadIsFalseWhenFull()
{
    Wire wire;
    wire.socket->setReadBufferSize(10);
    wire.sendFromPeer("header and body");
    QVERIFY(wire.socket->waitForReadyRead(timeout));
    QVERIFY(!wire.socket->waitForReadyRead(20));
    QCOMPARE(wire.socket->state(), QLocalSocket::ConnectedState);
    QCOMPARE(wire.socket->bytesAvailable(), 10);
}

void tst_SocketWait::waitForReadyReadSendsPendingBytes()
{
    Wire wire;
    wire.socket->write("question");
    QVERIFY(!wire.socket->waitForReadyRead(30));
    QCOMPARE(wire.record->log(),
             QStringList({ "bytesWritten(8) @Connected", "error(SocketTimeout) @Connected" }));
    QCOMPARE(wire.atPeer(), QByteArray("question"));
}

void tst_SocketWait::waitForReadyReadChecksInputFirst()
{
    Wire wire;
    wire.sendFromPeer("answer");
    wire.socket->write("question");
    QVERIFY(wire.socket->waitForReadyRead(5000));
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected"));
    QCOMPARE(wire.atPeer(), QByteArray());
}

void tst_SocketWait::waitForReadyReadEndsAtPeerClose()
{
    Wire wire;
    wire.closePeer();
    QVERIFY(!wire.socket->waitForReadyRead(-1));
    QCOMPARE(wire.record->log(), peerCloseOrder());
}

void tst_SocketWait::waitForReadyReadTakesLastBytesFirst_data()
{
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("few") << QByteArray("bye");
    // As many as a buffer may hold.
    QTest::newRow("64 KiB") << QByteArray(64 * 1024, 'b');
}

void tst_SocketWait::waitForReadyReadTakesLastBytesFirst()
{
    QFETCH(QByteArray, words);
    Wire wire;
    wire.sendFromPeer(words);
    wire.closePeer();
    QVERIFY(wire.socket->waitForReadyRead(timeout));
    QCOMPARE(wire.socket->state(), QLocalSocket::ConnectedState);
    QVERIFY(!wire.socket->waitForReadyRead(timeout));
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected") + peerCloseOrder());
    QCOMPARE(wire.socket->readAll(), words);
}

void tst_SocketWait::waitForReadyReadFailsWhileClosing()
{
    Wire wire;
    wire.socket->write("x");
    wire.socket->disconnectFromServer();
    wire.record->take();
    QVERIFY(!wire.socket->waitForReadyRead(-1));
    QCOMPARE(wire.record->log(), QStringList());
}

void tst_SocketWait::waitForBytesWrittenSends_data()
{
    waitForReadyReadAnnouncesInput_data();
}

void tst_SocketWait::waitForBytesWrittenSends()
{
    QFETCH(int, msecs);
    Wire wire;
    wire.socket->write("hel");
    wire.socket->write("lo");
    QVERIFY(wire.socket->waitForBytesWritten(msecs));
    QCOMPARE(wire.record->log(), QStringList("bytesWritten(5) @Connected"));
    QCOMPARE(wire.atPeer(), QByteArray("hello"));
}

void tst_SocketWait::waitForBytesWrittenNeedsOutput()
{
    Wire wire;
    QVERIFY(!wire.socket->waitForBytesWritten(-1));
    wire.socket->write("x");
    QVERIFY(wire.socket->waitForBytesWritten(timeout));
    QVERIFY(!wire.socket->waitForBytesWritten(-1));
    QCOMPARE(wire.record->log(), QStringList("bytesWritten(1) @Connected"));
}

void tst_SocketWait::waitForBytesWrittenAfterCloseIsTrue()
{
    Wire wire;
    wire.socket->write("last words");
    wire.socket->close();
    QVERIFY(wire.socket->waitForBytesWritten(timeout));
    QCOMPARE(wire.atPeer(), QByteArray("last words"));
}

void tst_SocketWait::waitForBytesWrittenTimesOut()
{
    Wire wire;
    wire.socket->write(QByteArray(moreThanKernelHolds, 'x'));
    while (wire.socket->waitForBytesWritten(20)) { }
    QCOMPARE(wire.record->log().last(), QStringLiteral("error(SocketTimeout) @Connected"));
    QVERIFY(wire.socket->bytesToWrite() > 0);
}

void tst_SocketWait::waitForBytesWrittenTakesInput()
{
    Wire wire;
    wire.socket->write("out");
    wire.sendFromPeer("in");
    QVERIFY(wire.socket->waitForBytesWritten(timeout));
    QCOMPARE(wire.record->log(),
             QStringList({ "readyRead @Connected", "bytesWritten(3) @Connected" }));
}

void tst_SocketWait::outputWaitWhileClosingTakesInput()
{
    Wire wire;
    wire.socket->write("question");
    wire.socket->disconnectFromServer();
    wire.sendFromPeer("answer");
    QVERIFY(wire.socket->waitForBytesWritten(5000));
    QCOMPARE(wire.socket->readAll(), QByteArray("answer"));
    QCOMPARE(wire.atPeer(), QByteArray("question"));
}

void tst_SocketWait::waitForBytesWrittenNeedsPeer()
{
    Wire wire;
    wire.closePeer();
    QCOMPARE(wire.socket->write("lost"), 4);
    QVERIFY(!wire.socket->waitForBytesWritten(timeout));
    QCOMPARE(wire.record->log(), peerCloseOrder());
}

void tst_SocketWait::waitForDisconnectedTimesOut()
{
    Wire wire;
    wire.socket->write("out");
    wire.sendFromPeer("in");
    QVERIFY(!wire.socket->waitForDisconnected(30));
    QVERIFY(wire.record->log().contains("bytesWritten(3) @Connected"));
    QVERIFY(wire.record->log().contains("readyRead @Connected"));
    QCOMPARE(wire.record->log().last(), QStringLiteral("error(SocketTimeout) @Connected"));
}

void tst_SocketWait::waitForDisconnectedSeesPeerClose()
{
    Wire wire;
    wire.sendFromPeer("bye");
    wire.closePeer();
    QVERIFY(wire.socket->waitForDisconnected(-1));
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected") + peerCloseOrder());
    QCOMPARE(wire.socket->readAll(), QByteArray("bye"));
}

void tst_SocketWait::waitForDisconnectedSendsRest()
{
    Wire wire;
    wire.socket->write("rest");
    wire.socket->close();
    wire.record->take();
    QVERIFY(wire.socket->waitForDisconnected(timeout));
    QCOMPARE(wire.record->log(), QStringList("bytesWritten(4) @Closing") + testing::endOrder());
    QCOMPARE(wire.atPeer(), QByteArray("rest"));
}

void tst_SocketWait::waitForDisconnectedClosingTimesOut()
{
    Wire wire;
    wire.socket->write(QByteArray(moreThanKernelHolds, 'x'));
    wire.socket->disconnectFromServer();
    QVERIFY(!wire.socket->waitForDisconnected(30));
    QCOMPARE(wire.record->log().last(), QStringLiteral("error(SocketTimeout) @Closing"));
    QCOMPARE(wire.receiveAtPeer(moreThanKernelHolds).size(), moreThanKernelHolds);
    QVERIFY(wire.socket->state() == QLocalSocket::UnconnectedState
            || wire.socket->waitForDisconnected(timeout));
}

void tst_SocketWait::unconnectedWaitReturnsImmediately()
{
    QLocalSocket socket;
    QVERIFY(!socket.waitForConnected(-1));
    QVERIFY(!socket.waitForReadyRead(-1));
    QTest::ignoreMessage(
            QtWarningMsg,
            "QAbstractSocket::waitForBytesWritten() is not allowed in UnconnectedState");
    QVERIFY(!socket.waitForBytesWritten(-1));
}

void tst_SocketWait::unconnectedWaitForEndWarns()
{
    QLocalSocket socket;
    QTest::ignoreMessage(QtWarningMsg,
                         "QLocalSocket::waitForDisconnected() is not allowed in UnconnectedState");
    QVERIFY(!socket.waitForDisconnected(-1));
}

void tst_SocketWait::waitsInHandlersChangeNothingElse_data()
{
    enum { Connected = 1, ReadyRead = 2, BytesWritten = 4, Disconnected = 8 };
    QTest::addColumn<QString>("entry");
    QTest::addColumn<int>("wait");
    QTest::addColumn<bool>("result");
    QTest::addColumn<QStringList>("nested");
    const QStringList timeOut("error(SocketTimeout) @Connected");
    const auto rows = [](const char *entry, int waits, bool isConnected, const QStringList &log) {
        for (const int wait : { Connected, ReadyRead, BytesWritten, Disconnected }) {
            const QByteArray name = QByteArray(entry) + ", wait " + QByteArray::number(wait);
            const bool timesOut = wait == ReadyRead || wait == Disconnected;
            if (waits & wait)
                QTest::newRow(name.constData())
                        << entry << wait << (isConnected && wait == Connected)
                        << (timesOut ? log : QStringList());
        }
    };
    const int all = Connected | ReadyRead | BytesWritten | Disconnected;
    for (const char *entry : { "state(Connected)", "connected", "bytesWritten(1)", "readyRead" })
        rows(entry, all, true, timeOut);
    rows("error(PeerClosed)", Connected | BytesWritten, true, {});
    rows("state(Closing)", Connected | ReadyRead | BytesWritten, false, {});
    for (const char *entry : { "state(Unconnected)", "finished", "disconnected" })
        rows(entry, Connected | ReadyRead, false, {});
}

void tst_SocketWait::waitsInHandlersChangeNothingElse()
{
    QFETCH(QString, entry);
    QFETCH(int, wait);
    QFETCH(bool, result);
    QFETCH(QStringList, nested);
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QLocalSocket socket;
    testing::Recorder record(&socket);
    bool waited = !result;
    QStringList before, inside;
    record.on(entry, [&] {
        before = record.take();
        waited = wait == 1  ? socket.waitForConnected(20)
                : wait == 2 ? socket.waitForReadyRead(20)
                : wait == 4 ? socket.waitForBytesWritten(20)
                            : socket.waitForDisconnected(20);
        inside = record.take();
    });
    socket.connectToServer(server.serverName());
    const int peer = ::accept4(int(server.socketDescriptor()), nullptr, nullptr, SOCK_CLOEXEC);
    socket.write("1");
    testing::settle();
    QCOMPARE(::send(peer, "x", 1, MSG_NOSIGNAL), ssize_t(1));
    testing::settle();
    ::close(peer);
    testing::settle();
    QCOMPARE(waited, result);
    QCOMPARE(inside, nested);
    QCOMPARE(before + record.log(),
             QStringList({ "state(Connecting) @Connecting", "state(Connected) @Connected",
                           "connected @Connected", "bytesWritten(1) @Connected",
                           "readyRead @Connected" })
                     + peerCloseOrder());
}

void tst_SocketWait::waitInReadyReadEmitsNoNestedSignal()
{
    Wire wire;
    bool answered = false;
    wire.record->on("readyRead", [&] {
        wire.sendFromPeer(" body");
        answered = wire.socket->waitForReadyRead(timeout);
    });
    wire.sendFromPeer("header");
    testing::settle();
    QVERIFY(answered);
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected"));
    QCOMPARE(wire.socket->readAll(), QByteArray("header body"));
}

void tst_SocketWait::waitInReadyReadSeesPeerClose()
{
    Wire wire;
    bool ended = false;
    wire.record->on("readyRead", [&] { ended = wire.socket->waitForDisconnected(timeout); });
    wire.sendFromPeer("bye");
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QVERIFY(ended);
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected") + peerCloseOrder());
}

void tst_SocketWait::waitsSufficeInAnotherThread()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    QObject::connect(pair.server, &QLocalServer::newConnection, [&] {
        QLocalSocket *accepted = pair.server->nextPendingConnection();
        QObject::connect(accepted, &QIODevice::readyRead,
                         [=] { accepted->write(accepted->readAll().toUpper()); });
    });
    const QString name = pair.server->fullServerName();
    QByteArrayList answers;
    std::unique_ptr<QThread> thread(QThread::create([&] {
        QLocalSocket socket;
        socket.connectToServer(name);
        if (!socket.waitForConnected(timeout))
            return;
        for (const char *question : { "one", "two", "three" }) {
            socket.write(question);
            if (socket.waitForBytesWritten(timeout) && socket.waitForReadyRead(timeout))
                answers << socket.readAll();
        }
        socket.disconnectFromServer();
    }));
    thread->start();
    QVERIFY(testing::turnUntil([&] { return thread->isFinished(); }));
    QVERIFY(thread->wait());
    QCOMPARE(answers, QByteArrayList({ "ONE", "TWO", "THREE" }));
}

void tst_SocketWait::infiniteWaitEndsWithAnswer()
{
    Wire wire;
    std::unique_ptr<QThread> thread(QThread::create([&] {
        char byte;
        // The question arrives only once the waiting call below has sent it.
        while (::recv(wire.peer, &byte, 1, 0) < 0)
            QThread::yieldCurrentThread();
        wire.sendFromPeer("answer");
    }));
    thread->start();
    wire.socket->write("?");
    QVERIFY(wire.socket->waitForReadyRead(-1));
    QVERIFY(thread->wait());
    QCOMPARE(wire.socket->readAll(), QByteArray("answer"));
}

void tst_SocketWait::waitsWorkInForeignThread()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QByteArray answer;
    std::thread thread([&] {
        QLocalSocket socket;
        socket.connectToServer(server.fullServerName());
        socket.write("question");
        if (socket.waitForBytesWritten(timeout) && socket.waitForReadyRead(timeout))
            answer = socket.readAll();
    });
    QVERIFY(server.waitForNewConnection(timeout));
    QLocalSocket *accepted = server.nextPendingConnection();
    QVERIFY(accepted->waitForReadyRead(timeout));
    accepted->write(accepted->readAll().toUpper());
    QVERIFY(accepted->waitForBytesWritten(timeout));
    thread.join();
    QCOMPARE(answer, QByteArray("QUESTION"));
}

QTEST_GUILESS_MAIN(tst_SocketWait)
#include "tst_socket_wait.moc"
