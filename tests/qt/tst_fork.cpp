// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// fork() without exec while sockets are open: a child has copies of them, and using its copies does
// not affect the parent.

#include "echo.h"
#include "forking.h"
#include "pair.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtTest/QtTest>

#include <memory>
#include <optional>
#include <vector>

#include <sys/resource.h>
#include <sys/un.h>

class tst_Fork : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void parentContinues_data();
    void parentContinues();
    void childsUnreadInputDoesNotSpin();
    void childsLoopServesIt();
    void grandchildIsServed();
    void childWaitsWithoutLoop();
    void childServesAfterParentStops_data();
    void childServesAfterParentStops();
    void childForkedInHandlerContinues();
    void childForkedInThreadContinues();
    void childSendsItsWrites();
    void childContinuesConnecting();
#ifdef QLOCAL_DROPIN
    void childClosesParentsDescriptors();
#endif

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

using testing::Child;
using testing::loopFor;
using testing::loopUntil;
using testing::Plain;

/// A pair that static destructors delete, in a child as well.
std::unique_ptr<testing::Pair> pair;

/// Whether this is a child that returns through static destructors.
bool exits = false;

QLocalSocket *adopt(const Plain &plain)
{
    auto *socket = new QLocalSocket;
    socket->setSocketDescriptor(plain.ends[0]);
    testing::echo(socket);
    return socket;
}

bool childsOwnSocketsTalk()
{
    testing::EchoServer server;
    QLocalSocket client;
    client.connectToServer(server.listen(testing::uniqueName("child")) ? server.fullServerName()
                                                                       : "");
    client.write("abc");
    return loopUntil([&] { return client.bytesAvailable() == 3; });
}

double processorTime()
{
    rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec
            + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

} // namespace

#ifdef __SANITIZE_ADDRESS__
/// LeakSanitizer in a child does not see what the other threads of its parent refer to, and would
/// report that as leaks.
extern "C" int __lsan_is_turned_off()
{
    return exits;
}
#endif

void tst_Fork::parentContinues_data()
{
    QTest::addColumn<std::function<bool()>>("child");
    using Body = std::function<bool()>;
    const auto row = [](const char *name, Body body) { QTest::newRow(name) << body; };
    row("deletes its copies", [] {
        pair.reset();
        return true;
    });
    row("aborts", [] {
        pair->client->abort();
        pair->accepted->abort();
        return true;
    });
    row("disconnects", [] {
        pair->client->disconnectFromServer();
        pair->accepted->close();
        loopFor(10);
        return true;
    });
    row("runs a loop", [] {
        loopFor(50);
        return true;
    });
    row("deletes after a loop", [] {
        loopFor(20);
        pair.reset();
        loopFor(20);
        return true;
    });
    row("returns through static destructors", []() -> bool {
        exits = true;
        std::exit(0);
    });
    row("creates its own sockets", [] { return childsOwnSocketsTalk(); });
    row("deletes, then creates its own sockets", [] {
        pair.reset();
        return childsOwnSocketsTalk();
    });
    row("has a child that deletes", [] {
        Child child([] {
            loopFor(10);
            pair.reset();
            return childsOwnSocketsTalk();
        });
        return child.wait() && childsOwnSocketsTalk();
    });
    row("execs", [] { return ::execl("/bin/true", "true", nullptr) == 0; });
    row("limits its reading", [] {
        pair->client->setReadBufferSize(1);
        pair->accepted->setReadBufferSize(1);
        loopFor(20);
        return true;
    });
}

void tst_Fork::parentContinues()
{
    QFETCH(const std::function<bool()>, child);
    pair = std::make_unique<testing::Pair>();
    QVERIFY(pair->open());
    testing::echo(pair->accepted);
    int echoed = 0;
    connect(pair->client, &QIODevice::readyRead, pair->client,
            [&] { echoed += int(pair->client->readAll().size()); });
    pair->client->write("1");
    QVERIFY(loopUntil([&] { return echoed == 1; }));

    Child process(child);
    // Meanwhile the parent serves nothing, so that only one of them takes each byte.
    QVERIFY(process.wait());
    for (int round = 2; round < 5; ++round) {
        pair->client->write("x");
        QVERIFY(loopUntil([&] { return echoed == round; }));
    }
    // Deleting a copy of the server removes the file.
    if (QFile::exists(pair->server->fullServerName())) {
        QLocalSocket late;
        late.connectToServer(pair->server->fullServerName());
        QVERIFY(late.waitForConnected(5000) && pair->server->waitForNewConnection(5000));
    }
    pair.reset();
}

void tst_Fork::childsUnreadInputDoesNotSpin()
{
    testing::Pair here;
    QVERIFY(here.open());
    int ends[2];
    QCOMPARE(::pipe(ends), 0);
    Child child([&] {
        Plain plain;
        std::unique_ptr<QLocalSocket> socket(adopt(plain));
        socket->setReadBufferSize(1);
        plain.send("0123456789");
        QLocalSocket second;
        Plain other;
        second.setSocketDescriptor(other.ends[0]);
        other.send("unread");
        char byte = 0;
        ::close(ends[1]);
        // Until the parent is done.
        return ::read(ends[0], &byte, 1) == 0;
    });
    loopFor(50);
    const double before = processorTime();
    loopFor(400);
    const double used = processorTime() - before;
    ::close(ends[1]);
    ::close(ends[0]);
    QVERIFY(child.wait());
    // A busy loop would use most of its time.
    QVERIFY2(used < 0.2, qPrintable(QString::number(used)));
}

void tst_Fork::childsLoopServesIt()
{
    Plain plain;
    std::unique_ptr<QLocalSocket> socket(adopt(plain));
    std::vector<std::unique_ptr<Plain>> others;
    std::vector<std::unique_ptr<QLocalSocket>> sockets;
    for (int index = 0; index < 10; ++index) {
        others.push_back(std::make_unique<Plain>());
        sockets.emplace_back(adopt(*others.back()));
    }
    loopFor(5);
    Child child([&] {
        bool ended = false;
        connect(socket.get(), &QLocalSocket::readyRead, socket.get(), [&] { ended = true; });
        return loopUntil([&] { return ended; }) && (loopFor(10), true);
    });
    // This process serves nothing: each answer is the child's.
    for (const auto &other : others)
        QVERIFY(other->answers());
    QVERIFY(plain.answers("end"));
    QVERIFY(child.wait());
    // And now each is the parent's.
    for (const auto &other : others) {
        QVERIFY(other->send("again"));
        loopFor(5);
        QCOMPARE(other->receive(), QByteArray("again"));
    }
}

void tst_Fork::grandchildIsServed()
{
    Plain plain;
    std::unique_ptr<QLocalSocket> socket(adopt(plain));
    loopFor(5);
    Child child([&] {
        if (!loopUntil([&] { return socket->bytesAvailable() == 0; }))
            return false;
        Child grandchild([&] {
            bool ended = false;
            connect(socket.get(), &QLocalSocket::readyRead, socket.get(), [&] { ended = true; });
            return loopUntil([&] { return ended; }) && (loopFor(10), true);
        });
        return grandchild.wait();
    });
    QVERIFY(plain.answers());
    QVERIFY(child.wait());
    QVERIFY(plain.send("parent"));
    loopFor(5);
    QCOMPARE(plain.receive(), QByteArray("parent"));
}

void tst_Fork::childWaitsWithoutLoop()
{
    Plain plain;
    QLocalSocket socket;
    socket.setSocketDescriptor(plain.ends[0]);
    loopFor(5);
    Child child([&] {
        return socket.waitForReadyRead(20000) && socket.write(socket.readAll()) > 0
                && socket.waitForBytesWritten(20000);
    });
    QVERIFY(plain.answers());
    QVERIFY(child.wait());
    QVERIFY(plain.send("parent"));
    QVERIFY(loopUntil([&] { return socket.bytesAvailable() == 6; }));
}

void tst_Fork::childServesAfterParentStops_data()
{
    QTest::addColumn<bool>("runsDestructors");
    QTest::newRow("the parent ends at once") << false;
    QTest::newRow("the parent closes its sockets") << true;
}

void tst_Fork::childServesAfterParentStops()
{
    QFETCH(const bool, runsDestructors);
    Plain plain;
    Plain second;
    // Like a daemon: the process that opened the sockets ends, its child keeps using them.
    Child starter([&] {
        std::unique_ptr<QLocalSocket> socket(adopt(plain));
        loopFor(5);
        std::fflush(nullptr);
        if (::fork() == 0) {
            ::alarm(60);
            ::close(plain.ends[1]);
            std::unique_ptr<QLocalSocket> later;
            bool ended = false;
            connect(socket.get(), &QLocalSocket::disconnected, socket.get(), [&] { ended = true; });
            later.reset(adopt(second));
            loopUntil([&] { return ended; });
            ::_exit(0);
        }
        if (runsDestructors) {
            socket.reset();
            loopFor(5);
        }
        return true;
    });
    ::close(plain.ends[0]);
    QVERIFY(starter.wait());
    for (int round = 0; round < 3; ++round)
        QVERIFY(plain.answers());
    QVERIFY(second.answers());
    ::close(second.ends[0]);
}

void tst_Fork::childForkedInHandlerContinues()
{
    // All of them are ready at once, and the first handler forks the child.
    std::vector<std::unique_ptr<Plain>> plains;
    std::vector<std::unique_ptr<QLocalSocket>> sockets;
    std::optional<bool> succeeded;
    bool isChild = false;
    int handled = 0;
    for (int index = 0; index < 5; ++index) {
        plains.push_back(std::make_unique<Plain>());
        auto *socket = sockets.emplace_back(adopt(*plains.back())).get();
        connect(socket, &QIODevice::readyRead, socket, [&, socket] {
            ++handled;
            if (handled > 1 || isChild)
                return;
            std::fflush(nullptr);
            const pid_t pid = ::fork();
            if (pid == 0) {
                ::alarm(60);
                isChild = true;
                return;
            }
            int status = -1;
            ::waitpid(pid, &status, 0);
            succeeded = status == 0;
        });
    }
    for (const auto &plain : plains)
        QVERIFY(plain->send("one"));
    const bool done = loopUntil([&] { return succeeded || (isChild && handled == 5); });
    if (isChild) {
        // Bytes written by the child are sent at the end of its turn.
        loopFor(20);
        ::_exit(done ? 0 : 1);
    }
    QVERIFY(done);
    QVERIFY(succeeded.value_or(false));
    loopFor(20);
    // Bytes taken by the child are not here; the parent continues with the next ones.
    for (const auto &plain : plains) {
        QVERIFY(plain->send("two"));
        loopFor(5);
        QByteArray all;
        while (!all.endsWith("two")) {
            const QByteArray next = plain->receive();
            QVERIFY(!next.isEmpty());
            all += next;
        }
    }
}

void tst_Fork::childForkedInThreadContinues()
{
    Plain plain;
    bool succeeded = false;
    QThread *thread = QThread::create([&] {
        std::unique_ptr<QLocalSocket> socket(adopt(plain));
        loopFor(5);
        {
            Child child([&] {
                bool ended = false;
                connect(socket.get(), &QIODevice::readyRead, socket.get(), [&] { ended = true; });
                return loopUntil([&] { return ended; }) && (loopFor(10), true)
                        && childsOwnSocketsTalk();
            });
            succeeded = plain.answers() && child.wait();
        }
        QEventLoop loop;
        connect(socket.get(), &QIODevice::readyRead, &loop, &QEventLoop::quit,
                Qt::QueuedConnection);
        plain.send("parent");
        loop.exec();
    });
    thread->start();
    QVERIFY(thread->wait());
    delete thread;
    QVERIFY(succeeded);
    QCOMPARE(plain.receive(), QByteArray("parent"));
}

void tst_Fork::childSendsItsWrites()
{
    Plain plain;
    QLocalSocket socket;
    socket.setSocketDescriptor(plain.ends[0]);
    loopFor(5);
    Child child([&] {
        socket.write("child");
        socket.flush();
        return true;
    });
    QVERIFY(child.wait());
    QCOMPARE(plain.receive(), QByteArray("child"));
    socket.write("parent");
    loopFor(5);
    QCOMPARE(plain.receive(), QByteArray("parent"));
}

void tst_Fork::childContinuesConnecting()
{
    const QString name = QDir::tempPath() + '/' + testing::uniqueName("full");
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address {};
    address.sun_family = AF_UNIX;
    qstrncpy(address.sun_path, QFile::encodeName(name).constData(), sizeof address.sun_path);
    QCOMPARE(::bind(listener, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
    QCOMPARE(::listen(listener, 0), 0);
    QLocalSocket first;
    first.connectToServer(name);
    QCOMPARE(first.state(), QLocalSocket::ConnectedState);
    QLocalSocket second;
    second.connectToServer(name);
    QCOMPARE(second.state(), QLocalSocket::ConnectingState);
    loopFor(5);
    Child child([&] {
        return loopUntil([&] { return second.state() == QLocalSocket::ConnectedState; });
    });
    const int accepted = ::accept(listener, nullptr, nullptr);
    QVERIFY(accepted >= 0);
    // The parent does not try meanwhile.
    QVERIFY(child.wait());
    ::close(accepted);
    ::close(listener);
    QFile::remove(name);
}

#ifdef QLOCAL_DROPIN
void tst_Fork::childClosesParentsDescriptors()
{
    const auto pollers = [] {
        int count = 0;
        for (const QFileInfo &link :
             QDir("/proc/self/fd").entryInfoList(QDir::System | QDir::Files))
            count += link.symLinkTarget().contains("eventpoll");
        return count;
    };
    testing::Pair here;
    QVERIFY(here.open());
    loopFor(5);
    QCOMPARE(pollers(), 1);
    Child child([&] {
        loopFor(20);
        return pollers() == 1;
    });
    QVERIFY(child.wait());
}
#endif

QTEST_GUILESS_MAIN(tst_Fork)
#include "tst_fork.moc"
