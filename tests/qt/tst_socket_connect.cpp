// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: connecting, the ways it succeeds and fails, and the names.

#include "recorder.h"
#include "unprivileged.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <optional>
#include <sys/un.h>

using testing::Recorder;
using testing::uniqueName;
using Error = QLocalSocket::LocalSocketError;

class tst_SocketConnect : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void newSocketIsUnconnected();
    void connectEndsInsideCall();
    void deviceOpensAfterStateChanged();
    void openModeIsAsRequested_data();
    void openModeIsAsRequested();
    void acceptedSocketIsOpenReadWrite();
    void openConnectsToGivenName();
    void openIsFalseWithoutServer();
    void anyFileNameConnects_data();
    void anyFileNameConnects();
    void pathOf106BytesConnects();
    void connectEndsOnceBacklogHasRoom();

    void failureIsReportedWhileConnecting_data();
    void failureIsReportedWhileConnecting();
    void missingPermissionIsAccessError();
    void removedTempFolderIsServerNotFound();
    void secondConnectKeepsConnection();
    void nextConnectClearsError();
    void failedReconnectClosesDevice();
    void closeAfterFailureIsSilent();
    void failureHandlerCanConnect();
    void failureHandlerCanDisconnect();
    void failureHandlerCanCloseDevice();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// Binds a Unix socket of `type` to `path`; `backlog` of -1 leaves it without listen(2).
int bindTo(const QString &path, int type, int backlog)
{
    const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const QByteArray bytes = QFile::encodeName(path);
    ::memcpy(address.sun_path, bytes.constData(), size_t(bytes.size()));
    if (::bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0
        || (backlog >= 0 && ::listen(fd, backlog) != 0))
        qFatal("bindTo: cannot bind %s", bytes.constData());
    return fd;
}

const QString invalidName = QStringLiteral("QLocalSocket::connectToServer: Invalid name");
const QString refused = QStringLiteral("QLocalSocket::connectToServer: Connection refused");

} // namespace

void tst_SocketConnect::newSocketIsUnconnected()
{
    QLocalSocket socket;
    QCOMPARE(socket.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(int(socket.error()), -1);
    QCOMPARE(socket.openMode(), QIODevice::NotOpen);
    QCOMPARE(socket.socketDescriptor(), qintptr(-1));
    QCOMPARE(socket.bytesAvailable(), 0);
    QCOMPARE(socket.bytesToWrite(), 0);
    QCOMPARE(socket.readBufferSize(), 0);
    QCOMPARE(socket.socketOptions(), QLocalSocket::SocketOptions(QLocalSocket::NoOptions));
    QVERIFY(socket.isSequential());
    QVERIFY(!socket.isValid());
}

void tst_SocketConnect::connectEndsInsideCall()
{
    QLocalServer server;
    QVERIFY(server.listen(uniqueName()));
    QLocalSocket socket;
    Recorder record(&socket);
    socket.connectToServer(server.serverName());
    QCOMPARE(record.log(),
             QStringList({ "state(Connecting) @Connecting", "state(Connected) @Connected",
                           "connected @Connected" }));
    QVERIFY(socket.isOpen());
    QVERIFY(socket.isValid());
    QVERIFY(socket.socketDescriptor() >= 0);
    QCOMPARE(int(socket.error()), -1);
}

void tst_SocketConnect::deviceOpensAfterStateChanged()
{
    QLocalServer server;
    QVERIFY(server.listen(uniqueName()));
    QLocalSocket socket;
    Recorder record(&socket);
    qint64 written = 0;
    bool open = true;
    record.on("state(Connected)", [&] {
        open = socket.isOpen();
        written = socket.write("early");
    });
    QTest::ignoreMessage(QtWarningMsg, "QIODevice::write (QLocalSocket): device not open");
    socket.connectToServer(server.serverName());
    QVERIFY(!open);
    QCOMPARE(written, -1);
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
}

void tst_SocketConnect::openModeIsAsRequested_data()
{
    QTest::addColumn<int>("mode");
    QTest::newRow("read and write") << int(QIODevice::ReadWrite);
    QTest::newRow("read only") << int(QIODevice::ReadOnly);
    QTest::newRow("write only") << int(QIODevice::WriteOnly);
    QTest::newRow("unbuffered") << int(QIODevice::ReadWrite | QIODevice::Unbuffered);
    QTest::newRow("text") << int(QIODevice::ReadWrite | QIODevice::Text);
}

void tst_SocketConnect::openModeIsAsRequested()
{
    QFETCH(int, mode);
    QLocalServer server;
    QVERIFY(server.listen(uniqueName()));
    QLocalSocket socket;
    socket.connectToServer(server.serverName(), QIODevice::OpenMode(mode));
    QCOMPARE(int(socket.openMode()), mode);
}

void tst_SocketConnect::acceptedSocketIsOpenReadWrite()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QCOMPARE(pair.accepted->openMode(), QIODevice::ReadWrite);
    QCOMPARE(pair.accepted->state(), QLocalSocket::ConnectedState);
}

void tst_SocketConnect::openConnectsToGivenName()
{
    QLocalServer server;
    QVERIFY(server.listen(uniqueName()));
    QLocalSocket socket;
    socket.setServerName(server.serverName());
    QVERIFY(socket.open(QIODevice::ReadOnly));
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    QCOMPARE(socket.openMode(), QIODevice::ReadOnly);
}

void tst_SocketConnect::openIsFalseWithoutServer()
{
    QLocalSocket socket;
    socket.setServerName(uniqueName());
    QVERIFY(!socket.open());
    QVERIFY(!socket.isOpen());
}

void tst_SocketConnect::anyFileNameConnects_data()
{
    QTest::addColumn<QString>("suffix");
    QTest::newRow("blank") << " x";
    QTest::newRow("line feed") << "\n";
    QTest::newRow("two bytes in UTF-8") << QString::fromUtf8("ü");
    QTest::newRow("four bytes in UTF-8") << QString::fromUtf8("😀");
}

void tst_SocketConnect::anyFileNameConnects()
{
    QFETCH(QString, suffix);
    QLocalServer server;
    const QString name = uniqueName() + suffix;
    QVERIFY(server.listen(name));
    QLocalSocket socket;
    socket.connectToServer(name);
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    QCOMPARE(socket.serverName(), name);
}

void tst_SocketConnect::pathOf106BytesConnects()
{
    QTemporaryDir folder;
    const QString path = (folder.path() + u'/').leftJustified(106, u'n');
    QLocalServer server;
    QVERIFY(server.listen(path));
    QLocalSocket socket;
    socket.connectToServer(path);
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    QCOMPARE(socket.fullServerName(), path);
}

void tst_SocketConnect::connectEndsOnceBacklogHasRoom()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("full");
    const int listener = bindTo(path, SOCK_STREAM, 0);
    QLocalSocket first, second;
    first.connectToServer(path);
    second.connectToServer(path);
    QCOMPARE(first.state(), QLocalSocket::ConnectedState);
    QCOMPARE(second.state(), QLocalSocket::ConnectingState);
    const int accepted = ::accept(listener, nullptr, nullptr);
    QVERIFY(testing::turnUntil([&] { return second.state() == QLocalSocket::ConnectedState; }));
    ::close(accepted);
    ::close(listener);
}

void tst_SocketConnect::failureIsReportedWhileConnecting_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("bound"); // backlog of a socket bound to the name, -2 for none at all
    QTest::addColumn<Error>("error");
    QTest::addColumn<QString>("text");
    const auto missing = [](const char *what, const QString &name) {
        QTest::newRow(what) << name << -2 << QLocalSocket::ServerNotFoundError << invalidName;
    };
    missing("missing", "name");
    missing("missing folder", "folder/name");
    missing("empty", "");
    missing("path of 120 bytes", QString("n").repeated(120));
    missing("NUL inside", QString("a") + QChar(0) + "b");
    QTest::newRow("regular file") << "file" << -2 << QLocalSocket::ConnectionRefusedError
                                  << refused;
    QTest::newRow("folder") << "." << -2 << QLocalSocket::ConnectionRefusedError << refused;
    QTest::newRow("bound, not listening")
            << "name" << -1 << QLocalSocket::ConnectionRefusedError << refused;
    QTest::newRow("not bound any more")
            << "stale" << 5 << QLocalSocket::ConnectionRefusedError << refused;
}

void tst_SocketConnect::failureIsReportedWhileConnecting()
{
    QFETCH(QString, name);
    QFETCH(int, bound);
    QFETCH(Error, error);
    QFETCH(QString, text);
    QTemporaryDir folder;
    QVERIFY(QFile(folder.filePath("file")).open(QIODevice::WriteOnly));
    const QString path = name.isEmpty() ? name : folder.path() + u'/' + name;
    const int fd = bound == -2 ? -1 : bindTo(path, SOCK_STREAM, bound);
    if (name == "stale")
        ::close(fd);

    QLocalSocket socket;
    Recorder record(&socket);
    QString nameInHandler;
    record.on(QStringLiteral("error(%1)").arg(testing::errorName(error)),
              [&] { nameInHandler = socket.serverName(); });
    socket.connectToServer(path);
    QCOMPARE(record.log(),
             QStringList({ "state(Connecting) @Connecting",
                           QStringLiteral("error(%1) @Connecting").arg(testing::errorName(error)),
                           "state(Unconnected) @Unconnected" }));
    QCOMPARE(nameInHandler, path);
    QCOMPARE(socket.error(), error);
    QCOMPARE(socket.errorString(), text);
    QVERIFY(!socket.isOpen());
    if (fd >= 0)
        ::close(fd);
}

void tst_SocketConnect::missingPermissionIsAccessError()
{
    QTemporaryDir folder;
    QVERIFY(::chmod(qPrintable(folder.path()), 0755) == 0);
    const QString path = folder.filePath("name");
    const int listener = bindTo(path, SOCK_STREAM, 5);
    QVERIFY(::chmod(qPrintable(path), 0) == 0);
    QLocalSocket socket;
    {
        testing::Unprivileged other;
        QVERIFY(other.isUnprivileged());
        socket.connectToServer(path);
    }
    ::close(listener);
    QCOMPARE(socket.error(), QLocalSocket::SocketAccessError);
    QCOMPARE(socket.errorString(),
             QStringLiteral("QLocalSocket::connectToServer: Socket access error"));
    QCOMPARE(socket.state(), QLocalSocket::UnconnectedState);
}

void tst_SocketConnect::removedTempFolderIsServerNotFound()
{
    const QByteArray before = qgetenv("TMPDIR");
    QTemporaryDir folder;
    qputenv("TMPDIR", folder.path().toUtf8());
    QVERIFY(folder.remove());
    QLocalSocket socket;
    socket.connectToServer(uniqueName());
    before.isNull() ? qunsetenv("TMPDIR") : qputenv("TMPDIR", before);
    QCOMPARE(socket.error(), QLocalSocket::ServerNotFoundError);
}

void tst_SocketConnect::secondConnectKeepsConnection()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    Recorder record(pair.client);
    const QString name = pair.client->serverName();
    QTest::ignoreMessage(QtWarningMsg,
                         "QLocalSocket::setServerName() called while not in unconnected state");
    pair.client->connectToServer(uniqueName());
    QCOMPARE(record.log(), QStringList({ "error(Operation) @Connected" }));
    QCOMPARE(int(pair.client->error()), -1);
    QCOMPARE(pair.client->serverName(), name);
    QVERIFY(pair.answers());
}

void tst_SocketConnect::nextConnectClearsError()
{
    QLocalServer server;
    QVERIFY(server.listen(uniqueName()));
    QLocalSocket socket;
    socket.connectToServer(uniqueName());
    QCOMPARE(socket.error(), QLocalSocket::ServerNotFoundError);
    socket.connectToServer(server.serverName());
    QCOMPARE(int(socket.error()), -1);
    QCOMPARE(socket.errorString(), QLocalSocket().errorString());
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
}

void tst_SocketConnect::failedReconnectClosesDevice()
{
    testing::Wire wire;
    wire.socket->disconnectFromServer();
    QVERIFY(wire.socket->isOpen());
    wire.record->take();
    wire.socket->connectToServer(uniqueName());
    QVERIFY(!wire.socket->isOpen());
    QVERIFY(wire.record->log().contains("error(ServerNotFound) @Connecting"));
    QCOMPARE(wire.record->log().filter("aboutToClose").size(), 1);
}

void tst_SocketConnect::closeAfterFailureIsSilent()
{
    QLocalSocket socket;
    socket.connectToServer(uniqueName());
    Recorder record(&socket);
    socket.close();
    socket.abort();
    socket.disconnectFromServer();
    QCOMPARE(record.log(), QStringList());
    QCOMPARE(socket.error(), QLocalSocket::ServerNotFoundError);
}

void tst_SocketConnect::failureHandlerCanConnect()
{
    QLocalServer server;
    QVERIFY(server.listen(uniqueName()));
    QLocalSocket socket;
    Recorder record(&socket);
    record.on("state(Unconnected)", [&] { socket.connectToServer(server.serverName()); });
    socket.connectToServer(uniqueName());
    QCOMPARE(record.log().last(), QStringLiteral("connected @Connected"));
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
}

void tst_SocketConnect::failureHandlerCanDisconnect()
{
    QLocalSocket socket;
    Recorder record(&socket);
    record.on("error(ServerNotFound)", [&] { socket.disconnectFromServer(); });
    socket.connectToServer(testing::uniqueName());
    QCOMPARE(record.log(),
             QStringList({ "state(Connecting) @Connecting", "error(ServerNotFound) @Connecting",
                           "state(Unconnected) @Unconnected" }));
}

void tst_SocketConnect::failureHandlerCanCloseDevice()
{
    testing::Wire wire;
    wire.socket->disconnectFromServer();
    QVERIFY(wire.socket->isOpen());
    wire.record->take();
    wire.record->on("error(ServerNotFound)", [&] { wire.socket->close(); });
    wire.socket->connectToServer(testing::uniqueName());
    QCOMPARE(wire.record->log(),
             QStringList({ "state(Connecting) @Connecting", "error(ServerNotFound) @Connecting",
                           "aboutToClose @Connecting", "state(Unconnected) @Unconnected" }));
}

QTEST_GUILESS_MAIN(tst_SocketConnect)
#include "tst_socket_connect.moc"
