// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalServer: names of each kind, and taking over a descriptor.

#include "pair.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

class tst_ServerNames : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void relativeNameIsInTempFolder();
    void absoluteNameIsPath();
    void subfolderNameIsKept();
    void abstractNameCreatesNoFile();
    void abstractNamesDifferByTrailingNul();
    void abstractNameInUseIsRefused();
    void nonAsciiNameMatchesAtBothEnds();
    void acceptedSocketHasServersNames_data();
    void acceptedSocketHasServersNames();

    void listeningDescriptorIsTakenOver();
    void abstractDescriptorIsTakenOver();
    void boundDescriptorSetsServerName();
    void socketDescriptorIsTheListener();
    void unboundDescriptorIsNotListening();
    void closeRemovesTakenOverFile();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// A stream socket bound to `name`: a path, or an abstract name if it starts with a NUL byte.
int boundDescriptor(const QByteArray &name)
{
    sockaddr_un address {};
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, name.constData(), size_t(name.size()));
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto length = socklen_t(offsetof(sockaddr_un, sun_path) + size_t(name.size())
                                  + (name.startsWith('\0') ? 0 : 1));
    return ::bind(fd, reinterpret_cast<sockaddr *>(&address), length) == 0 ? fd : -1;
}

} // namespace

void tst_ServerNames::relativeNameIsInTempFolder()
{
    QLocalServer server;
    const QString name = testing::uniqueName();
    QVERIFY(server.listen(name));
    QCOMPARE(server.serverName(), name);
    QCOMPARE(server.fullServerName(), QDir::cleanPath(QDir::tempPath()) + QLatin1Char('/') + name);
    QVERIFY(QFileInfo::exists(server.fullServerName()));
}

void tst_ServerNames::absoluteNameIsPath()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("socket");
    QLocalServer server;
    QVERIFY(server.listen(path));
    QCOMPARE(server.serverName(), path);
    QCOMPARE(server.fullServerName(), path);
    QVERIFY(QFileInfo::exists(path));
}

void tst_ServerNames::subfolderNameIsKept()
{
    QTemporaryDir folder;
    const QString name = QFileInfo(folder.path()).fileName() + QStringLiteral("/socket");
    QLocalServer server;
    QVERIFY(server.listen(name));
    QCOMPARE(server.serverName(), name);
    QCOMPARE(server.fullServerName(), folder.filePath("socket"));
}

void tst_ServerNames::abstractNameCreatesNoFile()
{
    QLocalServer server;
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    const QString name = testing::uniqueName();
    QVERIFY(server.listen(name));
    QCOMPARE(server.serverName(), name);
    QCOMPARE(server.fullServerName(), name);
    QVERIFY(!QFileInfo::exists(QDir(QDir::tempPath()).filePath(name)));
}

void tst_ServerNames::abstractNamesDifferByTrailingNul()
{
    const QString name = testing::uniqueName();
    QLocalServer server;
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(server.listen(name + QChar(0)));
    QCOMPARE(server.fullServerName(), name + QChar(0));

    QLocalSocket without;
    without.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    without.connectToServer(name);
    QCOMPARE(without.error(), QLocalSocket::ConnectionRefusedError);

    QLocalSocket with;
    with.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    with.connectToServer(name + QChar(0));
    QVERIFY(with.waitForConnected(5000));
}

void tst_ServerNames::abstractNameInUseIsRefused()
{
    QLocalServer first;
    first.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(first.listen(testing::uniqueName()));
    QLocalServer second;
    second.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(!second.listen(first.serverName()));
    QCOMPARE(second.serverError(), QAbstractSocket::AddressInUseError);
    QCOMPARE(second.errorString(), QStringLiteral("QLocalServer::listen: Address in use"));
}

void tst_ServerNames::nonAsciiNameMatchesAtBothEnds()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QString::fromUtf8("S\xc3\xb8"
                                                           "ckel"));
    QLocalServer server;
    QVERIFY(server.listen(path));
    QVERIFY(QFileInfo::exists(path));
    QLocalSocket client;
    client.connectToServer(path);
    QVERIFY(client.waitForConnected(5000));
    QCOMPARE(client.fullServerName(), path);
}

void tst_ServerNames::acceptedSocketHasServersNames_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("options");
    const QString name = testing::uniqueName("names");
    QTest::newRow("relative") << name << int(QLocalServer::NoOptions);
    QTest::newRow("abstract") << name << int(QLocalServer::AbstractNamespaceOption);
#ifdef QLOCAL_DROPIN // stock Qt shortens the accepted socket's name to the file's
    QTest::newRow("absolute") << QDir(QDir::tempPath()).filePath(name)
                              << int(QLocalServer::NoOptions);
#endif
}

void tst_ServerNames::acceptedSocketHasServersNames()
{
    QFETCH(QString, name);
    QFETCH(int, options);
    QLocalServer server;
    server.setSocketOptions(QLocalServer::SocketOptions(options));
    QVERIFY(server.listen(name));
    QLocalSocket client;
    client.setSocketOptions(options ? QLocalSocket::AbstractNamespaceOption
                                    : QLocalSocket::NoOptions);
    client.connectToServer(name);
    QVERIFY(server.waitForNewConnection(5000));
    QLocalSocket *accepted = server.nextPendingConnection();
    QVERIFY(accepted);
    QCOMPARE(accepted->fullServerName(), server.fullServerName());
    QCOMPARE(accepted->serverName(), server.serverName());
}

void tst_ServerNames::listeningDescriptorIsTakenOver()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("socket");
    const int fd = boundDescriptor(QFile::encodeName(path));
    QCOMPARE(::listen(fd, 5), 0);
    QLocalServer server;
    QVERIFY(server.listen(qintptr(fd)));
    QLocalSocket client;
    client.connectToServer(path);
    QVERIFY(client.waitForConnected(5000));
    QVERIFY(server.waitForNewConnection(5000));
    QCOMPARE(server.nextPendingConnection()->fullServerName(), path);
}

void tst_ServerNames::abstractDescriptorIsTakenOver()
{
    const QString name = testing::uniqueName();
    const int fd = boundDescriptor('\0' + name.toUtf8());
    QCOMPARE(::listen(fd, 5), 0);
    QLocalServer server;
    QVERIFY(server.listen(qintptr(fd)));
    QCOMPARE(server.serverName(), name);
    QCOMPARE(server.fullServerName(), name);
    QVERIFY(server.socketOptions().testFlag(QLocalServer::AbstractNamespaceOption));
    QLocalSocket client;
    client.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    client.connectToServer(name);
    QVERIFY(client.waitForConnected(5000));
    QVERIFY(server.waitForNewConnection(5000));
}

void tst_ServerNames::boundDescriptorSetsServerName()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("socket");
    QLocalServer server;
    QVERIFY(server.listen(qintptr(boundDescriptor(QFile::encodeName(path)))));
    QVERIFY(server.isListening());
    QCOMPARE(server.fullServerName(), path);
    QCOMPARE(server.serverName(), QStringLiteral("socket"));
}

void tst_ServerNames::socketDescriptorIsTheListener()
{
    QTemporaryDir folder;
    const int fd = boundDescriptor(QFile::encodeName(folder.filePath("socket")));
    QLocalServer server;
    QVERIFY(server.listen(qintptr(fd)));
    QCOMPARE(server.socketDescriptor(), qintptr(fd));
}

void tst_ServerNames::unboundDescriptorIsNotListening()
{
    QLocalServer server;
    QVERIFY(server.listen(qintptr(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))));
    QVERIFY(!server.isListening());
    QCOMPARE(server.serverName(), QString());
    QCOMPARE(server.fullServerName(), QString());
}

void tst_ServerNames::closeRemovesTakenOverFile()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("socket");
    QLocalServer server;
    QVERIFY(server.listen(qintptr(boundDescriptor(QFile::encodeName(path)))));
    QVERIFY(QFileInfo::exists(path));
    server.close();
    QVERIFY(!QFileInfo::exists(path));
}

QTEST_GUILESS_MAIN(tst_ServerNames)
#include "tst_server_names.moc"
