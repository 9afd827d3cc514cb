// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The program in docs/keeping-a-name.md loses its name, and is followed by another instance.

#include "testing.h"

#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

class tst_Successor : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void lostNameIsRegained();
    void newerInstanceTakesOver();

private:
    void start(QProcess &server);

    QTemporaryDir m_folder;
};

void tst_Successor::init()
{
    QVERIFY(m_folder.isValid());
}

void tst_Successor::start(QProcess &server)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("XDG_RUNTIME_DIR", m_folder.path());
    environment.remove("FLATPAK_ID");
    server.setProcessEnvironment(environment);
    server.start(SUCCESSOR, QStringList());
    QTRY_COMPARE(server.peek(100), QByteArray("listens\n"));
}

void tst_Successor::lostNameIsRegained()
{
    const testing::Watchdog watchdog;
    QProcess server;
    start(server);
    QVERIFY(QFile::remove(m_folder.filePath("greeter")));
    const QByteArray expected("listens\nlost the name: Removed\nhas the name again\n");
    QTRY_COMPARE(server.peek(1000), expected);
    QLocalSocket client;
    client.connectToServer(m_folder.filePath("greeter"));
    QTRY_COMPARE(client.peek(100), QByteArray("hello\n"));
    server.kill();
    QVERIFY(server.waitForFinished());
}

void tst_Successor::newerInstanceTakesOver()
{
    const testing::Watchdog watchdog;
    QProcess older;
    start(older);
    QProcess newer;
    start(newer);
    QVERIFY(older.state() == QProcess::NotRunning || older.waitForFinished());
    QCOMPARE(older.exitCode(), 0);
    QLocalSocket client;
    client.connectToServer(m_folder.filePath("greeter"));
    QTRY_COMPARE(client.peek(100), QByteArray("hello\n"));
    newer.kill();
    QVERIFY(newer.waitForFinished());
}

QTEST_GUILESS_MAIN(tst_Successor)
#include "tst_successor.moc"
