// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Reading received memory without copying it, and passing it on.

#include <QtTest/QTest>
#include <qlocal/server.h>

#include <memory>
#include <optional>
#include <utility>

#include "nativepair.h"

using namespace testing;
using qlocal::Chunk;
using qlocal::Server;
using qlocal::Socket;

class tst_native_chunks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void chunkHasReceivedBytes();
    void chunkIsEmptyWithoutInput();
    void relayedChunkIsNotCopied();
    void refusedChunkIsKept();
    void chunkMayBeChanged();
    void movedChunkKeepsItsMemory();
    void smallChunkIsReadWhole();
    void peekedBytesComeFirst();
    void transactionRollsChunkBack();
    void readChunkEndsPause();
    void chunkIsReadableAfterDisconnect();
    void framingHasNoChunks();
    void overrideMayWriteChunkTwice();

private:
    Server server;
    std::optional<NativePair> pair;
};

/// More than is copied, and less than the kernel accepts at once.
constexpr int Large = 100'000;

void tst_native_chunks::init()
{
    QVERIFY(pair.emplace().open(server));
}

void tst_native_chunks::cleanup()
{
    pair.reset();
    server.close();
}

void tst_native_chunks::chunkHasReceivedBytes()
{
    const QByteArray array(Large, 'x');
    pair->client.write(array);
    settle();
    const Chunk chunk = pair->accepted->readChunk();
    QCOMPARE(chunk.size(), qsizetype(Large));
    QCOMPARE(chunk.toByteArray(), array);
    QVERIFY(QByteArrayView(chunk) == array);
    QCOMPARE(pair->accepted->bytesAvailable(), qint64(0));
}

void tst_native_chunks::chunkIsEmptyWithoutInput()
{
    const Chunk chunk = pair->accepted->readChunk();
    QVERIFY(chunk.isEmpty());
    QVERIFY(Chunk().isEmpty());
    QCOMPARE(chunk.toByteArray(), QByteArray());
}

void tst_native_chunks::relayedChunkIsNotCopied()
{
    const Watchdog watchdog;
    // What is sent returns to the thread, which receives into it next.
    const char *addresses[3] = {};
    for (const char *&address : addresses) {
        pair->client.write(QByteArray(Large, 'x'));
        settle();
        Chunk chunk = pair->accepted->readChunk();
        QCOMPARE(chunk.size(), qsizetype(Large));
        address = chunk.data();
        QCOMPARE(pair->accepted->write(std::move(chunk)), qint64(Large));
        QVERIFY(chunk.isEmpty());
        settle();
        QCOMPARE(pair->client.bytesAvailable(), qint64(Large));
        QCOMPARE(pair->client.skip(Large), qint64(Large));
    }
    QVERIFY(addresses[1] == addresses[2]);
}

void tst_native_chunks::refusedChunkIsKept()
{
    pair->client.write(QByteArray(Large, 'x'));
    settle();
    Chunk chunk = pair->accepted->readChunk();
    pair->accepted->setWriteLimit(10);
    QCOMPARE(pair->accepted->write(std::move(chunk)), qint64(10));
    QCOMPARE(chunk.size(), qsizetype(Large));
}

void tst_native_chunks::chunkMayBeChanged()
{
    const Watchdog watchdog;
    pair->client.write(QByteArray(Large, 'x'));
    settle();
    Chunk chunk = pair->accepted->readChunk();
    chunk.data()[0] = 'y';
    pair->accepted->write(std::move(chunk));
    settle();
    QCOMPARE(pair->client.readAll(), 'y' + QByteArray(Large - 1, 'x'));
}

void tst_native_chunks::movedChunkKeepsItsMemory()
{
    pair->client.write(QByteArray(Large, 'x'));
    settle();
    Chunk first = pair->accepted->readChunk();
    const char *const address = first.data();
    Chunk second(std::move(first));
    Chunk third;
    third = std::move(second);
    QCOMPARE(std::as_const(third).data(), address);
    QVERIFY(first.isEmpty());
    QVERIFY(second.isEmpty());
}

void tst_native_chunks::smallChunkIsReadWhole()
{
    pair->client.write("small");
    settle();
    QCOMPARE(pair->accepted->readChunk().toByteArray(), QByteArray("small"));
}

void tst_native_chunks::peekedBytesComeFirst()
{
    pair->client.write("head" + QByteArray(Large, 'x'));
    settle();
    QCOMPARE(pair->accepted->peek(4), QByteArray("head"));
    pair->accepted->ungetChar('!');
    QCOMPARE(pair->accepted->readChunk().toByteArray(), "!head" + QByteArray(Large, 'x'));
}

void tst_native_chunks::transactionRollsChunkBack()
{
    pair->client.write(QByteArray(Large, 'x'));
    settle();
    pair->accepted->startTransaction();
    QCOMPARE(pair->accepted->readChunk().size(), qsizetype(Large));
    pair->accepted->rollbackTransaction();
    QCOMPARE(pair->accepted->readChunk().toByteArray(), QByteArray(Large, 'x'));
}

void tst_native_chunks::readChunkEndsPause()
{
    const Watchdog watchdog;
    pair->accepted->setReadBufferSize(30'000);
    pair->client.write(QByteArray(Large, 'x'));
    qint64 count = 0;
    while (count < Large) {
        settle();
        const Chunk chunk = pair->accepted->readChunk();
        QVERIFY(chunk.size() <= 30'000);
        count += chunk.size();
    }
    QCOMPARE(count, qint64(Large));
}

void tst_native_chunks::chunkIsReadableAfterDisconnect()
{
    pair->client.write(QByteArray(Large, 'x'));
    pair->client.disconnectFromServer();
    settle();
    QCOMPARE(pair->accepted->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(pair->accepted->readChunk().size(), qsizetype(Large));
}

void tst_native_chunks::framingHasNoChunks()
{
    pair->accepted->setFraming(Socket::LengthPrefixed);
    pair->client.setFraming(Socket::LengthPrefixed);
    QVERIFY(pair->client.writeMessage(QByteArray(Large, 'x')));
    settle();
    QVERIFY(pair->accepted->readChunk().isEmpty());
    QCOMPARE(pair->accepted->readMessage(), QByteArray(Large, 'x'));
}

/// Also writes to another socket.
class Tee : public Socket
{
public:
    Socket *other = nullptr;

protected:
    qint64 writeData(const char *data, qint64 size) override
    {
        other->write(data, size);
        return Socket::writeData(data, size);
    }
};

void tst_native_chunks::overrideMayWriteChunkTwice()
{
    const Watchdog watchdog;
    pair->client.write(QByteArray(Large, 'x'));
    settle();
    Chunk chunk = pair->accepted->readChunk();
    Tee tee;
    tee.other = pair->accepted.get();
    tee.connectToServer(server.fullServerName());
    QVERIFY(server.waitForNewConnection(5000));
    const std::unique_ptr<Socket> peer(server.nextSocket());
    QCOMPARE(tee.write(std::move(chunk)), qint64(Large));
    settle();
    QCOMPARE(pair->client.readAll(), QByteArray(Large, 'x'));
    QCOMPARE(peer->readAll(), QByteArray(Large, 'x'));
}

QTEST_GUILESS_MAIN(tst_native_chunks)

#include "tst_native_chunks.moc"
