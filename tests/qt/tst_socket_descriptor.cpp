// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: taking over a descriptor, and exposing one.

#include "recorder.h"

#include <QtCore/QDir>
#include <QtCore/QThread>
#include <QtTest/QtTest>

#include <memory>
#include <optional>

#include <fcntl.h>

using testing::Recorder;
using testing::uniqueName;

class tst_SocketDescriptor : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void connectedDescriptorIsTaken();
    void takenDescriptorReadsAndWrites();
    void modeIsAsGiven_data();
    void modeIsAsGiven();
    void namesComeFromKernel_data();
    void namesComeFromKernel();
    void unnamedDescriptorKeepsSetName();
    void takenDescriptorIsNonBlocking();
    void socketClosesTakenDescriptor();
    void secondDescriptorReplacesFirst();
    void descriptorClearsError();
    void descriptorIsTakenAfterDisconnect();
    void peerCloseIsAnnouncedInOrder();

    void stateIsAsGiven_data();
    void stateIsAsGiven();
    void noDescriptorStillSetsStateAndMode_data();
    void noDescriptorStillSetsStateAndMode();
    void closedDescriptorIsFalse();
    void unconnectedDescriptorIsError();

    void descriptorIsValidWhileConnected();
    void optionsCanBeSetOnDescriptor();

    void packetsArriveOneAtATime_data();
    void packetsArriveOneAtATime();
    void packetWritesArriveWhole();
#ifdef QLOCAL_DROPIN
    void packetSocketEndIsAnnounced();
    void otherSocketsDescriptorIsRefused();
    void otherThreadsDescriptorIsRefused();
    void ownDescriptorIsRefusedAndKept();
    void numberClosedElsewhereIsFree();
#endif

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// Both ends of a socket pair; an end whose ownership was transferred is -1.
class Ends
{
public:
    Ends()
    {
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, m_fds) != 0)
            qFatal("Ends: no socket pair");
    }
    ~Ends()
    {
        for (int fd : m_fds) {
            if (fd >= 0)
                ::close(fd);
        }
    }
    Ends(const Ends &) = delete;
    Ends &operator=(const Ends &) = delete;

    int give() { return std::exchange(m_fds[0], -1); }
    int far() const { return m_fds[1]; }
    void closeFar() { ::close(std::exchange(m_fds[1], -1)); }

private:
    int m_fds[2];
};

bool isOpen(int fd)
{
    return ::fcntl(fd, F_GETFD) >= 0;
}

using State = QLocalSocket::LocalSocketState;

/// The signals of a call that takes a descriptor in this state.
QStringList takenOrder(State state = QLocalSocket::ConnectedState)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 9, 2)
    const QString name = testing::stateName(state);
    return { QStringLiteral("state(%1) @%1").arg(name) };
#else
    Q_UNUSED(state);
    return {};
#endif
}

} // namespace

void tst_SocketDescriptor::connectedDescriptorIsTaken()
{
    Ends ends;
    const int fd = ends.give();
    QLocalSocket socket;
    Recorder record(&socket);
    QVERIFY(socket.setSocketDescriptor(fd));
    QCOMPARE(record.log(), takenOrder());
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    QCOMPARE(socket.openMode(), QIODevice::ReadWrite);
    QCOMPARE(socket.socketDescriptor(), qintptr(fd));
    QVERIFY(socket.isValid());
}

void tst_SocketDescriptor::takenDescriptorReadsAndWrites()
{
    Ends ends;
    QCOMPARE(::send(ends.far(), "hello", 5, 0), ssize_t(5));
    QLocalSocket socket;
    Recorder record(&socket);
    QVERIFY(socket.setSocketDescriptor(ends.give()));
    socket.write("abc");
    testing::settle();
    QCOMPARE(record.log(),
             takenOrder() + QStringList({ "readyRead @Connected", "bytesWritten(3) @Connected" }));
    QCOMPARE(socket.readAll(), QByteArray("hello"));
    char bytes[8];
    QCOMPARE(::recv(ends.far(), bytes, sizeof bytes, MSG_DONTWAIT), ssize_t(3));
}

void tst_SocketDescriptor::modeIsAsGiven_data()
{
    QTest::addColumn<int>("mode");
    QTest::newRow("read only") << int(QIODevice::ReadOnly);
    QTest::newRow("write only") << int(QIODevice::WriteOnly);
    QTest::newRow("unbuffered") << int(QIODevice::ReadWrite | QIODevice::Unbuffered);
}

void tst_SocketDescriptor::modeIsAsGiven()
{
    QFETCH(int, mode);
    Ends ends;
    QLocalSocket socket;
    QVERIFY(socket.setSocketDescriptor(ends.give(), QLocalSocket::ConnectedState,
                                       QIODevice::OpenMode(mode)));
    QCOMPARE(int(socket.openMode()), mode);
}

void tst_SocketDescriptor::namesComeFromKernel_data()
{
    QTest::addColumn<bool>("isAbstract");
    QTest::addColumn<bool>("isAccepted");
    QTest::newRow("path, client end") << false << false;
    QTest::newRow("path, accepted end") << false << true;
    QTest::newRow("abstract, client end") << true << false;
    QTest::newRow("abstract, accepted end") << true << true;
}

void tst_SocketDescriptor::namesComeFromKernel()
{
    QFETCH(bool, isAbstract);
    QFETCH(bool, isAccepted);
    QLocalServer server;
    QLocalSocket client;
    if (isAbstract) {
        server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
        client.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    }
    const QString name = uniqueName();
    QVERIFY(server.listen(name));
    client.connectToServer(name);
    const int accepted = ::accept(int(server.socketDescriptor()), nullptr, nullptr);
    const int other = ::dup(int(client.socketDescriptor()));
    QLocalSocket socket;
    QVERIFY(socket.setSocketDescriptor(isAccepted ? accepted : other));
    QCOMPARE(socket.serverName(), name);
    QCOMPARE(socket.fullServerName(), isAbstract ? name : QDir::tempPath() + u'/' + name);
    ::close(isAccepted ? other : accepted);
}

void tst_SocketDescriptor::unnamedDescriptorKeepsSetName()
{
    Ends ends;
    QLocalSocket socket;
    socket.setServerName("given");
    QVERIFY(socket.setSocketDescriptor(ends.give()));
    QCOMPARE(socket.serverName(), QStringLiteral("given"));
    QCOMPARE(socket.fullServerName(), QString());
}

void tst_SocketDescriptor::takenDescriptorIsNonBlocking()
{
    Ends ends;
    const int fd = ends.give();
    QLocalSocket socket;
    QVERIFY(socket.setSocketDescriptor(fd));
    QVERIFY(::fcntl(fd, F_GETFL) & O_NONBLOCK);
}

void tst_SocketDescriptor::socketClosesTakenDescriptor()
{
    Ends ends;
    {
        QLocalSocket socket;
        QVERIFY(socket.setSocketDescriptor(ends.give()));
    }
    char byte;
    QCOMPARE(::recv(ends.far(), &byte, 1, MSG_DONTWAIT), ssize_t(0));
}

void tst_SocketDescriptor::secondDescriptorReplacesFirst()
{
    Ends first, second;
    QLocalSocket socket;
    QVERIFY(socket.setSocketDescriptor(first.give()));
    Recorder record(&socket);
    const int fd = second.give();
    QVERIFY(socket.setSocketDescriptor(fd));
    QCOMPARE(socket.socketDescriptor(), qintptr(fd));
    QCOMPARE(record.log(), takenOrder());
    char byte;
    QCOMPARE(::recv(first.far(), &byte, 1, MSG_DONTWAIT), ssize_t(0));
    QCOMPARE(::send(second.far(), "x", 1, 0), ssize_t(1));
    QVERIFY(socket.waitForReadyRead(5000));
}

void tst_SocketDescriptor::descriptorClearsError()
{
    Ends ends;
    QLocalSocket socket;
    socket.connectToServer(testing::uniqueName());
    QCOMPARE(socket.error(), QLocalSocket::ServerNotFoundError);
    QVERIFY(socket.setSocketDescriptor(ends.give()));
    QCOMPARE(socket.error(), QLocalSocket::UnknownSocketError);
}

void tst_SocketDescriptor::descriptorIsTakenAfterDisconnect()
{
    testing::Wire wire;
    wire.socket->disconnectFromServer();
    Ends ends;
    QVERIFY(wire.socket->setSocketDescriptor(ends.give()));
    QCOMPARE(wire.socket->state(), QLocalSocket::ConnectedState);
    QCOMPARE(::send(ends.far(), "x", 1, 0), ssize_t(1));
    QVERIFY(wire.socket->waitForReadyRead(5000));
}

void tst_SocketDescriptor::peerCloseIsAnnouncedInOrder()
{
    Ends ends;
    QLocalSocket socket;
    Recorder record(&socket);
    QVERIFY(socket.setSocketDescriptor(ends.give()));
    ends.closeFar();
    QVERIFY(testing::turnUntil([&] { return socket.state() == QLocalSocket::UnconnectedState; }));
    QCOMPARE(record.log(), takenOrder() + testing::peerCloseOrder());
}

void tst_SocketDescriptor::stateIsAsGiven_data()
{
    QTest::addColumn<State>("state");
    QTest::newRow("Unconnected") << QLocalSocket::UnconnectedState;
    QTest::newRow("Connecting") << QLocalSocket::ConnectingState;
    QTest::newRow("Connected") << QLocalSocket::ConnectedState;
    QTest::newRow("Closing") << QLocalSocket::ClosingState;
}

void tst_SocketDescriptor::stateIsAsGiven()
{
    QFETCH(State, state);
    Ends ends;
    QLocalSocket socket;
    Recorder record(&socket);
    QVERIFY(socket.setSocketDescriptor(ends.give(), state, QIODevice::ReadOnly));
    QCOMPARE(socket.state(), state);
    QCOMPARE(socket.openMode(), QIODevice::ReadOnly);
    QCOMPARE(record.log(), takenOrder(state));
}

void tst_SocketDescriptor::noDescriptorStillSetsStateAndMode_data()
{
    stateIsAsGiven_data();
}

void tst_SocketDescriptor::noDescriptorStillSetsStateAndMode()
{
    QFETCH(State, state);
    QLocalSocket socket;
    Recorder record(&socket);
    QVERIFY(!socket.setSocketDescriptor(-1, state, QIODevice::ReadOnly));
    QCOMPARE(socket.state(), state);
    QCOMPARE(socket.openMode(), QIODevice::ReadOnly);
    QCOMPARE(socket.socketDescriptor(), qintptr(-1));
    QVERIFY(!socket.isValid());
    QCOMPARE(socket.error(), QLocalSocket::UnknownSocketError);
    QCOMPARE(record.log(), QStringList());
}

void tst_SocketDescriptor::closedDescriptorIsFalse()
{
    QLocalSocket socket;
    Recorder record(&socket);
    const int free = ::dup(0);
    ::close(free);
    QVERIFY(!isOpen(free));
    QVERIFY(!socket.setSocketDescriptor(free));
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    QCOMPARE(socket.socketDescriptor(), qintptr(-1));
    QCOMPARE(socket.error(), QLocalSocket::UnsupportedSocketOperationError);
    QCOMPARE(record.log(), QStringList());
}

void tst_SocketDescriptor::unconnectedDescriptorIsError()
{
    QLocalSocket socket;
    Recorder record(&socket);
    QVERIFY(socket.setSocketDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    QVERIFY(testing::turnUntil([&] { return socket.state() == QLocalSocket::UnconnectedState; }));
    QStringList expected = testing::peerCloseOrder();
    expected[0] = "error(Connection) @Connected";
    QCOMPARE(record.log(), takenOrder() + expected);
    QCOMPARE(socket.errorString(), QStringLiteral("QLocalSocket: Connection error"));
}

void tst_SocketDescriptor::descriptorIsValidWhileConnected()
{
    testing::Wire wire;
    const int fd = int(wire.socket->socketDescriptor());
    QVERIFY(isOpen(fd));
    wire.socket->close();
    QCOMPARE(wire.socket->socketDescriptor(), qintptr(-1));
    QVERIFY(!isOpen(fd));
}

void tst_SocketDescriptor::optionsCanBeSetOnDescriptor()
{
    testing::Wire wire;
    const int fd = int(wire.socket->socketDescriptor());
    int size = 8192;
    QCOMPARE(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
    int taken = 0;
    socklen_t length = sizeof taken;
    QCOMPARE(::getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &taken, &length), 0);
    QCOMPARE(taken, 2 * size); // the kernel doubles it, see socket(7)
    wire.socket->write("still works");
    QCOMPARE(wire.receiveAtPeer(11), QByteArray("still works"));
}

void tst_SocketDescriptor::packetsArriveOneAtATime_data()
{
    QTest::addColumn<int>("type");
    QTest::newRow("SOCK_SEQPACKET") << int(SOCK_SEQPACKET);
    QTest::newRow("SOCK_DGRAM") << int(SOCK_DGRAM);
}

void tst_SocketDescriptor::packetsArriveOneAtATime()
{
    QFETCH(int, type);
    int pair[2];
    QCOMPARE(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair), 0);
    QLocalSocket socket;
    QByteArrayList got;
    connect(&socket, &QIODevice::readyRead, this, [&] { got << socket.readAll(); });
    QVERIFY(socket.setSocketDescriptor(pair[0]));
    const QByteArrayList packets { QByteArray(65'536, 'a'), "b", QByteArray(90'000, 'c') };
    for (const QByteArray &packet : packets)
        QCOMPARE(::send(pair[1], packet.constData(), size_t(packet.size()), MSG_DONTWAIT),
                 packet.size());
    QVERIFY(testing::turnUntil([&] { return got.size() == packets.size(); }));
    QVERIFY(got == packets);
    ::close(pair[1]);
}

void tst_SocketDescriptor::packetWritesArriveWhole()
{
    int pair[2];
    QCOMPARE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    QLocalSocket socket;
    QVERIFY(socket.setSocketDescriptor(pair[0]));
    // Each fits into a packet, and all of them together don't.
    const QByteArray block(60'000, 'x');
    for (int count = 0; count < 10; ++count)
        QCOMPARE(socket.write(block), block.size());
    QByteArray room(1 << 20, Qt::Uninitialized);
    qint64 received = 0;
    QVERIFY(testing::turnUntil([&] {
        const ssize_t count = ::recv(pair[1], room.data(), size_t(room.size()), 0);
        return (received += qMax<ssize_t>(count, 0)) == 600'000;
    }));
    ::close(pair[1]);
}

#ifdef QLOCAL_DROPIN

// Stock Qt does not detect end of file on such a socket.
void tst_SocketDescriptor::packetSocketEndIsAnnounced()
{
    int pair[2];
    QCOMPARE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    QLocalSocket socket;
    QVERIFY(socket.setSocketDescriptor(pair[0]));
    // An empty packet is not end of file.
    for (const QByteArray &packet : QByteArrayList { "a", "", "b" })
        QCOMPARE(::send(pair[1], packet.constData(), size_t(packet.size()), 0), packet.size());
    ::close(pair[1]);
    QVERIFY(testing::turnUntil([&] { return socket.state() == QLocalSocket::UnconnectedState; }));
    QCOMPARE(socket.error(), QLocalSocket::PeerClosedError);
    QCOMPARE(socket.readAll(), QByteArray("ab"));
}

// In Qt both sockets use it, and the one that ends first closes it under the other.
void tst_SocketDescriptor::otherSocketsDescriptorIsRefused()
{
    testing::Wire wire;
    QLocalSocket second;
    QVERIFY(!second.setSocketDescriptor(wire.socket->socketDescriptor()));
    QCOMPARE(second.error(), QLocalSocket::UnsupportedSocketOperationError);
    QCOMPARE(second.socketDescriptor(), qintptr(-1));
    second.abort();
    QVERIFY(wire.deliver("still works"));
    QCOMPARE(wire.socket->readAll(), QByteArray("still works"));
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected"));
}

void tst_SocketDescriptor::otherThreadsDescriptorIsRefused()
{
    testing::Wire wire;
    const qintptr number = wire.socket->socketDescriptor();
    bool isTaken = true;
    const std::unique_ptr<QThread> thread(
            QThread::create([&] { isTaken = QLocalSocket().setSocketDescriptor(number); }));
    thread->start();
    QVERIFY(thread->wait(20'000));
    QVERIFY(!isTaken);
    QVERIFY(wire.deliver("still works"));
}

void tst_SocketDescriptor::ownDescriptorIsRefusedAndKept()
{
    testing::Wire wire;
    const qintptr number = wire.socket->socketDescriptor();
    QVERIFY(!wire.socket->setSocketDescriptor(number));
    QCOMPARE(wire.socket->socketDescriptor(), number);
    QVERIFY(wire.deliver("still works"));
}

void tst_SocketDescriptor::numberClosedElsewhereIsFree()
{
    testing::Wire first;
    const int number = int(first.socket->socketDescriptor());
    int pair[2];
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    // As if the descriptor was closed externally, and its number reused by another socket.
    QCOMPARE(::dup3(pair[0], number, O_CLOEXEC), number);
    ::close(pair[0]);
    QLocalSocket second;
    QVERIFY(second.setSocketDescriptor(number));
    // It leaves a descriptor alone that it no longer owns.
    first.socket->abort();
    QVERIFY(isOpen(number));
    QCOMPARE(::send(pair[1], "x", 1, MSG_NOSIGNAL), 1);
    QVERIFY(testing::turnUntil([&] { return second.bytesAvailable() == 1; }));
    ::close(pair[1]);
}

#endif

QTEST_GUILESS_MAIN(tst_SocketDescriptor)
#include "tst_socket_descriptor.moc"
