// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Limits on connections, memory and the time to connect, and counters.

#include <QtCore/QElapsedTimer>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include <csignal>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exhaustion.h"
#include "nativepair.h"
#include "users.h"

using namespace testing;
using qlocal::Error;
using qlocal::Server;
using qlocal::Socket;

class tst_native_limits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void onlyInputIsLimitedByDefault();
    void floodingPeerWaitsAtDefaultLimit();
    void excessConnectionsAreRefused();
    void userLimitLeavesRoomForOthers();
    void processLimitLeavesRoomForOthers();
    void otherThreadsConnectionsCount();
    void admittedSubclassIsLimited();
    void acceptedSocketsHaveServersLimits();
    void writeTakesWhatFits();
    void allIsWrittenOrNothing();
    void allNeedsConnection();
    void rejectedMessageIsError();
    void writeAtLimitKeepsConnection();
    void writeBeyondLimitEndsConnection();
    void highWaterIsEdgeTriggered();
    void lowWaterIsEdgeTriggered();
    void marksFollowBytesWritten();
    void deleteInHighWaterReached();
    void writerObeyingMarksIsBounded();
    void readBufferLimitsAcceptedPeer();
    void connectTimesOut();
    void countersCountBytesAndConnections();
    void acceptErrorIsAnnouncedOnce();
};

/// A connection of a child process, until the end of the scope.
class OtherProcess
{
public:
    explicit OtherProcess(const QString &path) : m_process(::fork())
    {
        if (m_process != 0)
            return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        qstrncpy(address.sun_path, qPrintable(path), sizeof address.sun_path);
        const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
        ::connect(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof address);
        for (;;)
            ::pause();
    }
    ~OtherProcess()
    {
        ::kill(m_process, SIGKILL);
        ::waitpid(m_process, nullptr, 0);
    }
    OtherProcess(const OtherProcess &) = delete;
    OtherProcess &operator=(const OtherProcess &) = delete;

private:
    const pid_t m_process;
};

void tst_native_limits::initTestCase()
{
    rlimit limit {};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 256;
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

void tst_native_limits::onlyInputIsLimitedByDefault()
{
    const Socket socket;
    QCOMPARE(socket.connectTimeout(), 30000);
    QCOMPARE(socket.readBufferSize(), 64 * 1024 * 1024);
    QCOMPARE(socket.writeLimit(), 0);
    QCOMPARE(socket.slowPeerPolicy(), Socket::RefuseWrites);
    QCOMPARE(socket.highWater(), 0);
    QCOMPARE(socket.lowWater(), 0);
    const Server server;
    QCOMPARE(server.maxConnections(), 0);
    QCOMPARE(server.maxConnectionsPerUser(), 0);
    QCOMPARE(server.maxConnectionsPerProcess(), 0);
    QCOMPARE(server.writeLimit(), 0);
    QCOMPARE(server.highWater(), 0);
    QCOMPARE(server.lowWater(), 0);
    QCOMPARE(server.readBufferSize(), 64 * 1024 * 1024);
    QVERIFY(!server.isAnyUserAllowed());
    QVERIFY(server.allowedUsers().isEmpty());
    QVERIFY(server.allowedGroups().isEmpty());
}

void tst_native_limits::floodingPeerWaitsAtDefaultLimit()
{
    const Watchdog watchdog;
    Server server;
    NativePair pair;
    QVERIFY(pair.open(server));
    const qint64 limit = pair.accepted->readBufferSize();
    pair.client.write(QByteArray(int(limit + 10'000'000), 'x'));
    QTRY_COMPARE(pair.accepted->bytesAvailable(), limit);
    QTRY_VERIFY(pair.client.bytesToWrite() < 10'000'000);
    QCOMPARE(pair.accepted->bytesAvailable(), limit);
    // Nothing is lost.
    pair.accepted->readAll();
    QTRY_COMPARE(pair.client.bytesToWrite(), 0);
    QTRY_COMPARE(pair.accepted->bytesAvailable(), 10'000'000);
}

void tst_native_limits::excessConnectionsAreRefused()
{
    const Watchdog watchdog;
    Server server;
    server.setMaxConnections(2);
    QSignalSpy refused(&server, &Server::refused);
    NativePair first, second;
    QVERIFY(first.open(server));
    QVERIFY(second.open(server));
    QCOMPARE(server.counters().open, 2U);
    QLocalSocket third;
    third.connectToServer(server.fullServerName());
    QTRY_COMPARE(third.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(refused.count(), 1);
    QCOMPARE(refused.first().at(1).value<Server::RefusalReason>(), Server::TooManyConnections);
    // Each connection that ends makes room.
    first.client.disconnectFromServer();
    QTRY_COMPARE(server.counters().open, 1U);
    NativePair next;
    QVERIFY(next.open(server));
    QCOMPARE(refused.count(), 1);
}

void tst_native_limits::userLimitLeavesRoomForOthers()
{
    const Watchdog watchdog;
    const OpenFolder folder;
    Server server;
    server.setSocketOptions(QLocalServer::WorldAccessOption);
    server.setAnyUserAllowed(true);
    server.setMaxConnectionsPerUser(1);
    QVERIFY(server.listen(folder.path()));
    QSignalSpy refused(&server, &Server::refused);
    const auto first = connectAs(folder.path(), otherUid, 77);
    const auto second = connectAs(folder.path(), otherUid, 78);
    const auto other = connectAs(folder.path(), otherUid + 1, 77);
    settle();
    QCOMPARE(first->state(), QLocalSocket::ConnectedState);
    QCOMPARE(second->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(other->state() == QLocalSocket::ConnectedState, isRoot());
    QCOMPARE(refused.first().at(1).value<Server::RefusalReason>(), Server::TooManyOfUser);
    QCOMPARE(refused.count(), isRoot() ? 1 : 2);
}

void tst_native_limits::processLimitLeavesRoomForOthers()
{
    const Watchdog watchdog;
    Server server;
    server.setMaxConnectionsPerProcess(1);
    QSignalSpy refused(&server, &Server::refused);
    NativePair first;
    QVERIFY(first.open(server));
    Socket second;
    second.connectToServer(server.fullServerName());
    QTRY_COMPARE(second.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(refused.first().at(1).value<Server::RefusalReason>(), Server::TooManyOfProcess);
    const OtherProcess other(server.fullServerName());
    QTRY_COMPARE(server.counters().open, 2U);
    QCOMPARE(refused.count(), 1);
}

void tst_native_limits::otherThreadsConnectionsCount()
{
    const Watchdog watchdog;
    Server server;
    server.setMaxConnections(1);
    NativePair pair;
    QVERIFY(pair.open(server));
    pair.accepted->setParent(nullptr);
    QThread thread;
    thread.start();
    pair.accepted->moveToThread(&thread);
    QCOMPARE(server.counters().open, 1U);
    pair.client.disconnectFromServer();
    QTRY_COMPARE(server.counters().open, 0U);
    pair.accepted.release()->deleteLater();
    thread.quit();
    QVERIFY(thread.wait(5000));
}

void tst_native_limits::admittedSubclassIsLimited()
{
    const Watchdog watchdog;
    class Own : public Server
    {
    protected:
        void incomingConnection(quintptr socketDescriptor) override
        {
            // A plain one can be admitted as well.
            auto *socket = new QLocalSocket(this);
            socket->setSocketDescriptor(qintptr(socketDescriptor));
            admit(socket);
            addPendingConnection(socket);
        }
    };
    Own server;
    server.setMaxConnections(1);
    QVERIFY(server.listen(uniqueName()));
    QLocalSocket first, second;
    first.connectToServer(server.fullServerName());
    second.connectToServer(server.fullServerName());
    settle();
    QCOMPARE(first.state(), QLocalSocket::ConnectedState);
    QCOMPARE(second.state(), QLocalSocket::UnconnectedState);
    QVERIFY(!server.nextSocket());
}

void tst_native_limits::acceptedSocketsHaveServersLimits()
{
    const Watchdog watchdog;
    Server server;
    server.setReadBufferSize(7);
    server.setWriteLimit(50);
    server.setSlowPeerPolicy(Socket::EndConnection);
    server.setHighWater(40);
    server.setLowWater(30);
    server.setMaxMessageSize(20);
    server.setMaxDescriptors(2);
    NativePair pair;
    QVERIFY(pair.open(server));
    QCOMPARE(pair.accepted->readBufferSize(), 7);
    QCOMPARE(pair.accepted->writeLimit(), 50);
    QCOMPARE(pair.accepted->slowPeerPolicy(), Socket::EndConnection);
    QCOMPARE(pair.accepted->highWater(), 40);
    QCOMPARE(pair.accepted->lowWater(), 30);
    QCOMPARE(pair.accepted->maxMessageSize(), 20);
    QCOMPARE(pair.accepted->maxDescriptors(), 2);
    QCOMPARE(server.slowPeerPolicy(), Socket::EndConnection);
}

void tst_native_limits::writeTakesWhatFits()
{
    const Watchdog watchdog;
    Server server;
    NativePair pair;
    QVERIFY(pair.open(server));
    pair.client.setWriteLimit(1000);
    QCOMPARE(pair.client.write(QByteArray(999, 'x')), 999);
    QCOMPARE(pair.client.write(QByteArray(5, 'y')), 1);
    QCOMPARE(pair.client.write(QByteArray(5, 'z')), 0);
    QCOMPARE(pair.client.bytesToWrite(), 1000);
    QCOMPARE(pair.client.state(), QLocalSocket::ConnectedState);
    QTRY_COMPARE(pair.accepted->bytesAvailable(), 1000);
    QCOMPARE(pair.accepted->readAll(), QByteArray(999, 'x') + 'y');
    QCOMPARE(pair.client.write(QByteArray(2000, 'x')), 1000);
}

void tst_native_limits::allIsWrittenOrNothing()
{
    const Watchdog watchdog;
    Server server;
    NativePair pair;
    QVERIFY(pair.open(server));
    pair.accepted->setWriteLimit(5);
    QVERIFY(pair.accepted->writeAll("abc"));
    QVERIFY(!pair.accepted->writeAll("def"));
    QCOMPARE(pair.accepted->lastError().kind(), Error::LimitExceeded);
    QCOMPARE(pair.accepted->bytesToWrite(), 3);
    QVERIFY(pair.accepted->writeAll("de"));
    QTRY_COMPARE(pair.client.bytesAvailable(), 5);
    QCOMPARE(pair.client.readAll(), QByteArray("abcde"));
}

void tst_native_limits::allNeedsConnection()
{
    Socket socket;
    QVERIFY(!socket.writeAll("a"));
    QCOMPARE(socket.lastError().kind(), Error::NotConnected);
}

void tst_native_limits::rejectedMessageIsError()
{
    const Watchdog watchdog;
    Server server;
    NativePair pair;
    QVERIFY(pair.open(server));
    QSignalSpy failed(pair.accepted.get(), &QLocalSocket::errorOccurred);
    pair.accepted->rejectMessage();
    QCOMPARE(pair.accepted->lastError().kind(), Error::InvalidMessage);
    QCOMPARE(failed.size(), 0);
    QCOMPARE(pair.accepted->state(), QLocalSocket::ConnectedState);
}

void tst_native_limits::writeAtLimitKeepsConnection()
{
    const Watchdog watchdog;
    Server server;
    NativePair pair;
    QVERIFY(pair.open(server));
    pair.client.setWriteLimit(1000);
    pair.client.setSlowPeerPolicy(Socket::EndConnection);
    QCOMPARE(pair.client.write(QByteArray(1000, 'x')), 1000);
    QTRY_COMPARE(pair.accepted->bytesAvailable(), 1000);
    QCOMPARE(pair.client.state(), QLocalSocket::ConnectedState);
}

void tst_native_limits::writeBeyondLimitEndsConnection()
{
    const Watchdog watchdog;
    Server server;
    NativePair pair;
    QVERIFY(pair.open(server));
    pair.client.setWriteLimit(1000);
    pair.client.setSlowPeerPolicy(Socket::EndConnection);
    QSignalSpy errors(&pair.client, &QLocalSocket::errorOccurred);
    QSignalSpy states(&pair.client, &QLocalSocket::stateChanged);
    QCOMPARE(pair.client.write(QByteArray(1001, 'x')), -1);
    QCOMPARE(errors.count(), 0);
    QCOMPARE(pair.client.state(), QLocalSocket::ConnectedState);
    QTRY_COMPARE(pair.client.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(errors.count(), 1);
    QCOMPARE(states.count(), 1);
    QCOMPARE(pair.client.error(), QLocalSocket::SocketResourceError);
    QCOMPARE(pair.client.lastError().kind(), qlocal::Error::LimitExceeded);
    QTRY_COMPARE(pair.accepted->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(pair.accepted->bytesAvailable(), 0);
}

void tst_native_limits::highWaterIsEdgeTriggered()
{
    const Watchdog watchdog;
    Server server;
    server.setReadBufferSize(1);
    NativePair pair;
    QVERIFY(pair.open(server));
    const qint64 queued = pair.fill();
    pair.client.setHighWater(queued + 10);
    QSignalSpy high(&pair.client, &Socket::highWaterReached);
    pair.client.write(QByteArray(9, 'x'));
    settle();
    QCOMPARE(high.count(), 0);
    pair.client.write("x");
    QCOMPARE(high.count(), 0);
    settle();
    QCOMPARE(high.count(), 1);
    pair.client.write(QByteArray(1000, 'x'));
    settle();
    QCOMPARE(high.count(), 1);
}

void tst_native_limits::lowWaterIsEdgeTriggered()
{
    const Watchdog watchdog;
    Server server;
    server.setReadBufferSize(1024);
    NativePair pair;
    QVERIFY(pair.open(server));
    const qint64 queued = pair.fill();
    pair.client.setHighWater(queued);
    pair.client.setLowWater(queued / 2);
    settle();
    QSignalSpy low(&pair.client, &Socket::lowWaterReached);
    qint64 before = pair.client.bytesToWrite();
    while (low.isEmpty()) {
        before = pair.client.bytesToWrite();
        QVERIFY(before > queued / 2);
        pair.accepted->readAll();
        settle();
    }
    QVERIFY(pair.client.bytesToWrite() <= queued / 2);
    while (pair.client.bytesToWrite() > 0) {
        pair.accepted->readAll();
        settle();
    }
    QCOMPARE(low.count(), 1);
}

void tst_native_limits::marksFollowBytesWritten()
{
    const Watchdog watchdog;
    Server server;
    NativePair pair;
    QVERIFY(pair.open(server));
    QStringList order;
    connect(&pair.client, &QIODevice::bytesWritten, this, [&] { order << "written"; });
    connect(&pair.client, &Socket::highWaterReached, this, [&] {
        order << "high";
        QVERIFY(pair.client.bytesToWrite() >= pair.client.highWater());
    });
    connect(&pair.client, &Socket::lowWaterReached, this, [&] { order << "low"; });
    pair.client.setHighWater(100);
    pair.client.write(QByteArray(4'000'000, 'x'));
    QCOMPARE(order, QStringList());
    pair.client.flush();
    QCOMPARE(order, (QStringList { "written", "high" }));
    while (!order.endsWith("low")) {
        settle();
        pair.accepted->readAll();
    }
    QCOMPARE(order.at(order.size() - 2), "written");
}

void tst_native_limits::deleteInHighWaterReached()
{
    const Watchdog watchdog;
    Server server;
    QVERIFY(server.listen(uniqueName()));
    QPointer<Socket> client(new Socket);
    client->connectToServer(server.fullServerName());
    client->setHighWater(100);
    connect(client, &Socket::highWaterReached, this, [&client] { delete client; });
    client->write(QByteArray(4'000'000, 'x'));
    settle();
    QVERIFY(!client);
}

void tst_native_limits::writerObeyingMarksIsBounded()
{
    const Watchdog watchdog;
    Server server;
    server.setReadBufferSize(64 * 1024);
    NativePair pair;
    QVERIFY(pair.open(server));
    constexpr qint64 high = 256 * 1024, chunk = 64 * 1024, total = 16 * 1024 * 1024;
    pair.client.setHighWater(high);
    pair.client.setLowWater(high / 4);
    bool pauses = false;
    qint64 written = 0, peak = 0, read = 0;
    const auto write = [&] {
        if (!pauses && written < total)
            written += pair.client.write(QByteArray(chunk, 'x'));
        peak = std::max(peak, pair.client.bytesToWrite());
    };
    connect(&pair.client, &Socket::highWaterReached, this, [&] { pauses = true; });
    connect(&pair.client, &Socket::lowWaterReached, this, [&] { pauses = false; });
    while (read < total) {
        write();
        QCoreApplication::processEvents();
        read += pair.accepted->readAll().size();
    }
    QCOMPARE(read, total);
    QVERIFY2(peak <= high + 2 * chunk, qPrintable(QString::number(peak)));
}

void tst_native_limits::readBufferLimitsAcceptedPeer()
{
    const Watchdog watchdog;
    Server server;
    server.setReadBufferSize(10);
    NativePair pair;
    QVERIFY(pair.open(server));
    pair.client.write("eleven bytes");
    settle();
    QCOMPARE(pair.accepted->bytesAvailable(), 10);
    QCOMPARE(pair.accepted->readAll(), QByteArray("eleven byt"));
    settle();
    QCOMPARE(pair.accepted->readAll(), QByteArray("es"));
}

void tst_native_limits::connectTimesOut()
{
    const Watchdog watchdog;
    QLocalServer server;
    server.setListenBacklogSize(0);
    server.setMaxPendingConnections(0);
    QVERIFY(server.listen(uniqueName()));
    std::vector<std::unique_ptr<Socket>> waiting;
    QElapsedTimer timer;
    // The backlog is full once a socket is not connected at once.
    do {
        waiting.push_back(std::make_unique<Socket>());
        waiting.back()->setConnectTimeout(100);
        timer.start();
        waiting.back()->connectToServer(server.fullServerName());
    } while (waiting.back()->state() == QLocalSocket::ConnectedState);
    Socket &late = *waiting.back();
    QCOMPARE(late.state(), QLocalSocket::ConnectingState);
    QTRY_COMPARE(late.state(), QLocalSocket::UnconnectedState);
    QVERIFY(timer.elapsed() >= 100);
    QCOMPARE(late.error(), QLocalSocket::SocketTimeoutError);
    // Through the base class too.
    QLocalSocket &base = late;
    late.setConnectTimeout(0);
    base.connectToServer(server.fullServerName());
    QCOMPARE(base.error(), QLocalSocket::SocketTimeoutError);
    QCOMPARE(base.state(), QLocalSocket::UnconnectedState);
}

void tst_native_limits::countersCountBytesAndConnections()
{
    const Watchdog watchdog;
    Server server;
    for (int round = 0; round < 2; ++round) {
        NativePair pair;
        QVERIFY(pair.open(server));
        pair.client.write("12345");
        QTRY_COMPARE(pair.accepted->bytesAvailable(), 5);
        pair.accepted->write("678");
        QTRY_COMPARE(pair.client.bytesAvailable(), 3);
        QCOMPARE(pair.client.bytesSent(), 5U);
        QCOMPARE(pair.client.bytesReceived(), 3U);
        QCOMPARE(pair.accepted->bytesReceived(), 5U);
        QCOMPARE(pair.accepted->bytesSent(), 3U);
    }
    const qlocal::ServerCounters counters = server.counters();
    QCOMPARE(counters.accepted, 2U);
    QCOMPARE(counters.refused, 0U);
    QCOMPARE(counters.failed, 0U);
    QCOMPARE(counters.open, 0U);
    QCOMPARE(counters.bytesReceived, 10U);
    QCOMPARE(counters.bytesSent, 6U);
}

void tst_native_limits::acceptErrorIsAnnouncedOnce()
{
    const Watchdog watchdog;
    Server server;
    QVERIFY(server.listen(uniqueName()));
    QSignalSpy errors(&server, &Server::acceptError);
    Socket client;
    client.connectToServer(server.fullServerName());
    {
        const Exhaustion none;
        QTRY_VERIFY(server.counters().failed >= 3);
    }
    QCOMPARE(errors.count(), 1);
    QCOMPARE(errors.first().first().value<QAbstractSocket::SocketError>(),
             QAbstractSocket::SocketResourceError);
    QVERIFY(server.isListening());
    QTRY_VERIFY(server.hasPendingConnections());
    QCOMPARE(errors.count(), 1);
}

QTEST_GUILESS_MAIN(tst_native_limits)
#include "tst_native_limits.moc"
