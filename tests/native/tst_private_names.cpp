// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Names in a folder that only the user can access, and unguessable names.

#include "testing.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include <optional>

using qlocal::Error;

class tst_private_names : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void privateNameIsInSessionFolder();
    void onlyItsUserOpensPrivateName();
    void clientFindsPrivateName();
    void flatpakUsesSharedFolder();
    void folderWritableByOthersIsUnused();
    void escapingNamesAreRefused();
    void unencodableNameIsRefused();
    void tooLongPathHasHint();
    void secondListenIsRefused();
    void randomNamesDiffer();
    void randomNameAcceptsConnections();
    void sharedNameUsesQtsFolder();
    void pathIsUnchanged();
    void abstractNameIsUnchanged();
    void accessOptionsApplyToPrivateFile();
    void longNameGetsShortFile();
    void removeServerUsesSessionFolder();

private:
    QString inSession(const QString &name) const { return m_session->filePath(name); }

    std::optional<testing::Watchdog> m_watchdog;
    std::optional<QTemporaryDir> m_session;
};

void tst_private_names::init()
{
    m_watchdog.emplace();
    m_session.emplace();
    qputenv("XDG_RUNTIME_DIR", QFile::encodeName(m_session->path()));
    qunsetenv("FLATPAK_ID");
    qunsetenv("SNAP_USER_COMMON");
}

void tst_private_names::cleanup()
{
    m_session.reset();
    m_watchdog.reset();
}

void tst_private_names::privateNameIsInSessionFolder()
{
    qlocal::Server server;
    QVERIFY(server.listen("a"));
    QCOMPARE(server.serverName(), QStringLiteral("a"));
    QCOMPARE(server.fullServerName(), inSession("a"));
    server.close();
    QVERIFY(!QFile::exists(inSession("a")));
}

void tst_private_names::onlyItsUserOpensPrivateName()
{
    qlocal::Server server;
    QVERIFY(server.listen("a"));
    constexpr auto own = QFile::ReadOwner | QFile::WriteOwner;
    constexpr auto user = QFile::ReadUser | QFile::WriteUser;
    QCOMPARE(QFileInfo(inSession("a")).permissions() & ~user, QFile::Permissions(own));
}

void tst_private_names::clientFindsPrivateName()
{
    qlocal::Server server;
    QVERIFY(server.listen("a"));
    qlocal::Socket client;
    client.connectToServer("a");
    QCOMPARE(client.state(), QLocalSocket::ConnectedState);
    QCOMPARE(client.serverName(), QStringLiteral("a"));
    QCOMPARE(client.fullServerName(), inSession("a"));
    QVERIFY(server.waitForNewConnection(5000));
    // A program without private names uses the path.
    QLocalSocket stranger;
    stranger.connectToServer(server.fullServerName());
    QCOMPARE(stranger.state(), QLocalSocket::ConnectedState);
}

void tst_private_names::flatpakUsesSharedFolder()
{
    qputenv("FLATPAK_ID", "org.qlocal.Test");
    QVERIFY(QDir(m_session->path()).mkpath("app/org.qlocal.Test"));
    qlocal::Server server;
    QVERIFY(server.listen("a"));
    QCOMPARE(server.fullServerName(), inSession("app/org.qlocal.Test/a"));
}

void tst_private_names::folderWritableByOthersIsUnused()
{
    QVERIFY(QFile::setPermissions(m_session->path(), QFile::Permissions(0x7777)));
    qlocal::Server server;
    QVERIFY2(server.listen(testing::uniqueName()), qPrintable(server.lastError().text()));
    QVERIFY(!server.fullServerName().startsWith(m_session->path()));
    const QFileInfo folder(QFileInfo(server.fullServerName()).path());
    QVERIFY(!(folder.permissions() & (QFile::WriteGroup | QFile::WriteOther)));
}

void tst_private_names::escapingNamesAreRefused()
{
    for (const char *name : { "", "../a", "..", "a/b" }) {
        qlocal::Server server;
        QVERIFY2(!server.listen(name), name);
        QCOMPARE(server.lastError().kind(), Error::InvalidName);
        qlocal::Socket client;
        client.connectToServer(name);
        QCOMPARE(client.lastError().kind(), Error::InvalidName);
    }
}

void tst_private_names::unencodableNameIsRefused()
{
    const QString name(QChar(0xd800));
    qlocal::Server other;
    QVERIFY(other.listen(QChar(QChar::ReplacementCharacter)));
    qlocal::Server server;
    QVERIFY(!server.listen(name));
    QCOMPARE(server.lastError().kind(), Error::InvalidName);
    QVERIFY(!qlocal::Server::removeServer(name));
    QVERIFY(QFile::exists(other.fullServerName()));
    qlocal::Socket client;
    client.connectToServer(name);
    QCOMPARE(client.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(client.lastError().kind(), Error::InvalidName);
    client.connectToServer(inSession(name));
    QCOMPARE(client.lastError().kind(), Error::InvalidName);
}

void tst_private_names::tooLongPathHasHint()
{
    const QString deep = inSession(QString(90, 'x'));
    QVERIFY(QDir().mkpath(deep));
    qputenv("XDG_RUNTIME_DIR", QFile::encodeName(deep));
    qlocal::Server server;
    QVERIFY(!server.listenOnRandomName());
    QCOMPARE(server.lastError().kind(), Error::NameTooLong);
    QVERIFY(server.lastError().hint().contains("shorter"));
}

void tst_private_names::secondListenIsRefused()
{
    qlocal::Server server;
    QVERIFY(server.listen("a"));
    QTest::ignoreMessage(QtWarningMsg, "QLocalServer::listen() called when already listening");
    QVERIFY(!server.listen("b"));
    QTest::ignoreMessage(QtWarningMsg,
                         "qlocal::Server::listenOnRandomName() called when already listening");
    QVERIFY(!server.listenOnRandomName());
    QCOMPARE(server.serverName(), QStringLiteral("a"));
}

void tst_private_names::randomNamesDiffer()
{
    qlocal::Server first;
    qlocal::Server second;
    QVERIFY(first.listenOnRandomName());
    QVERIFY(second.listenOnRandomName());
    QCOMPARE(first.fullServerName(), inSession(first.serverName()));
    QVERIFY(first.serverName().size() >= 26);
    QVERIFY(first.serverName() != second.serverName());
}

void tst_private_names::randomNameAcceptsConnections()
{
    qlocal::Server server;
    QVERIFY(server.listenOnRandomName());
    QLocalSocket byPath;
    byPath.connectToServer(server.fullServerName());
    QCOMPARE(byPath.state(), QLocalSocket::ConnectedState);
    qlocal::Socket byName;
    byName.connectToServer(server.serverName());
    QCOMPARE(byName.state(), QLocalSocket::ConnectedState);
}

void tst_private_names::sharedNameUsesQtsFolder()
{
    qlocal::Server server;
    server.setPrivateNames(false);
    const QString name = testing::uniqueName();
    QVERIFY(server.listen(name));
    QCOMPARE(server.fullServerName(), QDir::tempPath() + '/' + name);
    qlocal::Socket client;
    client.connectToServer(name);
    QCOMPARE(client.lastError().kind(), Error::NotFound);
    client.setPrivateNames(false);
    client.connectToServer(name);
    QCOMPARE(client.state(), QLocalSocket::ConnectedState);
}

void tst_private_names::pathIsUnchanged()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("a");
    qlocal::Server server;
    QVERIFY(server.listen(path));
    QCOMPARE(server.fullServerName(), path);
    qlocal::Socket client;
    client.connectToServer(path);
    QCOMPARE(client.state(), QLocalSocket::ConnectedState);
}

void tst_private_names::abstractNameIsUnchanged()
{
    const QString name = testing::uniqueName();
    qlocal::Server server;
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(server.listen(name));
    QCOMPARE(server.fullServerName(), name);
    qlocal::Socket client;
    client.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    client.connectToServer(name);
    QCOMPARE(client.state(), QLocalSocket::ConnectedState);
}

void tst_private_names::accessOptionsApplyToPrivateFile()
{
    qlocal::Server server;
    server.setSocketOptions(QLocalServer::GroupAccessOption);
    QVERIFY(server.listen("a"));
    constexpr auto group = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup;
    constexpr auto user = QFile::ReadUser | QFile::WriteUser | QFile::ExeUser;
    QCOMPARE(QFileInfo(inSession("a")).permissions() & ~user, QFile::Permissions(group));
}

void tst_private_names::longNameGetsShortFile()
{
    const QString name(300, 'x');
    qlocal::Server server;
    QVERIFY2(server.listen(name), qPrintable(server.lastError().text()));
    QCOMPARE(server.serverName(), name);
    QCOMPARE(QFileInfo(server.fullServerName()).path(), m_session->path());
    qlocal::Socket client;
    client.connectToServer(name);
    QCOMPARE(client.state(), QLocalSocket::ConnectedState);
}

void tst_private_names::removeServerUsesSessionFolder()
{
    qlocal::Server server;
    QVERIFY(server.listen("a"));
    QVERIFY(qlocal::Server::removeServer("a"));
    QVERIFY(!QFile::exists(inSession("a")));
    QVERIFY(qlocal::Server::removeServer("a"));
    QVERIFY(!qlocal::Server::removeServer("../a"));
}

QTEST_GUILESS_MAIN(tst_private_names)
#include "tst_private_names.moc"
