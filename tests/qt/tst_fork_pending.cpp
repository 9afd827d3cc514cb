// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Unsent bytes when the process forks, servers shared by processes, and programs started while
// sockets are open.

#include "echo.h"
#include "forking.h"
#include "pair.h"

#include <QtCore/QProcess>
#include <QtTest/QtTest>

#include <functional>
#include <memory>
#include <optional>

#include <sys/un.h>

class tst_ForkPending : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void eachProcessSendsUnsentBytes_data();
    void eachProcessSendsUnsentBytes();
    void exitingChildSendsNothing();
    void serverSurvivesChildsClose();
#ifdef QLOCAL_DROPIN // in stock Qt a process that loses the race blocks in accept
    void processesCanShareListener();
#endif
    void programStartsWithLiveSockets();
    void programInheritsNoSocket();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

using testing::Child;
using testing::loopFor;
using testing::loopUntil;
using testing::Plain;

void tst_ForkPending::eachProcessSendsUnsentBytes_data()
{
    using Body = std::function<bool(QLocalSocket *)>;
    QTest::addColumn<Body>("child");
    QTest::addColumn<int>("copies");
    const auto row = [](const char *name, int copies, Body body) {
        QTest::newRow(name) << body << copies;
    };
    row("the child ends", 1, [](QLocalSocket *) { return true; });
    row("the child aborts", 1, [](QLocalSocket *socket) {
        socket->abort();
        return true;
    });
    row("the child flushes", 2, [](QLocalSocket *socket) { return socket->flush(); });
    row("the child waits", 2,
        [](QLocalSocket *socket) { return socket->waitForBytesWritten(5000); });
    row("the child loops", 2, [](QLocalSocket *socket) {
        return loopUntil([=] { return socket->bytesToWrite() == 0; });
    });
}

void tst_ForkPending::eachProcessSendsUnsentBytes()
{
    QFETCH(const std::function<bool(QLocalSocket *)>, child);
    QFETCH(const int, copies);
    Plain plain;
    QLocalSocket socket;
    QVERIFY(socket.setSocketDescriptor(plain.ends[0]));
    socket.write("abc");
    Child process([&] { return child(&socket); });
    QVERIFY(process.wait());
    QVERIFY(loopUntil([&] { return socket.bytesToWrite() == 0; }));
    socket.write(".");
    QVERIFY(loopUntil([&] { return socket.bytesToWrite() == 0; }));
    QByteArray received;
    while (!received.endsWith('.')) {
        const QByteArray part = plain.receive();
        QVERIFY(!part.isEmpty());
        received += part;
    }
    QCOMPARE(received, QByteArray("abc").repeated(copies) + '.');
}

void tst_ForkPending::exitingChildSendsNothing()
{
    Plain plain;
    QLocalSocket socket;
    QVERIFY(socket.setSocketDescriptor(plain.ends[0]));
    // The peer does not read, so most of it stays in the process.
    const QByteArray stream = testing::streamOf(2'000'000);
    QCOMPARE(socket.write(stream), stream.size());
    loopFor(5);
    QVERIFY(socket.bytesToWrite() > 0);
    Child child([&] {
        loopFor(20);
        return socket.bytesToWrite() > 0;
    });
    QVERIFY(child.wait());
    const auto reader = testing::inThread([&] {
        QByteArray received;
        while (received.size() < stream.size()) {
            const QByteArray part = plain.receive();
            if (part.isEmpty())
                break;
            received += part;
        }
        plain.ok = plain.ok && received == stream;
    });
    QVERIFY(loopUntil([&] { return socket.bytesToWrite() == 0; }));
    reader->wait();
    QVERIFY(plain.ok);
}

void tst_ForkPending::serverSurvivesChildsClose()
{
    testing::EchoServer server;
    // A name without a file, so that removal by the child does not matter.
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    const QString name = testing::uniqueName("abstract");
    QVERIFY(server.listen(name));
    loopFor(5);
    Child child([&] {
        server.close();
        loopFor(10);
        return !server.isListening();
    });
    QVERIFY(child.wait());
    QLocalSocket client;
    client.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    client.connectToServer(name);
    QVERIFY(client.waitForConnected(5000));
    client.write("ping");
    QVERIFY(loopUntil([&] { return client.bytesAvailable() == 4; }));
}

#ifdef QLOCAL_DROPIN
void tst_ForkPending::processesCanShareListener()
{
    testing::EchoServer server;
    QVERIFY(server.listen(testing::uniqueName("shared")));
    int ends[2];
    QCOMPARE(::pipe(ends), 0);
    const auto work = [&] {
        ::close(ends[1]);
        const auto isOver = [&] {
            pollfd pipe = { ends[0], POLLIN, 0 };
            return ::poll(&pipe, 1, 0) == 1;
        };
        return loopUntil(isOver, 50000) && server.isListening();
    };
    Child first(work), second(work), third(work);
    ::close(ends[0]);
    sockaddr_un address {};
    address.sun_family = AF_UNIX;
    qstrncpy(address.sun_path, qPrintable(server.fullServerName()), sizeof address.sun_path);
    // Each connection wakes all of them.
    int answered = 0;
    for (int count = 0; count < 200; ++count) {
        Plain plain;
        ::close(plain.ends[0]);
        ::close(plain.ends[1]);
        plain.ends[1] = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const auto *name = reinterpret_cast<const sockaddr *>(&address);
        answered += ::connect(plain.ends[1], name, sizeof address) == 0 && plain.answers();
    }
    QCOMPARE(answered, 200);
    ::close(ends[1]);
    QVERIFY(first.wait() && second.wait() && third.wait());
}
#endif

void tst_ForkPending::programStartsWithLiveSockets()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    testing::echo(pair.accepted);
    QByteArray answer;
    connect(pair.client, &QIODevice::readyRead, pair.client,
            [&] { answer += pair.client->readAll(); });
    const QByteArray stream = testing::streamOf(500'000);
    pair.client->write(stream);
    QProcess program;
    program.start("cat", QStringList());
    program.write("through the program");
    program.closeWriteChannel();
    QVERIFY(loopUntil([&] {
        return answer.size() == stream.size() && program.state() == QProcess::NotRunning;
    }));
    QCOMPARE(answer, stream);
    QCOMPARE(program.readAll(), QByteArray("through the program"));
}

void tst_ForkPending::programInheritsNoSocket()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    loopFor(5);
    QProcess program;
    program.start("sh", { "-c", "for fd in /proc/self/fd/*; do readlink $fd; done" });
    QVERIFY(program.waitForFinished(20000));
    const QByteArray open = program.readAll();
    QVERIFY(open.contains("pipe:"));
    QVERIFY2(!open.contains("socket:") && !open.contains("eventpoll"), open.constData());
}

QTEST_GUILESS_MAIN(tst_ForkPending)
#include "tst_fork_pending.moc"
