// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: server names, the abstract namespace, and enums in debug output and string-based
// connects.

#include "recorder.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <optional>

using testing::uniqueName;

class tst_SocketNames : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void serverNameIsKnownBeforeConnecting();
    void plainNameIsInTempFolder();
    void leadingSlashMakesPath();
    void acceptedSocketHasServersNames();
    void namesAreEmptyAfterEnd_data();
    void namesAreEmptyAfterEnd();
    void namesAreEmptyAfterFailure();
    void nameIsFixedWhileConnected();
    void optionsAreFixedWhileConnected();
    void optionsAreBindable();

    void abstractNameIsTakenAsGiven_data();
    void abstractNameIsTakenAsGiven();
    void abstractNameOf106BytesConnects();
    void abstractNameOf107BytesIsInvalid();
    void missingAbstractNameIsRefused();
    void abstractNameAndFileAreDistinct();

    void enumsPrintTheirNames();
    void stringConnectsFindSignals();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_SocketNames::serverNameIsKnownBeforeConnecting()
{
    QLocalSocket socket;
    const QString name = uniqueName();
    socket.setServerName(name);
    QCOMPARE(socket.serverName(), name);
    QCOMPARE(socket.fullServerName(), QString());
}

void tst_SocketNames::plainNameIsInTempFolder()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    pair.client->connectToServer(pair.server->serverName());
    QCOMPARE(pair.client->fullServerName(), QDir::tempPath() + u'/' + pair.server->serverName());
}

void tst_SocketNames::leadingSlashMakesPath()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("name");
    QLocalServer server;
    QVERIFY(server.listen(path));
    QLocalSocket socket;
    socket.connectToServer(path);
    QCOMPARE(socket.serverName(), path);
    QCOMPARE(socket.fullServerName(), path);
}

void tst_SocketNames::acceptedSocketHasServersNames()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QCOMPARE(pair.accepted->serverName(), pair.server->serverName());
    QCOMPARE(pair.accepted->fullServerName(), pair.server->fullServerName());
}

void tst_SocketNames::namesAreEmptyAfterEnd_data()
{
    QTest::addColumn<int>("how");
    QTest::newRow("abort") << 0;
    QTest::newRow("close") << 1;
    QTest::newRow("disconnectFromServer") << 2;
    QTest::newRow("peer closes") << 3;
}

void tst_SocketNames::namesAreEmptyAfterEnd()
{
    QFETCH(int, how);
    testing::Wire wire;
    QVERIFY(!wire.socket->fullServerName().isEmpty());
    if (how == 0)
        wire.socket->abort();
    else if (how == 1)
        wire.socket->close();
    else if (how == 2)
        wire.socket->disconnectFromServer();
    else
        wire.closePeer();
    QVERIFY(testing::turnUntil(
            [&] { return wire.socket->state() == QLocalSocket::UnconnectedState; }));
    QCOMPARE(wire.socket->serverName(), QString());
    QCOMPARE(wire.socket->fullServerName(), QString());
    QCOMPARE(wire.socket->socketDescriptor(), qintptr(-1));
}

void tst_SocketNames::namesAreEmptyAfterFailure()
{
    QLocalSocket socket;
    socket.connectToServer(uniqueName());
    QCOMPARE(socket.serverName(), QString());
    QCOMPARE(socket.fullServerName(), QString());
}

void tst_SocketNames::nameIsFixedWhileConnected()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const QString name = pair.client->serverName();
    QTest::ignoreMessage(QtWarningMsg,
                         "QLocalSocket::setServerName() called while not in unconnected state");
    pair.client->setServerName(uniqueName());
    QCOMPARE(pair.client->serverName(), name);
}

void tst_SocketNames::optionsAreFixedWhileConnected()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QTest::ignoreMessage(QtWarningMsg,
                         "QLocalSocket::setSocketOptions() called while not in unconnected state");
    pair.client->setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    QCOMPARE(pair.client->socketOptions(), QLocalSocket::SocketOptions(QLocalSocket::NoOptions));
}

void tst_SocketNames::optionsAreBindable()
{
    QLocalSocket socket;
    QProperty<QLocalSocket::SocketOptions> source(QLocalSocket::NoOptions);
    socket.bindableSocketOptions().setBinding([&] { return source.value(); });
    int changes = 0;
    auto notifier = socket.bindableSocketOptions().addNotifier([&] { ++changes; });
    source = QLocalSocket::AbstractNamespaceOption;
    QCOMPARE(socket.socketOptions(),
             QLocalSocket::SocketOptions(QLocalSocket::AbstractNamespaceOption));
    QCOMPARE(changes, 1);
}

void tst_SocketNames::abstractNameIsTakenAsGiven_data()
{
    QTest::addColumn<QString>("prefix");
    QTest::addColumn<QString>("suffix");
    QTest::newRow("plain") << ""
                           << "";
    QTest::newRow("leading slash") << "/"
                                   << "";
    QTest::newRow("trailing NUL") << "" << QString(QChar(0));
    QTest::newRow("NUL inside") << "" << QString(QChar(0)) + "x";
    QTest::newRow("two bytes in UTF-8") << "" << QString::fromUtf8("ü");
}

void tst_SocketNames::abstractNameIsTakenAsGiven()
{
    QFETCH(QString, prefix);
    QFETCH(QString, suffix);
    const QString name = prefix + uniqueName() + suffix;
    QLocalServer server;
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(server.listen(name));
    QLocalSocket socket;
    socket.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    socket.connectToServer(name);
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    QCOMPARE(socket.serverName(), name);
    QCOMPARE(socket.fullServerName(), name);
    QFile table("/proc/net/unix");
    QVERIFY(table.open(QIODevice::ReadOnly));
    QVERIFY(table.readAll().contains(" @" + name.toUtf8().replace('\0', '@') + "\n"));
}

void tst_SocketNames::abstractNameOf106BytesConnects()
{
    const QString name = uniqueName().leftJustified(106, u'n');
    QLocalServer server;
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(server.listen(name));
    QLocalSocket socket;
    socket.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    socket.connectToServer(name);
    QCOMPARE(socket.fullServerName(), name);
}

void tst_SocketNames::abstractNameOf107BytesIsInvalid()
{
    QLocalSocket socket;
    socket.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    socket.connectToServer(uniqueName().leftJustified(107, u'n'));
    QCOMPARE(socket.error(), QLocalSocket::ServerNotFoundError);
}

void tst_SocketNames::missingAbstractNameIsRefused()
{
    QLocalSocket socket;
    socket.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    socket.connectToServer(uniqueName());
    QCOMPARE(socket.error(), QLocalSocket::ConnectionRefusedError);
}

void tst_SocketNames::abstractNameAndFileAreDistinct()
{
    const QString name = uniqueName();
    QLocalServer server;
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(server.listen(name));
    QLocalSocket socket;
    socket.connectToServer(name);
    QCOMPARE(socket.error(), QLocalSocket::ServerNotFoundError);
}

void tst_SocketNames::enumsPrintTheirNames()
{
    const auto printed = [](auto value) {
        QString text;
        QDebug(&text).nospace() << value;
        return text;
    };
    QCOMPARE(printed(QLocalSocket::ConnectedState), QStringLiteral("QLocalSocket::ConnectedState"));
    QCOMPARE(printed(QLocalSocket::ClosingState), QStringLiteral("QLocalSocket::ClosingState"));
    QCOMPARE(printed(QLocalSocket::PeerClosedError),
             QStringLiteral("QLocalSocket::PeerClosedError"));
    QCOMPARE(printed(QLocalSocket::UnknownSocketError),
             QStringLiteral("QLocalSocket::UnknownSocketError"));
    QCOMPARE(printed(QLocalSocket::LocalSocketError(20)),
             QStringLiteral("QLocalSocket::SocketError(20)"));
    QCOMPARE(printed(QLocalSocket::LocalSocketState(1)),
             QStringLiteral("QLocalSocket::SocketState(1)"));
}

void tst_SocketNames::stringConnectsFindSignals()
{
    QLocalSocket socket;
    QSignalSpy errors(&socket, SIGNAL(errorOccurred(QLocalSocket::LocalSocketError)));
    QSignalSpy states(&socket, SIGNAL(stateChanged(QLocalSocket::LocalSocketState)));
    QVERIFY(errors.isValid());
    QVERIFY(states.isValid());
    socket.connectToServer(uniqueName());
    QCOMPARE(errors.size(), 1);
    QCOMPARE(errors.first().first().value<QLocalSocket::LocalSocketError>(),
             QLocalSocket::ServerNotFoundError);
    QCOMPARE(states.size(), 2);
    QCOMPARE(states.last().first().value<QLocalSocket::LocalSocketState>(),
             QLocalSocket::UnconnectedState);
}

QTEST_GUILESS_MAIN(tst_SocketNames)
#include "tst_socket_names.moc"
