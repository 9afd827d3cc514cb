// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Error hints name the cause and the next step.

#include "testing.h"
#include "unprivileged.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <optional>

class tst_hints : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void nameOfAnotherKind_data();
    void nameOfAnotherKind();
    void missingFolder();
    void fileInsteadOfFolder();
    void danglingLink();
    void abstractServerRequestedAsFile();
    void fileServerRequestedAsAbstract();
    void sharedServerRequestedAsPrivate();
    void privateServerRequestedAsShared();
    void serverOfAnotherType_data();
    void serverOfAnotherType();
    void exitedServer();
    void regularFile();
    void folderWithoutSearchPermission();
    void socketOfAnotherUser();
    void folderWritableByOthers();
    void nameInUse();
    void tooLongName();

private:
    QString connectHint(const QString &name, QLocalSocket::SocketOptions options = {},
                        bool isPrivate = false);
    QString listenHint(const QString &name, QLocalServer::SocketOptions options = {},
                       bool isPrivate = false);
    QString inFolder(const QString &name) const { return m_folder->filePath(name); }

    std::optional<testing::Watchdog> m_watchdog;
    std::optional<QTemporaryDir> m_folder;
    QString m_name;
    const QByteArray m_tmpdir = qgetenv("TMPDIR");
};

#define EXPECT_HINT(hint, words)                                      \
  do {                                                                \
    const QString is = (hint);                                        \
    for (const QString &word : QStringList(words))                    \
      QVERIFY2(is.contains(word), qPrintable(is + " lacks " + word)); \
  } while (false)

void tst_hints::init()
{
    m_watchdog.emplace();
    m_folder.emplace();
    m_name = testing::uniqueName("hint");
    QVERIFY(QDir(m_folder->path()).mkdir("session") && QDir(m_folder->path()).mkdir("tmp"));
    QFile::setPermissions(inFolder("session"),
                          QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    qputenv("XDG_RUNTIME_DIR", inFolder("session").toLocal8Bit());
    qputenv("TMPDIR", inFolder("tmp").toLocal8Bit());
}

void tst_hints::cleanup()
{
    m_tmpdir.isNull() ? qunsetenv("TMPDIR") : qputenv("TMPDIR", m_tmpdir);
    m_folder.reset();
    m_watchdog.reset();
}

QString tst_hints::connectHint(const QString &name, QLocalSocket::SocketOptions options,
                               bool isPrivate)
{
    qlocal::Socket socket;
    socket.setSocketOptions(options);
    socket.setPrivateNames(isPrivate);
    socket.connectToServer(name);
    const qlocal::Error error = socket.lastError();
    return error.text().endsWith(error.hint()) ? error.hint() : QString();
}

QString tst_hints::listenHint(const QString &name, QLocalServer::SocketOptions options,
                              bool isPrivate)
{
    qlocal::Server server;
    server.setSocketOptions(options);
    server.setPrivateNames(isPrivate);
    server.listen(name);
    return server.lastError().hint();
}

void tst_hints::nameOfAnotherKind_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QStringList>("words");
    QTest::newRow("current folder")
            << "./x.sock" << QStringList { "absolute path", "current folder" };
    QTest::newRow("folder above") << "../x.sock" << QStringList { "absolute path" };
    QTest::newRow("home") << "~/x" << QStringList { "home folder", "~" };
    QTest::newRow("URL") << "unix:///run/x" << QStringList { "/run/x", "not a URL" };
    QTest::newRow("short URL") << "unix:/run/x" << QStringList { "/run/x", "not a URL" };
    QTest::newRow("abstract") << "@x" << QStringList { "AbstractNamespaceOption", "without @" };
}

void tst_hints::nameOfAnotherKind()
{
    QFETCH(QString, name);
    QFETCH(QStringList, words);
    EXPECT_HINT(connectHint(name), words);
    EXPECT_HINT(connectHint(name, {}, true), words);
    // Some of them are names that a server can have.
    const QString toListen = listenHint(name, {}, true);
    if (!toListen.isEmpty())
        EXPECT_HINT(toListen, words);
}

void tst_hints::missingFolder()
{
    EXPECT_HINT(connectHint("run/x.sock"), QStringList({ inFolder("tmp/run"), "does not exist" }));
    EXPECT_HINT(connectHint("run/x.sock", {}, true), QStringList("absolute path"));
    EXPECT_HINT(listenHint("~/x.sock"), QStringList("home folder"));
    EXPECT_HINT(listenHint("unix:///x.sock"), QStringList("not a URL"));
    EXPECT_HINT(listenHint(inFolder("no/such/socket")),
                QStringList({ "create the folder", inFolder("no") }));
    EXPECT_HINT(connectHint(inFolder("no/socket")),
                QStringList({ inFolder("no"), "does not exist" }));
}

void tst_hints::fileInsteadOfFolder()
{
    QVERIFY(QFile(inFolder("file")).open(QIODevice::WriteOnly));
    EXPECT_HINT(connectHint(inFolder("file/socket")),
                QStringList({ inFolder("file"), "not a folder" }));
    EXPECT_HINT(listenHint(inFolder("file/socket")),
                QStringList({ inFolder("file"), "not a folder" }));
}

void tst_hints::danglingLink()
{
    QVERIFY(QFile::link(inFolder("nothing"), inFolder("link")));
    EXPECT_HINT(connectHint(inFolder("link")), QStringList({ "link", "target does not exist" }));
    EXPECT_HINT(connectHint(inFolder("link/socket")),
                QStringList({ "link", "target is not a folder" }));
}

void tst_hints::abstractServerRequestedAsFile()
{
    qlocal::Server server;
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(server.listen(m_name));
    EXPECT_HINT(connectHint(m_name), QStringList("set AbstractNamespaceOption"));
    EXPECT_HINT(connectHint(m_name, {}, true), QStringList("set AbstractNamespaceOption"));
}

void tst_hints::fileServerRequestedAsAbstract()
{
    QLocalServer server;
    QVERIFY(server.listen(m_name));
    EXPECT_HINT(connectHint(m_name, QLocalSocket::AbstractNamespaceOption),
                QStringList({ "without AbstractNamespaceOption", server.fullServerName() }));
    EXPECT_HINT(connectHint(server.fullServerName(), QLocalSocket::AbstractNamespaceOption),
                QStringList({ "without AbstractNamespaceOption", server.fullServerName() }));
}

void tst_hints::sharedServerRequestedAsPrivate()
{
    QLocalServer server;
    QVERIFY(server.listen(m_name));
    EXPECT_HINT(connectHint(m_name, {}, true),
                QStringList({ "not private", server.fullServerName() }));
}

void tst_hints::privateServerRequestedAsShared()
{
    qlocal::Server server;
    QVERIFY(server.listen(m_name));
    EXPECT_HINT(connectHint(m_name), QStringList({ "private", server.fullServerName() }));
}

void tst_hints::serverOfAnotherType_data()
{
    QTest::addColumn<int>("type");
    QTest::newRow("SOCK_DGRAM") << int(SOCK_DGRAM);
    QTest::newRow("SOCK_SEQPACKET") << int(SOCK_SEQPACKET);
}

void tst_hints::serverOfAnotherType()
{
    QFETCH(int, type);
    const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    sockaddr_un address {};
    address.sun_family = AF_UNIX;
    const QByteArray path = QFile::encodeName(inFolder("socket"));
    std::copy(path.cbegin(), path.cend(), address.sun_path);
    QCOMPARE(::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof(address)), 0);
    if (type == SOCK_SEQPACKET)
        QCOMPARE(::listen(fd, 1), 0);
    EXPECT_HINT(connectHint(inFolder("socket")),
                QStringList({ QTest::currentDataTag(), "SOCK_STREAM" }));
    ::close(fd);
}

void tst_hints::exitedServer()
{
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address {};
    address.sun_family = AF_UNIX;
    const QByteArray path = QFile::encodeName(inFolder("socket"));
    std::copy(path.cbegin(), path.cend(), address.sun_path);
    QCOMPARE(::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof(address)), 0);
    ::close(fd);
    EXPECT_HINT(connectHint(inFolder("socket")), QStringList({ "start the server", "has exited" }));
}

void tst_hints::regularFile()
{
    QVERIFY(QFile(inFolder("file")).open(QIODevice::WriteOnly));
    EXPECT_HINT(connectHint(inFolder("file")), QStringList({ inFolder("file"), "not a socket" }));
    EXPECT_HINT(listenHint(inFolder("file")), QStringList({ inFolder("file"), "not a socket" }));
}

void tst_hints::folderWithoutSearchPermission()
{
    QVERIFY(QFile::setPermissions(m_folder->path(),
                                  QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner
                                          | QFile::ExeOther));
    QVERIFY(QFile::setPermissions(inFolder("tmp"), {}));
    const testing::Unprivileged user;
    EXPECT_HINT(connectHint(inFolder("tmp/socket")),
                QStringList({ inFolder("tmp:"), "mode 0000" }));
    EXPECT_HINT(listenHint(inFolder("tmp/socket")), QStringList({ inFolder("tmp:"), "mode 0000" }));
}

void tst_hints::socketOfAnotherUser()
{
    QVERIFY(QFile::setPermissions(m_folder->path(),
                                  QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner
                                          | QFile::ExeOther));
    qlocal::Server server;
    QVERIFY(server.listen(inFolder("socket")));
    QVERIFY(QFile::setPermissions(inFolder("socket"), {}));
    const testing::Unprivileged user;
    EXPECT_HINT(connectHint(inFolder("socket")),
                QStringList({ "write to", inFolder("socket:"), "mode 0000" }));
}

void tst_hints::folderWritableByOthers()
{
    QVERIFY(QFile::setPermissions(m_folder->path(),
                                  QFile::ExeOwner | QFile::ReadOwner | QFile::ExeOther));
    const QString hint = [this] {
        const testing::Unprivileged user;
        return listenHint(inFolder("socket"));
    }();
    QFile::setPermissions(m_folder->path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    EXPECT_HINT(hint, QStringList({ "create files in", m_folder->path(), "mode 0501" }));
}

void tst_hints::nameInUse()
{
    QLocalServer server;
    QVERIFY(server.listen(m_name));
    EXPECT_HINT(listenHint(m_name), QStringList({ "another name", "stop the server" }));
    qlocal::Server abstractServer;
    abstractServer.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(abstractServer.listen(m_name));
    EXPECT_HINT(listenHint(m_name, QLocalServer::AbstractNamespaceOption),
                QStringList({ "another name", "abstract" }));
}

void tst_hints::tooLongName()
{
    const QString name = u'/' + QString(109, u'x');
    EXPECT_HINT(connectHint(name), QStringList({ "shorter by 4 bytes", "106" }));
    EXPECT_HINT(listenHint(name), QStringList({ "shorter by 4 bytes", "106" }));
}

QTEST_GUILESS_MAIN(tst_hints)
#include "tst_hints.moc"
