// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalServer: each name that cannot be listened on, its error kind and its text.

#include "testing.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <optional>
#include <unistd.h>

class tst_ServerFailures : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void folderIsAddressInUse();
    void regularFileIsAddressInUse();
    void regularFileIsLeftAlone();
    void liveNameIsAddressInUse();
    void liveServerSurvivesRival();
    void missingFolderIsHostNotFound();
    void fileAsFolderIsHostNotFound();
    void failedServerCanListenElsewhere();

    void longPathsThatFitWork_data();
    void longPathsThatFitWork();
    void tooLongPathsAreRefused_data();
    void tooLongPathsAreRefused();
    void clientsRefuseTooLongPaths_data() { tooLongPathsAreRefused_data(); }
    void clientsRefuseTooLongPaths();
    void longestAbstractNameWorks();

#ifdef QLOCAL_DROPIN // where stock Qt fails: rows of "Better on purpose" in COMPATIBILITY.md
    void tooLongAbstractNameIsHostNotFound();
    void linkLoopIsHostNotFound();
    void liveNameIsInUseWithOptions();
    void folderIsInUseWithOptions();
    void regularFileIsInUseWithOptions();
    void removeFileWithContentIsFalse();
    void staleFileIsReclaimed();
    void closeKeepsAnotherServersFile();
#endif

private:
    QString inFolder(const char *name) const
    {
        return m_folder->filePath(QLatin1String(name));
    }
    QString makeFile(const char *name) const;
    QString pathOfLength(int length) const;

    std::optional<testing::Watchdog> m_watchdog;
    std::optional<QTemporaryDir> m_folder;
};

#define EXPECT_REFUSED(server, name, kind, words)            \
  do {                                                       \
    QVERIFY(!(server).listen(name));                         \
    QCOMPARE((server).serverError(), QAbstractSocket::kind); \
    QCOMPARE((server).errorString(), QStringLiteral(words)); \
    QVERIFY(!(server).isListening());                        \
    QCOMPARE((server).serverName(), QString());              \
    QCOMPARE((server).fullServerName(), QString());          \
  } while (false)

void tst_ServerFailures::init()
{
    m_watchdog.emplace();
    m_folder.emplace();
}

void tst_ServerFailures::cleanup()
{
    m_folder.reset();
    m_watchdog.reset();
}

QString tst_ServerFailures::makeFile(const char *name) const
{
    QFile file(inFolder(name));
    return file.open(QIODevice::WriteOnly) && file.write("kept") == 4 ? file.fileName() : QString();
}

QString tst_ServerFailures::pathOfLength(int length) const
{
    const QString start = m_folder->path() + QLatin1Char('/');
    return start + QString(length - start.size(), QLatin1Char('x'));
}

void tst_ServerFailures::folderIsAddressInUse()
{
    QLocalServer server;
    EXPECT_REFUSED(server, m_folder->path(), AddressInUseError,
                   "QLocalServer::listen: Address in use");
}

void tst_ServerFailures::regularFileIsAddressInUse()
{
    QLocalServer server;
    EXPECT_REFUSED(server, makeFile("file"), AddressInUseError,
                   "QLocalServer::listen: Address in use");
}

void tst_ServerFailures::regularFileIsLeftAlone()
{
    {
        QLocalServer server;
        QVERIFY(!server.listen(makeFile("file")));
    }
    QFile file(inFolder("file"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("kept"));
}

void tst_ServerFailures::liveNameIsAddressInUse()
{
    QLocalServer first;
    QVERIFY(first.listen(inFolder("socket")));
    QLocalServer second;
    EXPECT_REFUSED(second, inFolder("socket"), AddressInUseError,
                   "QLocalServer::listen: Address in use");
}

void tst_ServerFailures::liveServerSurvivesRival()
{
    QLocalServer first;
    QVERIFY(first.listen(inFolder("socket")));
    {
        QLocalServer second;
        QVERIFY(!second.listen(inFolder("socket")));
        second.close();
    }
    QLocalSocket client;
    client.connectToServer(inFolder("socket"));
    QVERIFY(client.waitForConnected(5000));
    QVERIFY(first.waitForNewConnection(5000));
}

void tst_ServerFailures::missingFolderIsHostNotFound()
{
    QLocalServer server;
    EXPECT_REFUSED(server, inFolder("no/such"), HostNotFoundError,
                   "QLocalServer::listen: Name error");
}

void tst_ServerFailures::fileAsFolderIsHostNotFound()
{
    QLocalServer server;
    EXPECT_REFUSED(server, makeFile("file") + "/socket", HostNotFoundError,
                   "QLocalServer::listen: Name error");
}

void tst_ServerFailures::failedServerCanListenElsewhere()
{
    QLocalServer server;
    QVERIFY(!server.listen(inFolder("no/such")));
    QVERIFY(server.listen(inFolder("socket")));
    QVERIFY(server.isListening());
}

void tst_ServerFailures::longPathsThatFitWork_data()
{
    QTest::addColumn<int>("length");
    for (int length = 100; length <= 106; ++length)
        QTest::addRow("%d", length) << length;
}

void tst_ServerFailures::longPathsThatFitWork()
{
    QFETCH(int, length);
    const QString path = pathOfLength(length);
    QLocalServer server;
    QVERIFY(server.listen(path));
    QCOMPARE(server.fullServerName(), path);
    QVERIFY(QFile::exists(path));
    QLocalSocket client;
    client.connectToServer(path);
    QVERIFY(client.waitForConnected(5000));
    QCOMPARE(client.fullServerName(), path);
    QVERIFY(server.waitForNewConnection(5000));
    QCOMPARE(server.nextPendingConnection()->fullServerName(), path);
}

void tst_ServerFailures::tooLongPathsAreRefused_data()
{
    QTest::addColumn<int>("length");
    for (int length : { 107, 108, 109, 200 })
        QTest::addRow("%d", length) << length;
}

void tst_ServerFailures::tooLongPathsAreRefused()
{
    QFETCH(int, length);
    QLocalServer server;
#ifdef QLOCAL_DROPIN // stock Qt reports a stale errno
    EXPECT_REFUSED(server, pathOfLength(length), HostNotFoundError,
                   "QLocalServer::listen: Name error");
#else
    QVERIFY(!server.listen(pathOfLength(length)));
#endif
    QVERIFY(QDir(m_folder->path()).isEmpty(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot));
}

void tst_ServerFailures::clientsRefuseTooLongPaths()
{
    QFETCH(int, length);
    QLocalSocket client;
    client.connectToServer(pathOfLength(length));
    QCOMPARE(client.state(), QLocalSocket::UnconnectedState);
    QCOMPARE(client.error(), QLocalSocket::ServerNotFoundError);
    QCOMPARE(client.errorString(), QStringLiteral("QLocalSocket::connectToServer: Invalid name"));
}

void tst_ServerFailures::longestAbstractNameWorks()
{
    const QString name = testing::uniqueName("abstract").leftJustified(106, QLatin1Char('x'));
    QLocalServer server;
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(server.listen(name));
    QLocalSocket client;
    client.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    client.connectToServer(name);
    QVERIFY(client.waitForConnected(5000));
}

#ifdef QLOCAL_DROPIN
void tst_ServerFailures::tooLongAbstractNameIsHostNotFound()
{
    QLocalServer server;
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    EXPECT_REFUSED(server, QString(109, QLatin1Char('x')), HostNotFoundError,
                   "QLocalServer::listen: Name error");
}

void tst_ServerFailures::linkLoopIsHostNotFound()
{
    const QByteArray link = QFile::encodeName(inFolder("loop"));
    QCOMPARE(::symlink(link.constData(), link.constData()), 0);
    QLocalServer server;
    EXPECT_REFUSED(server, inFolder("loop/socket"), HostNotFoundError,
                   "QLocalServer::listen: Name error");
}

void tst_ServerFailures::liveNameIsInUseWithOptions()
{
    QLocalServer first;
    QVERIFY(first.listen(inFolder("socket")));
    {
        QLocalServer second;
        second.setSocketOptions(QLocalServer::UserAccessOption);
        EXPECT_REFUSED(second, inFolder("socket"), AddressInUseError,
                       "QLocalServer::listen: Address in use");
    }
    QLocalSocket client;
    client.connectToServer(inFolder("socket"));
    QVERIFY(client.waitForConnected(5000));
    QVERIFY(first.waitForNewConnection(5000));
}

void tst_ServerFailures::folderIsInUseWithOptions()
{
    QLocalServer server;
    server.setSocketOptions(QLocalServer::UserAccessOption);
    EXPECT_REFUSED(server, m_folder->path(), AddressInUseError,
                   "QLocalServer::listen: Address in use");
}

void tst_ServerFailures::regularFileIsInUseWithOptions()
{
    QLocalServer server;
    server.setSocketOptions(QLocalServer::UserAccessOption);
    EXPECT_REFUSED(server, makeFile("file"), AddressInUseError,
                   "QLocalServer::listen: Address in use");
    QVERIFY(QFile::exists(inFolder("file")));
}

void tst_ServerFailures::removeFileWithContentIsFalse()
{
    const QString path = makeFile("file");
    QVERIFY(!QLocalServer::removeServer(path));
    QVERIFY(QFile::exists(path));
}

void tst_ServerFailures::staleFileIsReclaimed()
{
    // A second link keeps the file when its server closes, as after a crash.
    const QByteArray stale = QFile::encodeName(inFolder("socket"));
    {
        QLocalServer crashed;
        QVERIFY(crashed.listen(inFolder("first")));
        QCOMPARE(::link(QFile::encodeName(inFolder("first")).constData(), stale.constData()), 0);
    }
    QLocalServer server;
    QVERIFY2(server.listen(inFolder("socket")), qPrintable(server.errorString()));
    QLocalSocket client;
    client.connectToServer(inFolder("socket"));
    QVERIFY(client.waitForConnected(5000));
}

void tst_ServerFailures::closeKeepsAnotherServersFile()
{
    QLocalServer first;
    QVERIFY(first.listen(inFolder("socket")));
    QVERIFY(QLocalServer::removeServer(inFolder("socket")));
    QLocalServer second;
    QVERIFY(second.listen(inFolder("socket")));
    first.close();
    QVERIFY(QFile::exists(inFolder("socket")));
    QLocalSocket client;
    client.connectToServer(inFolder("socket"));
    QVERIFY(client.waitForConnected(5000));
}
#endif

QTEST_GUILESS_MAIN(tst_ServerFailures)
#include "tst_server_failures.moc"
