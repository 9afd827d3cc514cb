// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// How programs connect the signals of both classes, and wait for them.

#include "echo.h"
#include "recorder.h"

#include <QtCore/QEventLoop>
#include <QtCore/QThread>
#include <QtCore/QTimer>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>
#include <QtTest/QTestEventLoop>

#include <functional>
#include <memory>
#include <optional>

// As programs that also build with older versions of Qt do.
Q_DECLARE_METATYPE(QLocalSocket::LocalSocketError)
Q_DECLARE_METATYPE(QLocalSocket::LocalSocketState)

class tst_Idioms : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_watchdog.emplace();
        m_count = 0;
        m_sender = nullptr;
    }
    void cleanup() { m_watchdog.reset(); }

    void memberFunctionsConnect();
    void boundFunctionsConnect();
    void functionObjectsConnect();
    void functionStopsWithItsContext();
    void qOverloadSelectsOverloads();
    void slotsCanTakeFewerArguments();
    void signalsConnectToSignals();
    void socketFunctionsAreSlots();
    void serverFunctionsAreSlots();
    void uniqueConnectionIsMadeOnce();
    void singleShotConnectionFiresOnce();
    void queuedConnectionsUseEventLoop();
    void blockingQueuedCallsCrossThreads();
    void senderIsObject();
    void disconnectedHandlersAreNotCalled();
    void handlerCanConnectSignals();
    void blockedSignalsStillMoveBytes();

    void spyWaitsForSignal();
    void testEventLoopWaitsForSignal();
    void eventLoopWaitsForSignal();
    void timeoutsRaceSignals();
    void functionsRunInSocketsThread();
    void objectsPrintTheirNames();
    void enumsPrintAmongOtherValues();

public slots:
    void count() { ++m_count; }
    void onReadyRead()
    {
        ++m_count;
        m_sender = sender();
    }
    void onState(QLocalSocket::LocalSocketState state) { m_states.append(state); }

signals:
    void relayed();
    void relayedState(QLocalSocket::LocalSocketState state);
    void wanted(const QString &name, QIODevice::OpenMode mode);

private:
    void add(int number, QLocalSocket *from)
    {
        m_count += number;
        m_sender = from;
    }

    std::optional<testing::Watchdog> m_watchdog;
    int m_count = 0;
    QObject *m_sender = nullptr;
    QList<QLocalSocket::LocalSocketState> m_states;
};

namespace {

/// A listening server and the name to connect to.
class Listening : public QLocalServer
{
public:
    Listening()
    {
        if (!listen(testing::uniqueName("idioms")))
            qFatal("Listening: %s", qPrintable(errorString()));
    }
};

} // namespace

void tst_Idioms::memberFunctionsConnect()
{
    testing::Wire wire;
    connect(wire.socket.get(), &QLocalSocket::readyRead, this, &tst_Idioms::onReadyRead);
    connect(wire.socket.get(), &QIODevice::readyRead, this, &tst_Idioms::count);
    QVERIFY(wire.deliver("x"));
    QCOMPARE(m_count, 2);
}

void tst_Idioms::boundFunctionsConnect()
{
    testing::Wire wire;
    connect(wire.socket.get(), &QIODevice::readyRead,
            std::bind(&tst_Idioms::add, this, 3, wire.socket.get()));
    connect(wire.socket.get(), &QIODevice::bytesWritten, this,
            std::bind(&tst_Idioms::add, this, std::placeholders::_1, wire.socket.get()));
    wire.sendFromPeer("x");
    wire.socket->write("four");
    testing::settle();
    QCOMPARE(m_count, 3 + 4);
    QCOMPARE(m_sender, wire.socket.get());
}

void tst_Idioms::functionObjectsConnect()
{
    struct Counter
    {
        int *count;
        void operator()(QLocalSocket::LocalSocketState) const { ++*count; }
    };
    Listening server;
    QLocalSocket socket;
    const std::function<void()> onConnected = [this] { m_count += 10; };
    connect(&socket, &QLocalSocket::stateChanged, Counter { &m_count });
    connect(&socket, &QLocalSocket::connected, onConnected);
    socket.connectToServer(server.serverName());
    QCOMPARE(m_count, 12);
}

void tst_Idioms::functionStopsWithItsContext()
{
    testing::Wire wire;
    auto context = std::make_unique<QObject>();
    connect(wire.socket.get(), &QIODevice::readyRead, context.get(), [this] { ++m_count; });
    QVERIFY(wire.deliver("x"));
    context.reset();
    QVERIFY(wire.deliver("y"));
    QCOMPARE(m_count, 1);
}

void tst_Idioms::qOverloadSelectsOverloads()
{
    Listening server;
    QLocalSocket socket;
    connect(this, &tst_Idioms::wanted, &socket,
            qOverload<const QString &, QIODevice::OpenMode>(&QLocalSocket::connectToServer));
    emit wanted(server.serverName(), QIODevice::ReadOnly);
    QCOMPARE(socket.openMode(), QIODevice::ReadOnly);
    const auto listen = QOverload<const QString &>::of(&QLocalServer::listen);
    QLocalServer other;
    QVERIFY((other.*listen)(testing::uniqueName()));
}

void tst_Idioms::slotsCanTakeFewerArguments()
{
    QLocalSocket socket;
    connect(&socket, &QLocalSocket::stateChanged, this, &tst_Idioms::count);
    connect(&socket, &QLocalSocket::errorOccurred, this, [this] { m_count += 10; });
    socket.connectToServer(testing::uniqueName("missing"));
    QCOMPARE(m_count, 12);
}

void tst_Idioms::signalsConnectToSignals()
{
    Listening server;
    QLocalSocket socket;
    connect(&socket, &QLocalSocket::connected, this, &tst_Idioms::relayed);
    connect(&socket, &QLocalSocket::stateChanged, this, &tst_Idioms::relayedState);
    QSignalSpy relays(this, &tst_Idioms::relayed);
    QSignalSpy states(this, &tst_Idioms::relayedState);
    socket.connectToServer(server.serverName());
    QCOMPARE(relays.count(), 1);
    QCOMPARE(states.count(), 2);
    QCOMPARE(states.last().first().value<QLocalSocket::LocalSocketState>(),
             QLocalSocket::ConnectedState);
}

void tst_Idioms::socketFunctionsAreSlots()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    connect(this, &tst_Idioms::relayed, pair.client, &QLocalSocket::disconnectFromServer);
    connect(pair.accepted, &QLocalSocket::disconnected, pair.accepted, &QLocalSocket::abort);
    connect(pair.accepted, &QLocalSocket::disconnected, pair.accepted, &QObject::deleteLater);
    connect(pair.client, &QLocalSocket::disconnected, pair.client, &QLocalSocket::close);
    emit relayed();
    QVERIFY(!pair.client->isOpen());
    testing::settle();
    QVERIFY(!pair.accepted);
}

void tst_Idioms::serverFunctionsAreSlots()
{
    Listening server;
    connect(&server, &QLocalServer::newConnection, &server, &QLocalServer::close);
    QLocalSocket socket;
    socket.connectToServer(server.serverName());
    testing::settle();
    QVERIFY(!server.isListening());
}

void tst_Idioms::uniqueConnectionIsMadeOnce()
{
    testing::Wire wire;
    QVERIFY(connect(wire.socket.get(), &QIODevice::readyRead, this, &tst_Idioms::count,
                    Qt::UniqueConnection));
    QVERIFY(!connect(wire.socket.get(), &QIODevice::readyRead, this, &tst_Idioms::count,
                     Qt::UniqueConnection));
    QVERIFY(wire.deliver("x"));
    QCOMPARE(m_count, 1);
}

void tst_Idioms::singleShotConnectionFiresOnce()
{
    testing::Wire wire;
    connect(wire.socket.get(), &QIODevice::readyRead, this, &tst_Idioms::count,
            Qt::SingleShotConnection);
    QVERIFY(wire.deliver("x"));
    QVERIFY(wire.deliver("y"));
    QCOMPARE(m_count, 1);
}

void tst_Idioms::queuedConnectionsUseEventLoop()
{
    Listening server;
    QLocalSocket socket;
    m_states.clear();
    connect(&socket, &QLocalSocket::stateChanged, this, &tst_Idioms::onState, Qt::QueuedConnection);
    socket.connectToServer(server.serverName());
    QCOMPARE(m_states.size(), 0);
    testing::settle();
    QCOMPARE(m_states,
             QList<QLocalSocket::LocalSocketState>(
                     { QLocalSocket::ConnectingState, QLocalSocket::ConnectedState }));
}

void tst_Idioms::blockingQueuedCallsCrossThreads()
{
    testing::EchoThread server;
    const QString name = server.fullServerName();
    QByteArray answer;
    bool wasOpenInHandler = false;
    const testing::OwnedThread thread = testing::inThread([&] {
        QLocalSocket socket;
        connect(
                &socket, &QLocalSocket::connected, this,
                [&] { wasOpenInHandler = socket.isOpen(); }, Qt::BlockingQueuedConnection);
        socket.connectToServer(name);
        socket.write("question");
        if (socket.waitForReadyRead(10000))
            answer = socket.readAll();
    });
    QVERIFY(testing::turnUntil([&] { return thread->isFinished(); }));
    QVERIFY(wasOpenInHandler);
    QCOMPARE(answer, QByteArray("question"));
}

void tst_Idioms::senderIsObject()
{
    testing::Wire wire;
    connect(wire.socket.get(), &QIODevice::readyRead, this, &tst_Idioms::onReadyRead);
    QVERIFY(wire.deliver("x"));
    QCOMPARE(m_sender, wire.socket.get());
    Listening server;
    connect(&server, &QLocalServer::newConnection, this, &tst_Idioms::onReadyRead);
    QLocalSocket socket;
    socket.connectToServer(server.serverName());
    testing::settle();
    QCOMPARE(m_sender, &server);
}

void tst_Idioms::disconnectedHandlersAreNotCalled()
{
    testing::Wire wire;
    connect(wire.socket.get(), &QIODevice::readyRead, this, &tst_Idioms::count);
    const auto handle = connect(wire.socket.get(), &QIODevice::readyRead, this,
                                [this] { ++m_count; });
    QVERIFY(QObject::disconnect(handle));
    QVERIFY(wire.socket->disconnect(this));
    wire.sendFromPeer("x");
    QVERIFY(wire.socket->waitForReadyRead(5000));
    QCOMPARE(m_count, 0);
    wire.socket->disconnect();
    wire.sendFromPeer("y");
    QVERIFY(wire.socket->waitForReadyRead(5000));
    QCOMPARE(wire.socket->readAll(), QByteArray("xy"));
}

void tst_Idioms::handlerCanConnectSignals()
{
    Listening server;
    QLocalSocket socket;
    connect(&socket, &QLocalSocket::connected, this,
            [&] { connect(&socket, &QIODevice::bytesWritten, this, &tst_Idioms::count); });
    socket.connectToServer(server.serverName());
    socket.write("x");
    testing::settle();
    QCOMPARE(m_count, 1);
}

void tst_Idioms::blockedSignalsStillMoveBytes()
{
    testing::Wire wire;
    const QSignalBlocker blocker(wire.socket.get());
    wire.socket->write("out");
    wire.sendFromPeer("in");
    QVERIFY(wire.socket->waitForReadyRead(5000));
    QCOMPARE(wire.socket->readAll(), QByteArray("in"));
    QCOMPARE(wire.receiveAtPeer(3), QByteArray("out"));
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), QStringList());
}

void tst_Idioms::spyWaitsForSignal()
{
    testing::EchoThread server;
    QLocalSocket socket;
    socket.connectToServer(server.fullServerName());
    QSignalSpy arrived(&socket, &QIODevice::readyRead);
    QSignalSpy left(&socket, &QIODevice::bytesWritten);
    socket.write("question");
    QVERIFY(arrived.wait(5000));
    QCOMPARE(left.count(), 1);
    QCOMPARE(left.first().first().toLongLong(), 8);
    QCOMPARE(socket.readAll(), QByteArray("question"));
}

void tst_Idioms::testEventLoopWaitsForSignal()
{
    testing::EchoThread server;
    QLocalSocket socket;
    socket.connectToServer(server.fullServerName());
    QTestEventLoop loop;
    connect(&socket, &QIODevice::readyRead, &loop, &QTestEventLoop::exitLoop);
    socket.write("question");
    loop.enterLoop(5);
    QVERIFY(!loop.timeout());
    QCOMPARE(socket.readAll(), QByteArray("question"));
}

void tst_Idioms::eventLoopWaitsForSignal()
{
    testing::EchoThread server;
    QLocalSocket socket;
    socket.connectToServer(server.fullServerName());
    QEventLoop loop;
    connect(&socket, &QIODevice::readyRead, &loop, &QEventLoop::quit);
    connect(&socket, &QLocalSocket::errorOccurred, &loop, [&loop] { loop.exit(1); });
    socket.write("question");
    QCOMPARE(loop.exec(QEventLoop::ExcludeUserInputEvents), 0);
    QCOMPARE(socket.readAll(), QByteArray("question"));
}

void tst_Idioms::timeoutsRaceSignals()
{
    testing::Wire wire;
    QEventLoop loop;
    QTimer timer;
    timer.setSingleShot(true);
    connect(&timer, &QTimer::timeout, wire.socket.get(), &QLocalSocket::abort);
    connect(wire.socket.get(), &QLocalSocket::disconnected, &loop, &QEventLoop::quit);
    timer.start(20);
    loop.exec();
    QCOMPARE(wire.record->log(), testing::abortOrder());
}

void tst_Idioms::functionsRunInSocketsThread()
{
    testing::EchoThread server;
    const QString name = server.fullServerName();
    QThread thread;
    thread.start();
    auto *socket = new QLocalSocket;
    socket->moveToThread(&thread);
    QThread *ranIn = nullptr;
    QByteArray answer;
    QMetaObject::invokeMethod(
            socket,
            [&] {
                ranIn = QThread::currentThread();
                socket->connectToServer(name);
                socket->write("question");
                if (socket->waitForReadyRead(5000))
                    answer = socket->readAll();
            },
            Qt::BlockingQueuedConnection);
    QCOMPARE(ranIn, &thread);
    QCOMPARE(answer, QByteArray("question"));
    QVERIFY(QMetaObject::invokeMethod(socket, &QLocalSocket::close, Qt::BlockingQueuedConnection));
    QLocalSocket::LocalSocketState state = QLocalSocket::ConnectedState;
    QVERIFY(QMetaObject::invokeMethod(socket, &QLocalSocket::state, Qt::BlockingQueuedConnection,
                                      &state));
    QCOMPARE(state, QLocalSocket::UnconnectedState);
    connect(&thread, &QThread::finished, socket, &QObject::deleteLater);
    thread.quit();
    QVERIFY(thread.wait());
}

void tst_Idioms::objectsPrintTheirNames()
{
    QLocalSocket socket;
    socket.setObjectName("client");
    QLocalServer server;
    QString text;
    QDebug(&text) << &socket << &server;
    QVERIFY2(text.contains(QLatin1String("QLocalSocket(0x")), qPrintable(text));
    QVERIFY2(text.contains(QLatin1String(", name = \"client\")")), qPrintable(text));
    QVERIFY2(text.contains(QLatin1String("QLocalServer(0x")), qPrintable(text));
}

void tst_Idioms::enumsPrintAmongOtherValues()
{
    QString text;
    QDebug(&text) << 1 << QLocalSocket::ConnectedState << QLocalSocket::PeerClosedError << "end"
                  << Qt::hex << 255 << QLocalSocket::LocalSocketState(77) << 255;
    QCOMPARE(text.trimmed(),
             QStringLiteral("1 QLocalSocket::ConnectedState QLocalSocket::PeerClosedError end ff "
                            "QLocalSocket::SocketState(77) ff"));
    text.clear();
    QDebug(&text).nospace() << '[' << QLocalSocket::ClosingState << ']';
    QCOMPARE(text, QStringLiteral("[QLocalSocket::ClosingState]"));
}

QTEST_GUILESS_MAIN(tst_Idioms)
#include "tst_idioms.moc"
