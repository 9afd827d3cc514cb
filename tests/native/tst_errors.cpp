// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Error details: kind, system call, errno name, path and hint, and the log.

#include "testing.h"

#include <QtCore/QFile>
#include <QtCore/QLoggingCategory>
#include <QtCore/QMetaProperty>
#include <QtCore/QTemporaryDir>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include <fcntl.h>
#include <unistd.h>

using qlocal::Error;
using testing::Watchdog;

class tst_errors : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void newObjectsHaveNoError();
    void failedConnectHasAllParts();
    void failedListenHasAllParts();
    void unresolvableNameIsReported();
    void peerCloseErrorHasPath();
    void errorIsSetInHandler();
    void invalidCallKeepsConnection();
    void refusedDescriptorIsReported();
    void nextConnectionClearsError();
    void errorIsGadget();
    void nothingIsLoggedByDefault();
    void categoriesCanBeEnabled();
};

void tst_errors::newObjectsHaveNoError()
{
    const qlocal::Socket socket;
    QVERIFY(!socket.lastError());
    QCOMPARE(socket.lastError().kind(), Error::None);
    QVERIFY(socket.lastError().text().isEmpty());
    const qlocal::Server server;
    QVERIFY(!server.lastError());
}

void tst_errors::failedConnectHasAllParts()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("none");
    qlocal::Socket socket;
    socket.connectToServer(path);
    const Error error = socket.lastError();
    QVERIFY(error);
    QCOMPARE(error.kind(), Error::NotFound);
    QCOMPARE(error.operation(), QStringLiteral("connect"));
    QCOMPARE(error.number(), ENOENT);
    QCOMPARE(error.numberName(), QStringLiteral("ENOENT"));
    QCOMPARE(error.path(), path);
    QVERIFY(error.hint().contains("start the server"));
    QCOMPARE(error.text(), path + ": connect: ENOENT (2); " + error.hint());
    // Qt's text stays unchanged.
    QCOMPARE(socket.errorString(), QStringLiteral("QLocalSocket::connectToServer: Invalid name"));
}

void tst_errors::failedListenHasAllParts()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("a");
    qlocal::Server first;
    QVERIFY(first.listen(path));
    qlocal::Server second;
    QVERIFY(!second.listen(path));
    const Error error = second.lastError();
    QCOMPARE(error.kind(), Error::AddressInUse);
    QCOMPARE(error.operation(), QStringLiteral("bind"));
    QCOMPARE(error.numberName(), QStringLiteral("EADDRINUSE"));
    QCOMPARE(error.path(), path);
    QVERIFY(!first.lastError());
}

void tst_errors::unresolvableNameIsReported()
{
    const QString path = "/" + QString(200, 'x');
    qlocal::Socket socket;
    socket.connectToServer(path);
    QCOMPARE(socket.lastError().kind(), Error::NameTooLong);
    QCOMPARE(socket.lastError().numberName(), QStringLiteral("ENAMETOOLONG"));
    QCOMPARE(socket.lastError().path(), path);
    qlocal::Server server;
    QVERIFY(!server.listen(path));
    QCOMPARE(server.lastError().kind(), Error::NameTooLong);
    QCOMPARE(server.lastError().path(), path);
    QVERIFY(!server.listen(QString()));
    QCOMPARE(server.lastError().kind(), Error::InvalidName);
    QCOMPARE(server.lastError().number(), 0);
}

void tst_errors::peerCloseErrorHasPath()
{
    const Watchdog watchdog;
    qlocal::Server server;
    QVERIFY(server.listen(testing::uniqueName()));
    const QString path = server.fullServerName();
    qlocal::Socket client;
    client.connectToServer(path);
    QVERIFY(server.waitForNewConnection(5000));
    delete server.nextSocket();
    QVERIFY(client.waitForDisconnected(5000));
    QCOMPARE(client.lastError().kind(), Error::PeerClosed);
    QCOMPARE(client.lastError().path(), path);
}

void tst_errors::errorIsSetInHandler()
{
    qlocal::Socket socket;
    Error seen;
    connect(&socket, &QLocalSocket::errorOccurred, this, [&] { seen = socket.lastError(); });
    socket.connectToServer("/nowhere/at all");
    QCOMPARE(seen.kind(), Error::NotFound);
    QCOMPARE(seen.path(), QStringLiteral("/nowhere/at all"));
}

void tst_errors::invalidCallKeepsConnection()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("a");
    qlocal::Server server;
    QVERIFY(server.listen(path));
    qlocal::Socket client;
    client.connectToServer(path);
    Error::Kind reported = Error::None;
    connect(&client, &QLocalSocket::errorOccurred, [&] { reported = client.lastError().kind(); });
    client.connectToServer();
    QCOMPARE(reported, Error::InvalidState);
    QCOMPARE(client.lastError().path(), path);
    // As in Qt.
    QCOMPARE(client.error(), QLocalSocket::UnknownSocketError);
    QCOMPARE(client.state(), QLocalSocket::ConnectedState);
    client.abort();
    client.connectToServer(path);
    QVERIFY(!client.lastError());
}

void tst_errors::refusedDescriptorIsReported()
{
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int free = ::fcntl(file, F_DUPFD_CLOEXEC, 100);
    ::close(free);
    qlocal::Socket socket;
    QVERIFY(!socket.setSocketDescriptor(file));
    QCOMPARE(socket.lastError().kind(), Error::Unsupported);
    QCOMPARE(socket.lastError().numberName(), QStringLiteral("ENOTSOCK"));
    QVERIFY(!socket.setSocketDescriptor(free));
    QCOMPARE(socket.lastError().numberName(), QStringLiteral("EBADF"));
    qlocal::Server server;
    QVERIFY(!server.listen(qintptr(file)));
    QCOMPARE(server.lastError().kind(), Error::Unsupported);
    QCOMPARE(server.lastError().numberName(), QStringLiteral("ENOTSOCK"));
    QVERIFY(!server.listen(qintptr(free)));
    QCOMPARE(server.lastError().numberName(), QStringLiteral("EBADF"));
    qlocal::Server another;
    QVERIFY(!another.listen(qintptr(-1)));
    QCOMPARE(another.lastError().kind(), Error::Unsupported);
    QVERIFY(!another.errorString().isEmpty());
    ::close(file);
}

void tst_errors::nextConnectionClearsError()
{
    qlocal::Server server;
    QVERIFY(server.listen(testing::uniqueName()));
    qlocal::Socket socket;
    socket.connectToServer("/nowhere");
    QVERIFY(socket.lastError());
    socket.connectToServer(server.fullServerName());
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    QVERIFY(!socket.lastError());
}

void tst_errors::errorIsGadget()
{
    qlocal::Socket socket;
    socket.connectToServer("/nowhere");
    const Error error = socket.lastError();
    const QMetaObject &type = Error::staticMetaObject;
    const auto read = [&](const char *name) {
        return type.property(type.indexOfProperty(name)).readOnGadget(&error);
    };
    QCOMPARE(read("kind").value<Error::Kind>(), Error::NotFound);
    QCOMPARE(read("operation").toString(), QStringLiteral("connect"));
    QCOMPARE(read("number").toInt(), ENOENT);
    QCOMPARE(read("numberName").toString(), QStringLiteral("ENOENT"));
    QCOMPARE(read("path").toString(), QStringLiteral("/nowhere"));
    QCOMPARE(read("hint").toString(), error.hint());
    QCOMPARE(read("text").toString(), error.text());
    QString printed;
    QDebug(&printed) << error;
    QVERIFY(printed.contains("qlocal::Error(/nowhere: connect: ENOENT"));
    QCOMPARE(QVariant::fromValue(error).value<Error>().path(), error.path());
}

namespace {

QStringList lines;

void writeDown(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    lines.append(QStringLiteral("%1 %2 %3").arg(context.category).arg(type).arg(text));
}

/// The log of a server and a client performing various calls.
QStringList logged()
{
    lines.clear();
    const auto before = qInstallMessageHandler(writeDown);
    {
        qlocal::Server server;
        server.listen(testing::uniqueName("log"));
        qlocal::Socket client;
        client.connectToServer(server.fullServerName());
        client.abort();
        client.connectToServer("/nowhere");
    }
    qInstallMessageHandler(before);
    return lines;
}

} // namespace

void tst_errors::nothingIsLoggedByDefault()
{
    QCOMPARE(logged(), QStringList());
}

void tst_errors::categoriesCanBeEnabled()
{
    QLoggingCategory::setFilterRules("qlocal.*=true");
    const QStringList all = logged();
    QLoggingCategory::setFilterRules("qlocal.server=true");
    const QStringList ofServers = logged();
    QLoggingCategory::setFilterRules(QString());
    QCOMPARE(ofServers.filter("qlocal.server"), ofServers);
    QVERIFY(!ofServers.filter("listens on").isEmpty());
    const QStringList ofSockets = all.filter("qlocal.socket");
    QVERIFY(!ofSockets.filter("Connected").isEmpty());
    const QString warning = QStringLiteral("qlocal.socket %1 ").arg(QtWarningMsg);
    QCOMPARE(ofSockets.filter(warning).filter("ENOENT").size(), 1);
    QCOMPARE(logged(), QStringList());
}

QTEST_GUILESS_MAIN(tst_errors)
#include "tst_errors.moc"
