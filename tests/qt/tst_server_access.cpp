// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalServer: access permissions, and folders without write permission.

#include "testing.h"
#include "unprivileged.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <algorithm>
#include <atomic>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <thread>

class tst_ServerAccess : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void fileHasExactMode_data();
    void fileHasExactMode();
    void umaskAppliesWithoutOptions_data();
    void umaskAppliesWithoutOptions();
    void onlyAllowedUsersConnect_data();
    void onlyAllowedUsersConnect();
    void othersCannotConnectDuringListen();
    void processKeepsUmask();
    void namesAreRightWithOptions();
    void unwritableFolderIsAccessError_data();
    void unwritableFolderIsAccessError();
    void unsearchableFolderIsAccessError();
    void removeInUnwritableFolderIsFalse();
    void othersFileInSharedFolderStays();
    void ordinaryUserServesAndConnects_data();
    void ordinaryUserServesAndConnects();

private:
    QString inFolder(const char *name) const { return m_folder->filePath(QLatin1String(name)); }

    std::optional<testing::Watchdog> m_watchdog;
    std::optional<QTemporaryDir> m_folder;
};

namespace {

/// The permission bits of the socket file that `server` listens on.
mode_t modeOf(const QLocalServer &server)
{
    struct stat file
    { };
    return ::stat(QFile::encodeName(server.fullServerName()).constData(), &file) == 0
            ? file.st_mode & 07777
            : ~mode_t(0);
}

mode_t bitsOf(int options)
{
    return (options & QLocalServer::UserAccessOption ? 0700u : 0u)
            | (options & QLocalServer::GroupAccessOption ? 0070u : 0u)
            | (options & QLocalServer::OtherAccessOption ? 0007u : 0u);
}

bool setMode(const QString &path, mode_t mode)
{
    return ::chmod(QFile::encodeName(path).constData(), mode) == 0;
}

} // namespace

void tst_ServerAccess::init()
{
    m_watchdog.emplace();
    m_folder.emplace();
    QVERIFY(setMode(m_folder->path(), 0755));
}

void tst_ServerAccess::cleanup()
{
    setMode(m_folder->path(), 0700);
    m_folder.reset();
    m_watchdog.reset();
}

void tst_ServerAccess::fileHasExactMode_data()
{
    QTest::addColumn<int>("options");
    QTest::addColumn<int>("mask");
    for (int mask : { 0077, 0, 0777 })
        for (int options = 1; options <= QLocalServer::WorldAccessOption; ++options)
            QTest::addRow("%o under umask %03o", bitsOf(options), unsigned(mask))
                    << options << mask;
}

void tst_ServerAccess::fileHasExactMode()
{
    QFETCH(int, options);
    QFETCH(int, mask);
    const testing::Umask umask { mode_t(mask) };
    QLocalServer server;
    server.setSocketOptions(QLocalServer::SocketOptions(options));
    QVERIFY2(server.listen(inFolder("socket")), qPrintable(server.errorString()));
    QCOMPARE(modeOf(server), bitsOf(options));
}

void tst_ServerAccess::umaskAppliesWithoutOptions_data()
{
    QTest::addColumn<int>("mask");
    QTest::newRow("077") << 0077;
    QTest::newRow("0") << 0;
    QTest::newRow("0777") << 0777;
}

void tst_ServerAccess::umaskAppliesWithoutOptions()
{
    QFETCH(int, mask);
    const testing::Umask umask { mode_t(mask) };
    QLocalServer server;
    QVERIFY(server.listen(inFolder("socket")));
    QCOMPARE(modeOf(server), mode_t(0777 & ~mask));
}

void tst_ServerAccess::onlyAllowedUsersConnect_data()
{
    QTest::addColumn<int>("options");
    for (int options = 1; options <= QLocalServer::WorldAccessOption; ++options)
        QTest::addRow("%03o", bitsOf(options)) << options;
}

void tst_ServerAccess::onlyAllowedUsersConnect()
{
    QFETCH(int, options);
    QLocalServer server;
    server.setSocketOptions(QLocalServer::SocketOptions(options));
    QVERIFY(server.listen(inFolder("socket")));

    const testing::Unprivileged scope;
    QVERIFY(scope.isUnprivileged());
    const bool allowed = bitsOf(options) & (scope.isOther() ? S_IWOTH : S_IWUSR);
    QLocalSocket client;
    client.connectToServer(server.fullServerName());
    QCOMPARE(client.waitForConnected(5000), allowed);
    if (!allowed) {
        QCOMPARE(client.error(), QLocalSocket::SocketAccessError);
        QCOMPARE(client.errorString(),
                 QStringLiteral("QLocalSocket::connectToServer: Socket access error"));
    }
}

void tst_ServerAccess::othersCannotConnectDuringListen()
{
    const testing::Umask umask(0);
    QVERIFY(setMode(m_folder->path(), 0755));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const QByteArray path = QFile::encodeName(inFolder("socket"));
    std::copy(path.begin(), path.end(), address.sun_path);
    // Root drops its privileges in one thread only, which no libc function does.
    const bool isRoot = ::geteuid() == 0;
    std::atomic<bool> done = false;
    std::atomic<int> refused = 0, connected = 0;
    std::thread other([&] {
        if (isRoot && ::syscall(SYS_setresuid, -1, 65534, -1) != 0)
            qFatal("cannot become another user");
        while (!done) {
            const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
            const bool isIn = ::connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof address)
                    == 0;
            ++(isIn ? connected : refused);
            ::close(fd);
        }
    });
    for (int i = 0; i < 300 || refused == 0; ++i) {
        QLocalServer server;
        server.setSocketOptions(isRoot ? QLocalServer::UserAccessOption
                                       : QLocalServer::OtherAccessOption);
        if (!server.listen(inFolder("socket")))
            break;
    }
    done = true;
    other.join();
    QVERIFY(refused > 0);
    QCOMPARE(connected, 0);
}

void tst_ServerAccess::processKeepsUmask()
{
    const testing::Umask umask(0027);
    QLocalServer server;
    server.setSocketOptions(QLocalServer::WorldAccessOption);
    QVERIFY(server.listen(inFolder("socket")));
    QCOMPARE(mode_t(::umask(0027)), mode_t(0027));
}

void tst_ServerAccess::namesAreRightWithOptions()
{
    QLocalServer server;
    server.setSocketOptions(QLocalServer::UserAccessOption);
    QVERIFY(server.listen(inFolder("socket")));
    QCOMPARE(server.serverName(), inFolder("socket"));
    QCOMPARE(server.fullServerName(), inFolder("socket"));
}

void tst_ServerAccess::unwritableFolderIsAccessError_data()
{
    QTest::addColumn<int>("options");
    QTest::newRow("without options") << int(QLocalServer::NoOptions);
    QTest::newRow("with options") << int(QLocalServer::UserAccessOption);
}

void tst_ServerAccess::unwritableFolderIsAccessError()
{
    QFETCH(int, options);
    QVERIFY(setMode(m_folder->path(), 0555));
    const testing::Unprivileged scope;
    QVERIFY(scope.isUnprivileged());
    QLocalServer server;
    server.setSocketOptions(QLocalServer::SocketOptions(options));
    QVERIFY(!server.listen(inFolder("socket")));
    QCOMPARE(server.serverError(), QAbstractSocket::SocketAccessError);
    QCOMPARE(server.errorString(), QStringLiteral("QLocalServer::listen: Permission denied"));
    QVERIFY(!server.isListening());
}

void tst_ServerAccess::unsearchableFolderIsAccessError()
{
    QLocalServer server;
    server.setSocketOptions(QLocalServer::WorldAccessOption);
    QVERIFY(server.listen(inFolder("socket")));
    QVERIFY(setMode(m_folder->path(), 0000));
    {
        const testing::Unprivileged scope;
        QVERIFY(scope.isUnprivileged());
        QLocalSocket client;
        client.connectToServer(server.fullServerName());
        QCOMPARE(client.error(), QLocalSocket::SocketAccessError);
    }
    QVERIFY(setMode(m_folder->path(), 0700));
}

void tst_ServerAccess::removeInUnwritableFolderIsFalse()
{
    QLocalServer server;
    QVERIFY(server.listen(inFolder("socket")));
    QVERIFY(setMode(m_folder->path(), 0555));
    const testing::Unprivileged scope;
    QVERIFY(scope.isUnprivileged());
    QVERIFY(!QLocalServer::removeServer(inFolder("socket")));
}

void tst_ServerAccess::othersFileInSharedFolderStays()
{
    // As in /tmp: everyone may create files, and only their owners may remove them.
    QVERIFY(setMode(m_folder->path(), 01777));
    QLocalServer theirs;
    QVERIFY(theirs.listen(inFolder("socket")));
    QVERIFY(setMode(inFolder("socket"), 0700));
    const testing::Unprivileged scope;
    QVERIFY(scope.isUnprivileged());
    if (!scope.isOther())
        return; // The file is this user's own.
    QVERIFY(!QLocalServer::removeServer(inFolder("socket")));
    QLocalServer server;
    QVERIFY(!server.listen(inFolder("socket")));
    QCOMPARE(server.serverError(), QAbstractSocket::AddressInUseError);
}

void tst_ServerAccess::ordinaryUserServesAndConnects_data()
{
    QTest::addColumn<int>("options");
    QTest::newRow("without options") << int(QLocalServer::NoOptions);
    QTest::newRow("for the user") << int(QLocalServer::UserAccessOption);
    QTest::newRow("for all") << int(QLocalServer::WorldAccessOption);
    QTest::newRow("abstract") << int(QLocalServer::AbstractNamespaceOption);
}

void tst_ServerAccess::ordinaryUserServesAndConnects()
{
    QFETCH(int, options);
    QVERIFY(setMode(m_folder->path(), 01777));
    const testing::Unprivileged scope;
    QVERIFY(scope.isUnprivileged());
    QLocalServer server;
    server.setSocketOptions(QLocalServer::SocketOptions(options));
    QVERIFY2(server.listen(inFolder("socket")), qPrintable(server.errorString()));
    QLocalSocket client;
    if (options == QLocalServer::AbstractNamespaceOption)
        client.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    client.connectToServer(inFolder("socket"));
    QVERIFY(server.waitForNewConnection(5000));
    client.write("hello");
    QVERIFY(client.flush());
    QLocalSocket *accepted = server.nextPendingConnection();
    QVERIFY(accepted->waitForReadyRead(5000));
    QCOMPARE(accepted->readAll(), QByteArray("hello"));
    server.close();
    QVERIFY(!QFile::exists(inFolder("socket")));
}

QTEST_GUILESS_MAIN(tst_ServerAccess)
#include "tst_server_access.moc"
