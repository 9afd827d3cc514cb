// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Many processes that communicate through one server.

#include "places.h"
#include "testing.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <optional>
#include <vector>

using namespace interop;

class tst_InteropProcesses : public QObject
{
    Q_OBJECT

private slots:
    void thirtyProcessesShareOneServer_data();
    void thirtyProcessesShareOneServer();
};

void tst_InteropProcesses::thirtyProcessesShareOneServer_data()
{
    QTest::addColumn<int>("server");
    QTest::addColumn<int>("evenClients");
    QTest::addColumn<int>("oddClients");
    for (int server : { 0, 1 }) {
        const char *name = flavours[server].name;
        QTest::addRow("%s server, qlocal clients", name) << server << 0 << 0;
        QTest::addRow("%s server, stock clients", name) << server << 1 << 1;
        QTest::addRow("%s server, clients of both kinds", name) << server << 0 << 1;
    }
}

void tst_InteropProcesses::thirtyProcessesShareOneServer()
{
    const testing::Watchdog watchdog;
    QFETCH(int, server);
    QFETCH(int, evenClients);
    QFETCH(int, oddClients);
    constexpr int parties = 30;
    const QTemporaryDir folder;
    QVERIFY(folder.isValid());
    const QString path = folder.filePath("ring");
    HostInProcess service(flavours[server], path);
    std::vector<std::unique_ptr<QProcess>> clients;
    for (int i = 0; i < parties; ++i) {
        const Flavour &flavour = flavours[i % 2 == 0 ? evenClients : oddClients];
        clients.push_back(std::make_unique<QProcess>());
        clients.back()->start(QString::fromLocal8Bit(flavour.program),
                              { "relay", path, QString::number(i), QString::number(parties),
                                "1000000" });
    }
    for (const auto &client : clients) {
        QVERIFY(client->waitForFinished(30000));
        QCOMPARE(client->readAllStandardError(), QByteArray());
        QCOMPARE(client->exitStatus(), QProcess::NormalExit);
        QCOMPARE(client->exitCode(), 0);
    }
    QCOMPARE(flavours[server].side.census(path, parties), QString());
}

QTEST_GUILESS_MAIN(tst_InteropProcesses)
#include "tst_interop_processes.moc"
