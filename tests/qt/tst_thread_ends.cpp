// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Threads that end before their sockets and servers, or during traffic.

#include "echo.h"

#include <QtCore/QEventLoop>
#include <QtCore/QFile>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

class tst_ThreadEnds : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void serverThreadEndsUnderTraffic();
    void socketsOutliveTheirThread_data();
    void socketsOutliveTheirThread();
    void serverOutlivesItsThread();
    void threadCanRestart();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// A thread that may be started more than once.
class Repeatable : public QThread
{
public:
    explicit Repeatable(std::function<void()> body) : m_body(std::move(body)) { }

protected:
    void run() override { m_body(); }

private:
    const std::function<void()> m_body;
};

} // namespace

void tst_ThreadEnds::serverThreadEndsUnderTraffic()
{
    auto server = std::make_unique<testing::EchoThread>();
    QLocalSocket client;
    int echoed = 0;
    connect(&client, &QIODevice::readyRead, &client, [&] {
        ++echoed;
        client.write(client.readAll());
    });
    client.connectToServer(server->fullServerName());
    client.write(QByteArray(100000, 'x'));
    QTRY_VERIFY_WITH_TIMEOUT(echoed >= 10, 10000);
    server.reset();
    QTRY_COMPARE_WITH_TIMEOUT(client.state(), QLocalSocket::UnconnectedState, 10000);
}

void tst_ThreadEnds::socketsOutliveTheirThread_data()
{
    QTest::addColumn<bool>("withLoop");
    QTest::newRow("with event loop") << true;
    QTest::newRow("without event loop") << false;
}

void tst_ThreadEnds::socketsOutliveTheirThread()
{
    QFETCH(bool, withLoop);
    testing::EchoThread server;
    std::vector<QLocalSocket *> sockets(5);
    testing::inThread([&] {
        for (QLocalSocket *&socket : sockets) {
            socket = new QLocalSocket;
            socket->connectToServer(server.fullServerName());
            socket->write("left behind");
            socket->flush();
        }
        while (sockets.back()->bytesAvailable() < 11) {
            if (withLoop)
                QEventLoop().processEvents(QEventLoop::WaitForMoreEvents);
            else
                sockets.back()->waitForReadyRead(10000);
        }
    })->wait();
    QCOMPARE(sockets.back()->readAll(), QByteArray("left behind"));
    qDeleteAll(sockets);
}

void tst_ThreadEnds::serverOutlivesItsThread()
{
    QLocalServer *server = nullptr;
    testing::inThread([&] {
        server = new QLocalServer;
        server->listen(testing::uniqueName());
    })->wait();
    const QString path = server->fullServerName();
    QVERIFY(QFile::exists(path));
    delete server;
    QVERIFY(!QFile::exists(path));
}

void tst_ThreadEnds::threadCanRestart()
{
    testing::EchoThread server;
    int answered = 0;
    Repeatable thread(
            [&] { answered += testing::askBlocking(server.fullServerName(), "x") == "x"; });
    for (int run = 1; run <= 3; ++run) {
        thread.start();
        thread.wait();
        QCOMPARE(answered, run);
    }
}

QTEST_GUILESS_MAIN(tst_ThreadEnds)
#include "tst_thread_ends.moc"
