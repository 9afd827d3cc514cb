// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Many small writes in one turn of the event loop, and what may come between them.

#include "pair.h"
#include "recorder.h"

#include <QtCore/QThread>
#include <QtTest/QtTest>

#include <optional>

class tst_SocketSmallWrites : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void writesOfAllSizesKeepTheirOrder();
    void eachWriteCountsAsToWrite();
    void flushSendsAll();
    void waitSendsAll();
    void disconnectSendsAll();
    void closeSendsAll();
    void abortSendsNone();
    void movedSocketSendsAll();
    void handlerMayWriteMany();
    void nestedLoopSendsThoseBeforeIt();
    void peerThatGoesFailsLaterWrites();

private:
    /// This many writes of one byte.
    static QByteArray writeMany(QIODevice &device, int count = 100);

    std::optional<testing::Watchdog> m_watchdog;
};

QByteArray tst_SocketSmallWrites::writeMany(QIODevice &device, int count)
{
    QByteArray written;
    for (int i = 0; i < count; ++i) {
        const char byte = char('a' + i % 26);
        written.append(byte);
        if (device.write(&byte, 1) != 1)
            return QByteArray();
    }
    return written;
}

void tst_SocketSmallWrites::writesOfAllSizesKeepTheirOrder()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QByteArray written, received;
    QObject::connect(pair.accepted, &QIODevice::readyRead,
                     [&] { received += pair.accepted->readAll(); });
    for (int turn = 0; turn < 5; ++turn) {
        for (int size = 1; size < 20'000; size = size * 2 + turn) {
            const QByteArray data(size, char('a' + size % 26));
            QCOMPARE(pair.client->write(data), qint64(size));
            written += data;
        }
        QCoreApplication::processEvents();
    }
    QVERIFY(testing::turnUntil([&] { return received.size() >= written.size(); }));
    QVERIFY(received == written);
    QCOMPARE(pair.client->bytesToWrite(), 0);
}

void tst_SocketSmallWrites::eachWriteCountsAsToWrite()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    for (int count = 1; count <= 50; ++count) {
        QCOMPARE(pair.client->write("xyz", 3), 3);
        QCOMPARE(pair.client->bytesToWrite(), 3 * count);
    }
    QCOMPARE(pair.accepted->bytesAvailable(), 0);
}

void tst_SocketSmallWrites::flushSendsAll()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const QByteArray written = writeMany(*pair.client);
    QVERIFY(pair.client->flush());
    QCOMPARE(pair.client->bytesToWrite(), 0);
    QVERIFY(pair.accepted->waitForReadyRead(5000));
    QCOMPARE(pair.accepted->readAll(), written);
}

void tst_SocketSmallWrites::waitSendsAll()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const QByteArray written = writeMany(*pair.client);
    QVERIFY(pair.client->waitForBytesWritten(5000));
    QCOMPARE(pair.client->bytesToWrite(), 0);
    QVERIFY(pair.accepted->waitForReadyRead(5000));
    QCOMPARE(pair.accepted->readAll(), written);
}

void tst_SocketSmallWrites::disconnectSendsAll()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const QByteArray written = writeMany(*pair.client);
    pair.client->disconnectFromServer();
    testing::settle();
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(pair.accepted->readAll(), written);
}

void tst_SocketSmallWrites::closeSendsAll()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const QByteArray written = writeMany(*pair.client);
    pair.client->close();
    testing::settle();
    QCOMPARE(pair.accepted->readAll(), written);
}

void tst_SocketSmallWrites::abortSendsNone()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    writeMany(*pair.client);
    pair.client->abort();
    QCOMPARE(pair.client->bytesToWrite(), 0);
    testing::settle();
    QCOMPARE(pair.accepted->readAll(), QByteArray());
}

void tst_SocketSmallWrites::movedSocketSendsAll()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const QByteArray written = writeMany(*pair.client);
    QThread thread;
    thread.start();
    pair.client->moveToThread(&thread);
    QByteArray rest;
    QMetaObject::invokeMethod(
            pair.client, [&] { rest = writeMany(*pair.client); }, Qt::BlockingQueuedConnection);
    const qint64 size = written.size() + rest.size();
    QVERIFY(testing::turnUntil([&] { return pair.accepted->bytesAvailable() >= size; }));
    QCOMPARE(pair.accepted->readAll(), written + rest);
    QThread *here = QThread::currentThread();
    QMetaObject::invokeMethod(
            pair.client, [&] { pair.client->moveToThread(here); }, Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait(5000));
}

void tst_SocketSmallWrites::handlerMayWriteMany()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QByteArray written;
    QObject::connect(pair.accepted, &QIODevice::readyRead, [&] {
        pair.accepted->readAll();
        written += writeMany(*pair.accepted);
    });
    pair.client->write("go");
    testing::settle();
    QVERIFY(!written.isEmpty());
    QCOMPARE(pair.client->readAll(), written);
}

void tst_SocketSmallWrites::nestedLoopSendsThoseBeforeIt()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QByteArray written, received;
    QObject::connect(pair.accepted, &QIODevice::readyRead, [&] {
        pair.accepted->readAll();
        written = writeMany(*pair.accepted);
        testing::settle();
        received = pair.client->readAll();
    });
    pair.client->write("go");
    testing::settle();
    QVERIFY(!written.isEmpty());
    QCOMPARE(received, written);
}

void tst_SocketSmallWrites::peerThatGoesFailsLaterWrites()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    writeMany(*pair.client);
    pair.accepted->abort();
    testing::settle();
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(pair.client->write("x"), -1);
    QCOMPARE(pair.client->bytesToWrite(), 0);
}

QTEST_GUILESS_MAIN(tst_SocketSmallWrites)

#include "tst_socket_small_writes.moc"
