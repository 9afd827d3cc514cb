// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The program in docs/staying-connected.md meets servers that come and go.

#include "testing.h"

#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <memory>

class tst_StayConnected : public QObject
{
    Q_OBJECT

private slots:
    void clientMeetsEachServer();
};

void tst_StayConnected::clientMeetsEachServer()
{
    const testing::Watchdog watchdog;
    const QTemporaryDir folder;
    QVERIFY(folder.isValid());
    QProcess client;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("XDG_RUNTIME_DIR", folder.path());
    environment.remove("FLATPAK_ID");
    client.setProcessEnvironment(environment);
    client.start(STAY_CONNECTED, QStringList());
    QByteArray output;
    const auto has = [&](const QByteArray &text) {
        output += client.readAllStandardOutput();
        return output.contains(text);
    };
    QTRY_VERIFY(has("waiting for the server\n"));
    for (const QByteArray answer : { "one\n", "two\n" }) {
        QLocalServer server;
        QVERIFY(server.listen(folder.filePath("greeter")));
        QTRY_VERIFY(server.hasPendingConnections());
        QLocalSocket *peer = server.nextPendingConnection();
        QTRY_COMPARE(peer->peek(100), QByteArray("hello\n"));
        peer->write(answer);
        QTRY_VERIFY(has(answer));
    }
    client.kill();
    QVERIFY(client.waitForFinished());
}

QTEST_GUILESS_MAIN(tst_StayConnected)
#include "tst_stay_connected.moc"
