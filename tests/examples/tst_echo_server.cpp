// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The program in README.md answers clients of either implementation, whichever it uses itself.

#include "testing.h"

#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

class tst_EchoServer : public QObject
{
    Q_OBJECT

private slots:
    void everyByteComesBack_data();
    void everyByteComesBack();
};

void tst_EchoServer::everyByteComesBack_data()
{
    QTest::addColumn<QString>("program");
    QTest::newRow("qlocal") << ECHO_SERVER;
    QTest::newRow("stock") << ECHO_SERVER_STOCK;
}

void tst_EchoServer::everyByteComesBack()
{
    const testing::Watchdog watchdog;
    QFETCH(QString, program);
    const QTemporaryDir folder;
    QVERIFY(folder.isValid());
    QProcess server;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("TMPDIR", folder.path());
    server.setProcessEnvironment(environment);
    server.start(program, QStringList());

    QLocalSocket client;
    QTRY_VERIFY((client.connectToServer(folder.filePath("echo")), client.waitForConnected(0)));
    const QByteArray sent = QByteArray("0123456789").repeated(100'000);
    client.write(sent);
    QByteArray received;
    while (received.size() < sent.size()) {
        QVERIFY2(client.waitForReadyRead(5000), qPrintable(client.errorString()));
        received += client.readAll();
    }
    QCOMPARE(received, sent);
    server.kill();
    QVERIFY(server.waitForFinished());
}

QTEST_GUILESS_MAIN(tst_EchoServer)
#include "tst_echo_server.moc"
