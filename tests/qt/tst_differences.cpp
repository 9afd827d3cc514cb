// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// What is better or different on purpose, and what stock Qt does instead: rows of COMPATIBILITY.md.

#include "pair.h"
#include "recorder.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QEventLoop>
#include <QtCore/QFile>
#include <QtCore/QRegularExpression>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

#include <algorithm>
#include <array>
#include <cstddef>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifdef QLOCAL_DROPIN
constexpr bool isStock = false;
#else
constexpr bool isStock = true;
#endif

class tst_Differences : public QObject
{
    Q_OBJECT

private slots:
    void nameThatUtf8CannotHoldIsRefused();
    void descriptorThatIsNoLocalSocketIsRefusedByServers_data();
    void descriptorThatIsNoLocalSocketIsRefusedByServers();
    void boundDescriptorIsMadeToListen();
    void descriptorThatIsNoSocketIsRefusedBySockets();
    void bytesSentInBytesWrittenAreAnnouncedAfterIt();
    void largeWritesOfOneTurnAreAnnouncedOnce();
    void socketIsNotValidOnceItsPeerHasClosed();
    void connectingWhileClosingIsAnError();
    void unreadAnswerOutlivesAWriteThatFails();
    void acceptedSocketOfAServerWithOptionsHasItsNames();
    void pathThatLeadsNowhereIsServerNotFound_data();
    void pathThatLeadsNowhereIsServerNotFound();
    void endingAnAttemptEndsIt_data();
    void endingAnAttemptEndsIt();
    void attemptThatOutlastsItsWaitIsATimeout();
    void writeOnlySocketDoesNotWaitForInput();
    void textModeCountsWhatArrivedAfterAPeek();
    void metaObjectHasAClassInBetween();
    void lookingAtAPartMakesRoomForAWholeLimit();
    void bytesWrittenBeforeDeleteLaterAreSent();
    void endOfThePeerIsOneError();
    void inputEndsOnce();
    void waitingForTheEndInItsHandlerIsTrue();
    void waitingForTheEndOnceAllIsSentIsTrue();
    void noMoreAreAcceptedOnceTheLimitIsZero();
    void socketWithoutADescriptorEnds();
    void abortDropsWhatIsInTheDevice();
    void everyEndOfAConnectionHasClosing();
    void bytesToWriteAreNoneOnceTheConnectionIsLost();
    void bytesSentByAHandlerAreWaitedFor();
    void readsInHandlersOfTheEndDoNotWarn();
    void transactionEndsWithItsConnection();
    void flushSendsNotWhatHandlersWrite();
    void waitForInputLeavesAnAttemptAlone();
    void writeWhileConnectingAgainIsRefused();
#ifdef QLOCAL_DROPIN
    // Stock Qt crashes.
    void waitingForOutputInAHandlerOfTheEndIsFalse();
#endif
    void waitForTheEndLeavesAnAttemptAlone();
    void bytesAvailableAreNeverNegative();
    void sendWithoutAConnectionIsAConnectionError();
    void fileGoesWhateverTheOptionsAreNow();
    void whatIsInTheDeviceDoesNotReachTheNextConnection();
    void writeFillsWhatRoomThereIs();
    void partReadBelowTheLimitMakesRoom();
    void waitForInputWithoutRoomIsFalseAtOnce();
    void failedAttemptIsAnnouncedOnce();
    void inputMetInAHandlerOfATimeOutIsKept();
    void inputMetByAHandlerIsWaitedFor();
};

void tst_Differences::nameThatUtf8CannotHoldIsRefused()
{
    const testing::Watchdog watchdog;
    const QString name = testing::uniqueName() + QChar(0xD800);
    QLocalServer server;
    QCOMPARE(server.listen(name), isStock);
    QCOMPARE(server.serverError(),
             isStock ? QAbstractSocket::UnknownSocketError : QAbstractSocket::HostNotFoundError);
    QLocalSocket client;
    client.connectToServer(name);
    QCOMPARE(client.state(),
             isStock ? QLocalSocket::ConnectedState : QLocalSocket::UnconnectedState);
}

void tst_Differences::descriptorThatIsNoLocalSocketIsRefusedByServers_data()
{
    QTest::addColumn<int>("descriptor");
    QTest::newRow("device") << ::open("/dev/null", O_RDWR | O_CLOEXEC);
    QTest::newRow("TCP") << ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    QTest::newRow("datagrams") << ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

void tst_Differences::descriptorThatIsNoLocalSocketIsRefusedByServers()
{
    const testing::Watchdog watchdog;
    QFETCH(int, descriptor);
    {
        QLocalServer server;
        QCOMPARE(server.listen(qintptr(descriptor)), isStock);
        QVERIFY(!server.isListening());
        QCOMPARE(server.serverError(),
                 isStock ? QAbstractSocket::UnknownSocketError
                         : QAbstractSocket::UnsupportedSocketOperationError);
    }
    // It was not given away: its owner closes it.
    QCOMPARE(::close(descriptor), 0);
}

void tst_Differences::boundDescriptorIsMadeToListen()
{
    const testing::Watchdog watchdog;
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const QByteArray name = testing::uniqueName().toUtf8();
    std::copy(name.begin(), name.end(), address.sun_path + 1);
    const auto length = socklen_t(offsetof(sockaddr_un, sun_path) + 1 + size_t(name.size()));
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    QCOMPARE(::bind(descriptor, reinterpret_cast<const sockaddr *>(&address), length), 0);
    QLocalServer server;
    QVERIFY(server.listen(qintptr(descriptor)));
    QLocalSocket client;
    client.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    client.connectToServer(QString::fromUtf8(name));
    QCOMPARE(client.state(),
             isStock ? QLocalSocket::UnconnectedState : QLocalSocket::ConnectedState);
}

void tst_Differences::descriptorThatIsNoSocketIsRefusedBySockets()
{
    const testing::Watchdog watchdog;
    const int descriptor = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    {
        QLocalSocket socket;
        QCOMPARE(socket.setSocketDescriptor(descriptor), isStock);
    }
    QCOMPARE(::close(descriptor), isStock ? -1 : 0);
}

void tst_Differences::bytesSentInBytesWrittenAreAnnouncedAfterIt()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    QList<qint64> announced;
    connect(pair.client, &QIODevice::bytesWritten, this, [&](qint64 count) {
        announced.append(count);
        if (announced.size() == 1) {
            pair.client->write("22");
            pair.client->flush();
        }
    });
    pair.client->write("1");
    testing::settle();
    QCOMPARE(pair.accepted->readAll(), QByteArray("122"));
    QCOMPARE(announced, isStock ? QList<qint64>({ 1 }) : QList<qint64>({ 1, 2 }));
}

void tst_Differences::largeWritesOfOneTurnAreAnnouncedOnce()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    QList<qint64> announced;
    connect(pair.client, &QIODevice::bytesWritten, this,
            [&](qint64 count) { announced.append(count); });
    for (int i = 0; i < 4; ++i)
        pair.client->write(QByteArray(20'000, 'x'));
    testing::settle();
    QCOMPARE(announced, isStock ? QList<qint64>(4, 20'000) : QList<qint64>({ 80'000 }));
}

void tst_Differences::socketIsNotValidOnceItsPeerHasClosed()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->abort();
    testing::settle();
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(pair.client->isValid(), isStock);
}

void tst_Differences::connectingWhileClosingIsAnError()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->write("x");
    pair.client->disconnectFromServer();
    QCOMPARE(pair.client->state(), QLocalSocket::ClosingState);
    QSignalSpy errors(pair.client, &QLocalSocket::errorOccurred);
    pair.client->connectToServer();
    QCOMPARE(errors.size(), isStock ? 0 : 1);
    QCOMPARE(pair.client->state(),
             isStock ? QLocalSocket::ConnectedState : QLocalSocket::ClosingState);
}

void tst_Differences::unreadAnswerOutlivesAWriteThatFails()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->write("answer");
    pair.accepted->flush();
    delete pair.accepted;
    pair.client->write("x");
    pair.client->flush();
    testing::settle();
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(pair.client->readAll(), QByteArray(isStock ? "" : "answer"));
}

void tst_Differences::acceptedSocketOfAServerWithOptionsHasItsNames()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    pair.server->setSocketOptions(QLocalServer::UserAccessOption);
    QVERIFY(pair.open());
    QCOMPARE(pair.accepted->fullServerName() == pair.server->fullServerName(), !isStock);
    QCOMPARE(pair.accepted->serverName() == pair.server->serverName(), !isStock);
}

void tst_Differences::pathThatLeadsNowhereIsServerNotFound_data()
{
    QTest::addColumn<bool>("loop");
    QTest::newRow("a file in place of a folder") << false;
    QTest::newRow("a loop of links") << true;
}

void tst_Differences::pathThatLeadsNowhereIsServerNotFound()
{
    const testing::Watchdog watchdog;
    QFETCH(bool, loop);
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("no-folder"));
    const QByteArray name = QFile::encodeName(path);
    if (loop)
        QCOMPARE(::symlink(name.constData(), name.constData()), 0);
    else
        QVERIFY(QFile(path).open(QIODevice::WriteOnly));
    QLocalSocket client;
    client.connectToServer(path + QStringLiteral("/socket"));
    QCOMPARE(client.error(),
             isStock ? QLocalSocket::UnknownSocketError : QLocalSocket::ServerNotFoundError);
}

void tst_Differences::endingAnAttemptEndsIt_data()
{
    QTest::addColumn<bool>("closing");
    QTest::newRow("close") << true;
    QTest::newRow("disconnectFromServer") << false;
}

void tst_Differences::endingAnAttemptEndsIt()
{
    const testing::Watchdog watchdog;
    QFETCH(bool, closing);
    QLocalServer server;
    server.setMaxPendingConnections(0);
    server.setListenBacklogSize(0);
    QVERIFY(server.listen(testing::uniqueName()));
    std::array<QLocalSocket, 3> clients;
    for (QLocalSocket &client : clients)
        client.connectToServer(server.serverName());
    QLocalSocket &last = clients.back();
    QCOMPARE(last.state(), QLocalSocket::ConnectingState);
    if (closing)
        last.close();
    else
        last.disconnectFromServer();
    QCOMPARE(last.state(),
             isStock ? QLocalSocket::ConnectingState : QLocalSocket::UnconnectedState);
}

void tst_Differences::attemptThatOutlastsItsWaitIsATimeout()
{
    const testing::Watchdog watchdog;
    QLocalServer server;
    server.setMaxPendingConnections(0);
    server.setListenBacklogSize(0);
    QVERIFY(server.listen(testing::uniqueName()));
    std::array<QLocalSocket, 3> clients;
    for (QLocalSocket &client : clients)
        client.connectToServer(server.serverName());
    QLocalSocket &last = clients.back();
    QSignalSpy errors(&last, &QLocalSocket::errorOccurred);
    QVERIFY(!last.waitForConnected(30));
    QCOMPARE(last.state(), QLocalSocket::ConnectingState);
    QCOMPARE(errors.size(), isStock ? 0 : 1);
    QCOMPARE(last.error(),
             isStock ? QLocalSocket::UnknownSocketError : QLocalSocket::SocketTimeoutError);
}

void tst_Differences::writeOnlySocketDoesNotWaitForInput()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.listen());
    pair.client->connectToServer(pair.server->fullServerName(), QIODevice::WriteOnly);
    QVERIFY(pair.server->waitForNewConnection(5000));
    QLocalSocket *accepted = pair.server->nextPendingConnection();
    accepted->write("unheard");
    QVERIFY(accepted->flush());
    QSignalSpy announced(pair.client, &QIODevice::readyRead);
    QCOMPARE(pair.client->waitForReadyRead(20), isStock);
    QCOMPARE(announced.size(), 0);
    QCOMPARE(pair.client->bytesAvailable(), 0);
}

void tst_Differences::textModeCountsWhatArrivedAfterAPeek()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.listen());
    pair.client->connectToServer(pair.server->fullServerName(),
                                 QIODevice::ReadWrite | QIODevice::Text);
    QVERIFY(pair.server->waitForNewConnection(5000));
    QLocalSocket *accepted = pair.server->nextPendingConnection();
    accepted->write("a\r\nb");
    QVERIFY(accepted->flush());
    QVERIFY(pair.client->waitForReadyRead(5000));
    QCOMPARE(pair.client->bytesAvailable(), 4);
    QCOMPARE(pair.client->peek(9), QByteArray("a\nb"));
    QCOMPARE(pair.client->bytesAvailable(), isStock ? 3 : 4);
}

void tst_Differences::metaObjectHasAClassInBetween()
{
    const QMetaObject *socketsBase = QLocalSocket::staticMetaObject.superClass();
    QCOMPARE(socketsBase == &QIODevice::staticMetaObject, isStock);
    QCOMPARE(QLocalServer::staticMetaObject.superClass() == &QObject::staticMetaObject, isStock);
    // It adds nothing that could be found by name.
    const QMetaObject &device = QIODevice::staticMetaObject;
    if (!isStock) {
        QCOMPARE(socketsBase->methodCount(), device.methodCount());
        QCOMPARE(socketsBase->propertyCount(), device.propertyCount());
    }
}

void tst_Differences::lookingAtAPartMakesRoomForAWholeLimit()
{
    const testing::Watchdog watchdog;
    testing::Wire wire;
    wire.socket->setReadBufferSize(100);
    connect(wire.socket.get(), &QIODevice::readyRead, this, [&] { wire.socket->peek(1); });
    wire.sendFromPeer(QByteArray(1000, 'x'));
    testing::settle();
    QCOMPARE(wire.socket->bytesAvailable(), isStock ? 101 : 200);
}

void tst_Differences::bytesWrittenBeforeDeleteLaterAreSent()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->write("x");
    pair.client->deleteLater();
    QEventLoop loop;
    connect(pair.client, &QObject::destroyed, &loop, &QEventLoop::quit);
    loop.exec();
    testing::settle();
    QCOMPARE(pair.accepted->readAll(), QByteArray(isStock ? "" : "x"));
}

void tst_Differences::endOfThePeerIsOneError()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    QSignalSpy errors(pair.client, &QLocalSocket::errorOccurred);
    connect(pair.client, &QLocalSocket::errorOccurred, this, [&] {
        if (errors.size() == 1)
            QVERIFY(!pair.client->waitForReadyRead(0));
    });
    pair.accepted->abort();
    testing::settle();
    QCOMPARE(errors.size(), isStock ? 2 : 1);
}

void tst_Differences::inputEndsOnce()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    QSignalSpy ends(pair.client, &QIODevice::readChannelFinished);
    connect(pair.client, &QLocalSocket::stateChanged, this,
            [&](QLocalSocket::LocalSocketState state) {
                if (state == QLocalSocket::ClosingState)
                    pair.client->close();
            });
    pair.accepted->abort();
    testing::settle();
    QCOMPARE(ends.size(), isStock ? 2 : 1);
}

void tst_Differences::waitingForTheEndInItsHandlerIsTrue()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    bool ended = isStock;
    connect(pair.client, &QLocalSocket::stateChanged, this,
            [&](QLocalSocket::LocalSocketState state) {
                if (state == QLocalSocket::ClosingState)
                    ended = pair.client->waitForDisconnected(20);
            });
    pair.client->disconnectFromServer();
    QCOMPARE(ended, !isStock);
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
}

void tst_Differences::waitingForTheEndOnceAllIsSentIsTrue()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    bool ended = isStock;
    connect(pair.client, &QIODevice::bytesWritten, this,
            [&] { ended = pair.client->waitForDisconnected(20); });
    pair.client->write("x");
    pair.client->disconnectFromServer();
    testing::settle();
    QCOMPARE(ended, !isStock);
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
}

void tst_Differences::noMoreAreAcceptedOnceTheLimitIsZero()
{
    const testing::Watchdog watchdog;
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    server.setMaxPendingConnections(0);
    QLocalSocket client;
    client.connectToServer(server.serverName());
    testing::settle();
    QCOMPARE(server.hasPendingConnections(), isStock);
}

void tst_Differences::socketWithoutADescriptorEnds()
{
    const testing::Watchdog watchdog;
    QLocalSocket socket;
    QVERIFY(!socket.setSocketDescriptor(-1));
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    socket.abort();
    QCOMPARE(socket.state(),
             isStock ? QLocalSocket::ConnectedState : QLocalSocket::UnconnectedState);
}

void tst_Differences::abortDropsWhatIsInTheDevice()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->ungetChar('x');
    qint64 available = -1;
    connect(pair.client, &QLocalSocket::disconnected, this,
            [&] { available = pair.client->bytesAvailable(); });
    pair.client->abort();
    QCOMPARE(available, isStock ? 1 : 0);
    QCOMPARE(pair.client->bytesAvailable(), 0);
}

void tst_Differences::everyEndOfAConnectionHasClosing()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    pair.client->abort();
    QVERIFY(pair.open());
    QSignalSpy states(pair.client, &QLocalSocket::stateChanged);
    pair.client->disconnectFromServer();
    QCOMPARE(states.size(), isStock ? 1 : 2);
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
}

void tst_Differences::bytesToWriteAreNoneOnceTheConnectionIsLost()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->write("x");
    pair.accepted->disconnectFromServer();
    pair.client->disconnectFromServer();
    qint64 unsent = -1;
    connect(pair.client, &QLocalSocket::disconnected, this,
            [&] { unsent = pair.client->bytesToWrite(); });
    QVERIFY(!pair.client->waitForBytesWritten(0));
    QCOMPARE(unsent, isStock ? 1 : 0);
}

void tst_Differences::bytesSentByAHandlerAreWaitedFor()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->write("x");
    QVERIFY(pair.accepted->flush());
    connect(pair.client, &QIODevice::readyRead, this, [] { testing::settle(); });
    pair.client->write("y");
    QCOMPARE(pair.client->waitForBytesWritten(20), !isStock);
}

void tst_Differences::readsInHandlersOfTheEndDoNotWarn()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    connect(pair.client, &QLocalSocket::disconnected, this,
            [&] { QCOMPARE(pair.client->readAll(), QByteArray()); });
    if (isStock)
        QTest::ignoreMessage(QtWarningMsg, "QIODevice::read (QTcpSocket): device not open");
    else
        QTest::failOnWarning(QRegularExpression(QStringLiteral(".")));
    pair.client->abort();
}

void tst_Differences::transactionEndsWithItsConnection()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->startTransaction();
    delete pair.accepted;
    testing::settle();
    pair.client->connectToServer(pair.server->fullServerName());
    QCOMPARE(pair.client->state(), QLocalSocket::ConnectedState);
    QCOMPARE(pair.client->isTransactionStarted(), isStock);
}

void tst_Differences::flushSendsNotWhatHandlersWrite()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    int announced = 0;
    connect(pair.client, &QIODevice::bytesWritten, this, [&] {
        if (++announced < 5)
            pair.client->write("x");
    });
    pair.client->write("x");
    QVERIFY(pair.client->flush());
    QCOMPARE(announced, isStock ? 5 : 1);
    testing::settle();
    QCOMPARE(announced, 5);
}

void tst_Differences::waitForInputLeavesAnAttemptAlone()
{
    const testing::Watchdog watchdog;
    QLocalServer server;
    server.setMaxPendingConnections(0);
    server.setListenBacklogSize(0);
    QVERIFY(server.listen(testing::uniqueName()));
    std::array<QLocalSocket, 3> clients;
    for (QLocalSocket &client : clients)
        client.connectToServer(server.serverName());
    QLocalSocket &last = clients.back();
    QCOMPARE(last.state(), QLocalSocket::ConnectingState);
    QVERIFY(!last.waitForReadyRead(0));
    QCOMPARE(last.state(),
             isStock ? QLocalSocket::UnconnectedState : QLocalSocket::ConnectingState);
}

void tst_Differences::writeWhileConnectingAgainIsRefused()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->disconnectFromServer();
    QVERIFY(pair.client->isOpen());
    qint64 taken = -2;
    connect(pair.client, &QLocalSocket::errorOccurred, this,
            [&] { taken = pair.client->write(QByteArray(isStock ? "" : "x")); });
    pair.client->connectToServer(testing::uniqueName());
    QCOMPARE(taken, isStock ? 0 : -1);
}

#ifdef QLOCAL_DROPIN
void tst_Differences::waitingForOutputInAHandlerOfTheEndIsFalse()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->write("x");
    bool written = true;
    connect(pair.client, &QLocalSocket::stateChanged, this,
            [&](QLocalSocket::LocalSocketState state) {
                if (state == QLocalSocket::ClosingState)
                    written = pair.client->waitForBytesWritten(20);
            });
    pair.accepted->disconnectFromServer();
    testing::settle();
    QVERIFY(!written);
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
}
#endif

void tst_Differences::waitForTheEndLeavesAnAttemptAlone()
{
    const testing::Watchdog watchdog;
    QLocalServer server;
    server.setMaxPendingConnections(0);
    server.setListenBacklogSize(0);
    QVERIFY(server.listen(testing::uniqueName()));
    std::array<QLocalSocket, 3> clients;
    for (QLocalSocket &client : clients)
        client.connectToServer(server.serverName());
    QLocalSocket &last = clients.back();
    QCOMPARE(last.state(), QLocalSocket::ConnectingState);
    QVERIFY(!last.waitForDisconnected(0));
    QCOMPARE(last.state(),
             isStock ? QLocalSocket::UnconnectedState : QLocalSocket::ConnectingState);
}

void tst_Differences::bytesAvailableAreNeverNegative()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->startTransaction();
    pair.accepted->write("xy");
    pair.accepted->disconnectFromServer();
    testing::settle();
    char byte;
    QVERIFY(pair.client->getChar(&byte));
    pair.client->connectToServer(pair.server->fullServerName());
    QCOMPARE(pair.client->state(), QLocalSocket::ConnectedState);
    QCOMPARE(pair.client->bytesAvailable(), isStock ? -1 : 0);
}

void tst_Differences::sendWithoutAConnectionIsAConnectionError()
{
    const testing::Watchdog watchdog;
    QLocalSocket socket;
    QVERIFY(socket.setSocketDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    socket.write("x");
    socket.close();
    QCOMPARE(socket.state(), QLocalSocket::ClosingState);
    testing::settle();
    QCOMPARE(socket.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(socket.error(),
             isStock ? QLocalSocket::UnknownSocketError : QLocalSocket::ConnectionError);
}

void tst_Differences::fileGoesWhateverTheOptionsAreNow()
{
    const testing::Watchdog watchdog;
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    const QString path = server.fullServerName();
    QVERIFY(QFile::exists(path));
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    server.close();
    QCOMPARE(QFile::exists(path), isStock);
    QFile::remove(path);
}

void tst_Differences::whatIsInTheDeviceDoesNotReachTheNextConnection()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->ungetChar('x');
    pair.client->disconnectFromServer();
    qint64 available = -1;
    connect(pair.client, &QLocalSocket::stateChanged, this,
            [&](QLocalSocket::LocalSocketState state) {
                if (state == QLocalSocket::ConnectedState)
                    available = pair.client->bytesAvailable();
            });
    pair.client->connectToServer(pair.server->fullServerName());
    QCOMPARE(available, isStock ? 1 : 0);
    QCOMPARE(pair.client->bytesAvailable(), 0);
}

void tst_Differences::writeFillsWhatRoomThereIs()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->write(QByteArray(65'536, 'x'));
    QVERIFY(pair.client->waitForBytesWritten(1000));
    pair.client->write(QByteArray(300'000, 'x'));
    QCOMPARE(pair.client->waitForBytesWritten(0), !isStock);
}

void tst_Differences::partReadBelowTheLimitMakesRoom()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->write("0123456789");
    testing::settle();
    pair.client->setReadBufferSize(1);
    pair.accepted->write("more");
    QCOMPARE(pair.client->read(1), QByteArray("0"));
    testing::settle();
    QCOMPARE(pair.client->bytesAvailable(), isStock ? 9 : 10);
}

void tst_Differences::waitForInputWithoutRoomIsFalseAtOnce()
{
    const testing::Watchdog watchdog;
    testing::Wire wire;
    wire.socket->setReadBufferSize(10);
    wire.sendFromPeer(QByteArray(30, 'x'));
    testing::settle();
    QCOMPARE(wire.record->take(), QStringList("readyRead @Connected"));
    QElapsedTimer timer;
    timer.start();
    QVERIFY(!wire.socket->waitForReadyRead(2000));
    QCOMPARE(timer.elapsed() >= 2000, isStock);
    // It is no time-out, with neither.
    QCOMPARE(wire.record->log(), QStringList());
}

void tst_Differences::failedAttemptIsAnnouncedOnce()
{
    const testing::Watchdog watchdog;
    QLocalSocket client;
    QSignalSpy errors(&client, &QLocalSocket::errorOccurred);
    connect(&client, &QLocalSocket::errorOccurred, this, [&] {
        if (errors.size() == 1)
            QVERIFY(!client.waitForConnected(0));
    });
    client.connectToServer(testing::uniqueName());
    QCOMPARE(client.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(errors.size(), isStock ? 2 : 1);
    QCOMPARE(client.error(), QLocalSocket::ServerNotFoundError);
}

void tst_Differences::inputMetInAHandlerOfATimeOutIsKept()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->write("xyz");
    pair.accepted->disconnectFromServer();
    connect(pair.client, &QLocalSocket::errorOccurred, this, [] { testing::settle(); });
    QVERIFY(!pair.client->waitForReadyRead(0));
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(pair.client->readAll(), QByteArray(isStock ? "" : "xyz"));
}

void tst_Differences::inputMetByAHandlerIsWaitedFor()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.accepted->write("x");
    connect(pair.client, &QIODevice::bytesWritten, this, [] { testing::settle(); });
    pair.client->write("y");
    QCOMPARE(pair.client->waitForReadyRead(20), !isStock);
    QCOMPARE(pair.client->readAll(), QByteArray("x"));
}

QTEST_GUILESS_MAIN(tst_Differences)
#include "tst_differences.moc"
