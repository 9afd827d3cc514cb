// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Behaviour that is better or different on purpose, and that of stock Qt: rows of COMPATIBILITY.md.
// Those of disconnects and waits are in separate files.

#include "pair.h"
#include "recorder.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

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
    void unencodableNameIsRefused();
    void serverRefusesOtherDescriptors_data();
    void serverRefusesOtherDescriptors();
    void boundDescriptorStartsListening();
    void listeningDescriptorIsNonBlocking();
    void takenOverListenerIsNonBlocking();
    void socketRefusesOtherDescriptors();
    void flushInBytesWrittenIsAnnounced();
    void largeWritesAreAnnouncedOnce();
    void connectWhileClosingIsError();
    void acceptedSocketHasNamesWithOptions();
    void pathBelowNonFolderIsServerNotFound_data();
    void pathBelowNonFolderIsServerNotFound();
    void writeOnlySocketDoesNotWaitForInput();
    void textModeCountsArrivalsAfterPeek();
    void metaObjectHasIntermediateClass();
    void zeroLimitStopsAccepting();
    void limitRaisedWhileListeningApplies();
    void flushLeavesHandlersWrites();
    void writeWhileReconnectingIsRefused();
    void unconnectedSendIsConnectionError();
    void closeRemovesFileDespiteOptions();
    void writeFillsAvailableRoom();
};

void tst_Differences::unencodableNameIsRefused()
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

void tst_Differences::serverRefusesOtherDescriptors_data()
{
    QTest::addColumn<int>("descriptor");
    QTest::newRow("device") << ::open("/dev/null", O_RDWR | O_CLOEXEC);
    QTest::newRow("TCP") << ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    QTest::newRow("datagrams") << ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

void tst_Differences::serverRefusesOtherDescriptors()
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
    // Ownership was not transferred: the caller closes it.
    QCOMPARE(::close(descriptor), 0);
}

void tst_Differences::listeningDescriptorIsNonBlocking()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    const bool blocks = !(::fcntl(int(server.socketDescriptor()), F_GETFL) & O_NONBLOCK);
    QCOMPARE(blocks, isStock);
}

void tst_Differences::takenOverListenerIsNonBlocking()
{
    QTemporaryDir folder;
    const QByteArray path = QFile::encodeName(folder.filePath("socket"));
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un name {};
    name.sun_family = AF_UNIX;
    std::copy(path.cbegin(), path.cend(), name.sun_path);
    QCOMPARE(::bind(fd, reinterpret_cast<const sockaddr *>(&name), sizeof(name)), 0);
    QCOMPARE(::listen(fd, 5), 0);
    QLocalServer server;
    QVERIFY(server.listen(qintptr(fd)));
    QVERIFY(::fcntl(fd, F_GETFL) & O_NONBLOCK);
}

void tst_Differences::boundDescriptorStartsListening()
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

void tst_Differences::socketRefusesOtherDescriptors()
{
    const testing::Watchdog watchdog;
    const int descriptor = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    {
        QLocalSocket socket;
        QCOMPARE(socket.setSocketDescriptor(descriptor), isStock);
    }
    QCOMPARE(::close(descriptor), isStock ? -1 : 0);
}

void tst_Differences::flushInBytesWrittenIsAnnounced()
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

void tst_Differences::largeWritesAreAnnouncedOnce()
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

void tst_Differences::connectWhileClosingIsError()
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

void tst_Differences::acceptedSocketHasNamesWithOptions()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    pair.server->setSocketOptions(QLocalServer::UserAccessOption);
    QVERIFY(pair.open());
    QCOMPARE(pair.accepted->fullServerName() == pair.server->fullServerName(), !isStock);
    QCOMPARE(pair.accepted->serverName() == pair.server->serverName(), !isStock);
}

void tst_Differences::pathBelowNonFolderIsServerNotFound_data()
{
    QTest::addColumn<bool>("loop");
    QTest::newRow("a file in place of a folder") << false;
    QTest::newRow("a loop of links") << true;
}

void tst_Differences::pathBelowNonFolderIsServerNotFound()
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

void tst_Differences::textModeCountsArrivalsAfterPeek()
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

void tst_Differences::metaObjectHasIntermediateClass()
{
    const QMetaObject *socketsBase = QLocalSocket::staticMetaObject.superClass();
    QCOMPARE(socketsBase == &QIODevice::staticMetaObject, isStock);
    QCOMPARE(QLocalServer::staticMetaObject.superClass() == &QObject::staticMetaObject, isStock);
    // It adds no members that could be found by name.
    const QMetaObject &device = QIODevice::staticMetaObject;
    if (!isStock) {
        QCOMPARE(socketsBase->methodCount(), device.methodCount());
        QCOMPARE(socketsBase->propertyCount(), device.propertyCount());
    }
}

void tst_Differences::zeroLimitStopsAccepting()
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

void tst_Differences::limitRaisedWhileListeningApplies()
{
    const testing::Watchdog watchdog;
    QLocalServer server;
    server.setMaxPendingConnections(0);
    QVERIFY(server.listen(testing::uniqueName()));
    server.setMaxPendingConnections(1);
    QLocalSocket client;
    client.connectToServer(server.serverName());
    testing::settle();
    QCOMPARE(server.hasPendingConnections(), !isStock);
}

void tst_Differences::flushLeavesHandlersWrites()
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

void tst_Differences::writeWhileReconnectingIsRefused()
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

void tst_Differences::unconnectedSendIsConnectionError()
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

void tst_Differences::closeRemovesFileDespiteOptions()
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

void tst_Differences::writeFillsAvailableRoom()
{
    const testing::Watchdog watchdog;
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->write(QByteArray(65'536, 'x'));
    QVERIFY(pair.client->waitForBytesWritten(1000));
    pair.client->write(QByteArray(300'000, 'x'));
    QCOMPARE(pair.client->waitForBytesWritten(0), !isStock);
}

QTEST_GUILESS_MAIN(tst_Differences)
#include "tst_differences.moc"
