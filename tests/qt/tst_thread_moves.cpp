// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// moveToThread of connected sockets: nothing is lost and nothing announced twice.

#include "echo.h"
#include "pair.h"

#include <QtCore/QMutex>
#include <QtCore/QScopeGuard>
#include <QtCore/QThread>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

#include <atomic>
#include <memory>
#include <optional>

class tst_ThreadMoves : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void idleSocketWorksInNewThread();
    void bytesBeforeMoveAreAnnounced();
    void announcedBytesAreNotAnnouncedAgain();
    void unreadBytesMoveWithSocket();
    void unsentBytesAreSentInNewThread();
    void peerCloseBeforeMoveIsSeenOnce();
    void streamSurvivesOutsideMove();
    void streamSurvivesPostedMoves();
#ifdef QLOCAL_DROPIN // stock Qt stalls, sometimes when reading, always when sending
    void streamSurvivesMovesInHandler();
    void senderSurvivesMovesInHandler();
#endif
    void movedSocketCanBlock();
    void socketCanMoveBack();

private:
    /// Moves the pair's client back into this thread, where it can be inspected and deleted.
    void bringBack(testing::Pair &pair)
    {
        QThread *home = thread();
        if (pair.client->thread() != home)
            testing::inside(*pair.client->thread(), [&] { pair.client->moveToThread(home); });
    }
    auto movedBackAtEnd(testing::Pair &pair)
    {
        return qScopeGuard([&] { bringBack(pair); });
    }

    std::optional<testing::Watchdog> m_watchdog;
    QThread m_first;
    QThread m_second;
};

namespace {

/// Records a socket's signals with their thread; the notes are shared, since its disconnect may be
/// announced after the collector is gone.
class Collector
{
public:
    explicit Collector(QLocalSocket *socket)
    {
        QObject::connect(socket, &QIODevice::readyRead, socket, [notes = m_notes, socket] {
            const QByteArray bytes = socket->readAll();
            const QMutexLocker lock(&notes->mutex);
            notes->bytes += bytes;
            notes->threads.insert(QThread::currentThread());
            if (bytes.isEmpty() || QThread::currentThread() != socket->thread())
                ++notes->wrong;
        });
        QObject::connect(socket, &QLocalSocket::disconnected, socket, [notes = m_notes] {
            const QMutexLocker lock(&notes->mutex);
            ++notes->disconnected;
        });
    }

    QByteArray bytes() const { return locked(m_notes->bytes); }
    qsizetype size() const { return locked(m_notes->bytes).size(); }
    QSet<QThread *> threads() const { return locked(m_notes->threads); }
    int disconnected() const { return locked(m_notes->disconnected); }
    /// The number of announcements of bytes announced before, or in a thread that is not the
    /// socket's.
    int wrong() const { return locked(m_notes->wrong); }

private:
    struct Notes
    {
        QMutex mutex;
        QByteArray bytes;
        QSet<QThread *> threads;
        int wrong = 0;
        int disconnected = 0;
    };

    template<typename T>
    T locked(const T &value) const
    {
        const QMutexLocker lock(&m_notes->mutex);
        return value;
    }

    const std::shared_ptr<Notes> m_notes = std::make_shared<Notes>();
};

const QByteArray stream = testing::streamOf(1 << 20);

/// Sends the stream in pieces of odd sizes, the next once the last has been accepted.
void sendStream(QLocalSocket *socket)
{
    auto sent = std::make_shared<qsizetype>(0);
    const auto next = [=] {
        if (*sent < stream.size() && socket->bytesToWrite() == 0)
            *sent += socket->write(stream.mid(*sent, 1777));
    };
    QObject::connect(socket, &QIODevice::bytesWritten, socket, next);
    next();
}

} // namespace

void tst_ThreadMoves::init()
{
    m_watchdog.emplace();
    m_first.start();
    m_second.start();
}

void tst_ThreadMoves::cleanup()
{
    for (QThread *thread : { &m_first, &m_second }) {
        thread->quit();
        thread->wait();
    }
    m_watchdog.reset();
}

void tst_ThreadMoves::idleSocketWorksInNewThread()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const auto guard = movedBackAtEnd(pair);
    testing::settle();
    Collector collector(pair.client);
    pair.client->moveToThread(&m_first);
    pair.accepted->write("over there");
    QTRY_COMPARE_WITH_TIMEOUT(collector.bytes(), QByteArray("over there"), 10000);
    QCOMPARE(collector.threads(), QSet<QThread *>({ &m_first }));
}

void tst_ThreadMoves::bytesBeforeMoveAreAnnounced()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const auto guard = movedBackAtEnd(pair);
    testing::settle();
    Collector collector(pair.client);
    pair.accepted->write("early");
    pair.accepted->flush();
    pair.client->moveToThread(&m_first);
    QTRY_COMPARE_WITH_TIMEOUT(collector.bytes(), QByteArray("early"), 10000);
    QCOMPARE(collector.threads(), QSet<QThread *>({ &m_first }));
    QCOMPARE(collector.wrong(), 0);
}

void tst_ThreadMoves::announcedBytesAreNotAnnouncedAgain()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const auto guard = movedBackAtEnd(pair);
    std::atomic<int> announced = 0;
    connect(pair.client, &QIODevice::readyRead, pair.client, [&] { ++announced; });
    pair.accepted->write("left unread");
    testing::settle();
    QCOMPARE(announced.load(), 1);
    pair.client->moveToThread(&m_first);
    // Whatever the move posted there has run by the end of the second call.
    testing::inside(m_first, [] {});
    testing::inside(m_first, [] { QCoreApplication::processEvents(); });
    QCOMPARE(announced.load(), 1);
    pair.accepted->write("more");
    QTRY_COMPARE_WITH_TIMEOUT(announced.load(), 2, 10000);
    bringBack(pair);
    QCOMPARE(pair.client->readAll(), QByteArray("left unreadmore"));
}

void tst_ThreadMoves::unreadBytesMoveWithSocket()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const auto guard = movedBackAtEnd(pair);
    pair.accepted->write("unread");
    testing::settle();
    pair.client->moveToThread(&m_first);
    QByteArray bytes;
    testing::inside(m_first, [&] { bytes = pair.client->readAll(); });
    QCOMPARE(bytes, QByteArray("unread"));
}

void tst_ThreadMoves::unsentBytesAreSentInNewThread()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const auto guard = movedBackAtEnd(pair);
    testing::settle();
    Collector collector(pair.accepted);
    pair.client->write(stream);
    pair.client->moveToThread(&m_first);
    QTRY_COMPARE_WITH_TIMEOUT(collector.size(), stream.size(), 10000);
    QCOMPARE(collector.bytes(), stream);
    bringBack(pair);
    QCOMPARE(pair.client->bytesToWrite(), 0);
}

void tst_ThreadMoves::peerCloseBeforeMoveIsSeenOnce()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const auto guard = movedBackAtEnd(pair);
    testing::settle();
    Collector collector(pair.client);
    pair.accepted->write("last words");
    pair.accepted->flush();
    delete pair.accepted;
    pair.client->moveToThread(&m_first);
    QTRY_COMPARE_WITH_TIMEOUT(collector.disconnected(), 1, 10000);
    QCOMPARE(collector.bytes(), QByteArray("last words"));
    bringBack(pair);
    testing::settle();
    QCOMPARE(collector.disconnected(), 1);
}

void tst_ThreadMoves::streamSurvivesOutsideMove()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const auto guard = movedBackAtEnd(pair);
    Collector collector(pair.client);
    sendStream(pair.accepted);
    connect(pair.accepted, &QIODevice::bytesWritten, this, [&] {
        if (pair.client->thread() == thread() && collector.size() > stream.size() / 4)
            pair.client->moveToThread(&m_first);
    });
    QTRY_COMPARE_WITH_TIMEOUT(collector.size(), stream.size(), 20000);
    QCOMPARE(collector.bytes(), stream);
    QCOMPARE(collector.wrong(), 0);
    QCOMPARE(collector.threads(), QSet<QThread *>({ thread(), &m_first }));
}

void tst_ThreadMoves::streamSurvivesPostedMoves()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const auto guard = movedBackAtEnd(pair);
    Collector collector(pair.client);
    QLocalSocket *client = pair.client;
    int calls = 0;
    connect(client, &QIODevice::readyRead, client, [&, client] {
        if (++calls % 10 == 0)
            QMetaObject::invokeMethod(
                    client,
                    [&, client] {
                        client->moveToThread(client->thread() == &m_first ? &m_second : &m_first);
                    },
                    Qt::QueuedConnection);
    });
    sendStream(pair.accepted);
    QTRY_COMPARE_WITH_TIMEOUT(collector.size(), stream.size(), 20000);
    QCOMPARE(collector.bytes(), stream);
    QCOMPARE(collector.wrong(), 0);
    // A thread that is scheduled late receives all of the rest at once.
    QVERIFY(collector.threads().size() >= 2);
}

#ifdef QLOCAL_DROPIN
void tst_ThreadMoves::streamSurvivesMovesInHandler()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const auto guard = movedBackAtEnd(pair);
    Collector collector(pair.client);
    QLocalSocket *client = pair.client;
    int calls = 0;
    connect(client, &QIODevice::readyRead, client, [&, client] {
        if (++calls % 10 == 0)
            client->moveToThread(client->thread() == &m_first ? &m_second : &m_first);
    });
    sendStream(pair.accepted);
    QTRY_COMPARE_WITH_TIMEOUT(collector.size(), stream.size(), 20000);
    QCOMPARE(collector.bytes(), stream);
    QCOMPARE(collector.wrong(), 0);
    // A thread that is scheduled late receives all of the rest at once.
    QVERIFY(collector.threads().size() >= 2);
}

void tst_ThreadMoves::senderSurvivesMovesInHandler()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const auto guard = movedBackAtEnd(pair);
    Collector collector(pair.accepted);
    QLocalSocket *client = pair.client;
    sendStream(client);
    int calls = 0;
    connect(client, &QIODevice::bytesWritten, client, [&, client] {
        if (++calls % 10 == 0)
            client->moveToThread(client->thread() == &m_first ? &m_second : &m_first);
    });
    QTRY_COMPARE_WITH_TIMEOUT(collector.size(), stream.size(), 20000);
    QCOMPARE(collector.bytes(), stream);
}
#endif

void tst_ThreadMoves::movedSocketCanBlock()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const auto guard = movedBackAtEnd(pair);
    testing::echo(pair.accepted);
    pair.server->moveToThread(&m_second);
    pair.client->moveToThread(&m_first);
    QByteArray answer;
    testing::inside(m_first, [&] {
        pair.client->write("x");
        if (pair.client->waitForBytesWritten(10000) && pair.client->waitForReadyRead(10000))
            answer = pair.client->readAll();
    });
    testing::inside(m_second, [&] { delete pair.server; });
    QCOMPARE(answer, QByteArray("x"));
}

void tst_ThreadMoves::socketCanMoveBack()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const auto guard = movedBackAtEnd(pair);
    for (int i = 0; i < 20; ++i) {
        pair.client->moveToThread(&m_first);
        bringBack(pair);
        QVERIFY(pair.answers());
    }
}

QTEST_GUILESS_MAIN(tst_ThreadMoves)
#include "tst_thread_moves.moc"
