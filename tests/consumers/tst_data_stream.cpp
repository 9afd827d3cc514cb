// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A protocol of QDataStream blocks with transactions, as used by most programs with a custom
// protocol.

#include "echo.h"
#include "pair.h"
#include "recorder.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QDataStream>
#include <QtCore/QVariantMap>
#include <QtTest/QtTest>

#include <functional>
#include <optional>

class tst_DataStream : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void blockOfAnySizeIsAnswered_data();
    void blockOfAnySizeIsAnswered();
    void blocksOfOneTurnKeepOrder();
    void streamSplitsAnywhere_data();
    void streamSplitsAnywhere();
    void streamArrivesByteByByte_data();
    void streamArrivesByteByByte();
    void largeBlockArrivesInPieces();
    void blockCanExceedReadLimit();
    void oversizedBlockCanBePolled();
    void oversizedBlockCanBeAwaited();
    void peekIgnoresReadLimit();
    void blockingReaderGetsWholeBlocks();
    void endInsideBlockLeavesItUnread();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

struct Block
{
    quint32 number = 0;
    QString name;
    QByteArray bytes;
    QVariantMap notes;
    double value = 0;

    bool operator==(const Block &other) const
    {
        return number == other.number && name == other.name && bytes == other.bytes
                && notes == other.notes && value == other.value;
    }
};

QDataStream &operator<<(QDataStream &stream, const Block &block)
{
    return stream << block.number << block.name << block.bytes << block.notes << block.value;
}

QDataStream &operator>>(QDataStream &stream, Block &block)
{
    return stream >> block.number >> block.name >> block.bytes >> block.notes >> block.value;
}

Block blockOf(quint32 number, qsizetype size)
{
    return { number,
             QStringLiteral("block %1").arg(number),
             testing::streamOf(size),
             { { "list", QVariantList { 1, "two", 3.0 } }, { "size", int(size) } },
             number / 8.0 };
}

void send(QIODevice *device, const Block &block)
{
    QDataStream stream(device);
    stream << block;
}

QByteArray serialised(const Block &block)
{
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    stream << block;
    return bytes;
}

/// Reads every whole block that the socket has, whenever there are new bytes.
class Reader
{
public:
    using Taker = std::function<void(const Block &)>;

    explicit Reader(QLocalSocket *socket, Taker taker = {}) : m_stream(socket)
    {
        QObject::connect(socket, &QIODevice::readyRead, &m_context, [this, taker] {
            for (;;) {
                m_stream.startTransaction();
                Block block;
                m_stream >> block;
                if (!m_stream.commitTransaction())
                    return;
                blocks << block;
                if (taker)
                    taker(block);
            }
        });
    }

    QList<Block> blocks;

private:
    QDataStream m_stream;
    QObject m_context;
};

/// A pair whose accepted socket answers each block with its decoded content.
class Service : public testing::Pair
{
public:
    bool start()
    {
        if (!open())
            return false;
        m_reader.emplace(accepted, [this](const Block &block) {
            QDataStream(accepted) << block.number
                                  << QCryptographicHash::hash(serialised(block),
                                                              QCryptographicHash::Sha1);
        });
        return true;
    }

private:
    std::optional<Reader> m_reader;
};

/// The service's answers to these, in order.
QByteArray answersTo(const QList<Block> &blocks)
{
    QByteArray answers;
    QDataStream stream(&answers, QIODevice::WriteOnly);
    for (const Block &block : blocks)
        stream << block.number
               << QCryptographicHash::hash(serialised(block), QCryptographicHash::Sha1);
    return answers;
}

/// A connection with a socket at either end, and a plain descriptor at the other.
class BarePeer
{
public:
    explicit BarePeer(bool accepted)
    {
        if (!accepted) {
            m_wire.emplace();
            socket = m_wire->socket.get();
            m_peer = m_wire->peer;
            return;
        }
        m_pair.emplace();
        if (!m_pair->open())
            qFatal("BarePeer: no pair");
        socket = m_pair->accepted;
        m_peer = int(m_pair->client->socketDescriptor());
    }

    /// Sends and turns the event loop until the socket has taken everything.
    bool deliver(const QByteArray &bytes)
    {
        if (bytes.isEmpty())
            return true;
        if (::send(m_peer, bytes.constData(), size_t(bytes.size()), MSG_NOSIGNAL) != bytes.size())
            return false;
        return testing::turnUntil([&] {
            char one;
            return ::recv(int(socket->socketDescriptor()), &one, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
        });
    }

    QLocalSocket *socket;

private:
    std::optional<testing::Wire> m_wire;
    std::optional<testing::Pair> m_pair;
    int m_peer;
};

void addEnds()
{
    QTest::addColumn<bool>("accepted");
    QTest::newRow("to a client") << false;
    QTest::newRow("to an accepted socket") << true;
}

} // namespace

void tst_DataStream::blockOfAnySizeIsAnswered_data()
{
    QTest::addColumn<int>("size");
    for (int size : { 0, 1, 2, 3, 4, 5, 100, 4095, 4096, 16383, 16384, 16385, 32768, 65535, 65536,
                      65537, 262144, 1000000, 5000000 })
        QTest::addRow("%d bytes", size) << size;
}

void tst_DataStream::blockOfAnySizeIsAnswered()
{
    QFETCH(int, size);
    Service service;
    QVERIFY(service.start());
    const Block block = blockOf(7, size);
    send(service.client, block);
    const QByteArray expected = answersTo({ block });
    QTRY_COMPARE_WITH_TIMEOUT(service.client->bytesAvailable(), expected.size(), 10000);
    QCOMPARE(service.client->readAll(), expected);
}

void tst_DataStream::blocksOfOneTurnKeepOrder()
{
    Service service;
    QVERIFY(service.start());
    QList<Block> blocks;
    for (int i = 0; i < 2000; ++i)
        blocks << blockOf(quint32(i), i * 7 % 1000);
    QDataStream stream(service.client);
    for (const Block &block : blocks)
        stream << block;
    const QByteArray expected = answersTo(blocks);
    QTRY_COMPARE_WITH_TIMEOUT(service.client->bytesAvailable(), expected.size(), 10000);
    QCOMPARE(service.client->readAll(), expected);
}

void tst_DataStream::streamSplitsAnywhere_data()
{
    addEnds();
}

void tst_DataStream::streamSplitsAnywhere()
{
    QFETCH(bool, accepted);
    BarePeer peer(accepted);
    Reader reader(peer.socket);
    const QList<Block> blocks = { blockOf(1, 5), blockOf(2, 0), blockOf(3, 30) };
    QByteArray bytes;
    QList<qsizetype> ends;
    for (const Block &block : blocks) {
        bytes += serialised(block);
        ends << bytes.size();
    }
    for (qsizetype at = 0; at <= bytes.size(); ++at) {
        reader.blocks.clear();
        QVERIFY(peer.deliver(bytes.left(at)));
        QCOMPARE(reader.blocks.size(),
                 std::count_if(ends.begin(), ends.end(), [at](auto end) { return end <= at; }));
        QVERIFY(peer.deliver(bytes.mid(at)));
        QCOMPARE(reader.blocks, blocks);
    }
}

void tst_DataStream::streamArrivesByteByByte_data()
{
    addEnds();
}

void tst_DataStream::streamArrivesByteByByte()
{
    QFETCH(bool, accepted);
    BarePeer peer(accepted);
    Reader reader(peer.socket);
    const QList<Block> blocks = { blockOf(1, 200), blockOf(2, 0), blockOf(3, 1) };
    for (int i = 0; i < blocks.size(); ++i) {
        const QByteArray bytes = serialised(blocks[i]);
        for (char byte : bytes) {
            QCOMPARE(reader.blocks.size(), i);
            QVERIFY(peer.deliver(QByteArray(1, byte)));
        }
    }
    QCOMPARE(reader.blocks, blocks);
}

void tst_DataStream::largeBlockArrivesInPieces()
{
    BarePeer peer(false);
    Reader reader(peer.socket);
    const Block block = blockOf(1, 1000000);
    const QByteArray bytes = serialised(block);
    for (qsizetype at = 0; at < bytes.size(); at += 9973) {
        QCOMPARE(reader.blocks.size(), 0);
        QVERIFY(peer.deliver(bytes.mid(at, 9973)));
    }
    QCOMPARE(reader.blocks, QList<Block>({ block }));
}

void tst_DataStream::blockCanExceedReadLimit()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->setReadBufferSize(1000);
    Reader reader(pair.client);
    const QList<Block> blocks = { blockOf(1, 50000), blockOf(2, 3), blockOf(3, 1000) };
    for (const Block &block : blocks)
        send(pair.accepted, block);
    QTRY_COMPARE_WITH_TIMEOUT(reader.blocks.size(), 3, 10000);
    QCOMPARE(reader.blocks, blocks);
}

void tst_DataStream::oversizedBlockCanBePolled()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->setReadBufferSize(10000);
    send(pair.accepted, blockOf(1, 50000));
    QDataStream stream(pair.client);
    Block block;
    QVERIFY(QTest::qWaitFor(
            [&] {
                stream.startTransaction();
                stream >> block;
                return stream.commitTransaction();
            },
            10000));
    QCOMPARE(block, blockOf(1, 50000));
}

void tst_DataStream::oversizedBlockCanBeAwaited()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->setReadBufferSize(1000);
    send(pair.accepted, blockOf(1, 50000));
    pair.accepted->flush();
    QDataStream stream(pair.client);
    Block block;
    for (;;) {
        stream.startTransaction();
        stream >> block;
        if (stream.commitTransaction())
            break;
        QVERIFY(pair.client->waitForReadyRead(10000));
    }
    QCOMPARE(block, blockOf(1, 50000));
}

void tst_DataStream::peekIgnoresReadLimit()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    pair.client->setReadBufferSize(10000);
    const QByteArray bytes = testing::streamOf(50000);
    pair.accepted->write(bytes);
    QTRY_COMPARE_WITH_TIMEOUT(pair.client->peek(100000), bytes, 10000);
    QCOMPARE(pair.client->readAll(), bytes);
}

void tst_DataStream::blockingReaderGetsWholeBlocks()
{
    const QString name = testing::uniqueName();
    QSemaphore listening;
    const testing::OwnedThread thread = testing::inThread([&] {
        QLocalServer server;
        server.listen(name);
        listening.release();
        if (!server.waitForNewConnection(10000))
            return;
        QLocalSocket *socket = server.nextPendingConnection();
        QDataStream stream(socket);
        for (quint32 i = 0; i < 200; ++i) {
            stream << blockOf(i, i * 1000);
            socket->flush();
        }
        while (socket->bytesToWrite() > 0 && socket->waitForBytesWritten(10000)) { }
        socket->waitForDisconnected(10000);
    });
    listening.acquire();
    QLocalSocket socket;
    socket.connectToServer(name);
    QVERIFY(socket.waitForConnected(10000));
    QDataStream stream(&socket);
    for (quint32 i = 0; i < 200; ++i) {
        Block block;
        for (;;) {
            stream.startTransaction();
            stream >> block;
            if (stream.commitTransaction())
                break;
            QVERIFY(socket.waitForReadyRead(10000));
        }
        QVERIFY(block == blockOf(i, i * 1000));
    }
    socket.close();
    thread->wait();
}

void tst_DataStream::endInsideBlockLeavesItUnread()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    Reader reader(pair.client);
    const QByteArray bytes = serialised(blockOf(1, 10)) + serialised(blockOf(2, 10)).chopped(1);
    pair.accepted->write(bytes);
    pair.accepted->disconnectFromServer();
    QTRY_COMPARE_WITH_TIMEOUT(pair.client->state(), QLocalSocket::UnconnectedState, 10000);
    QCOMPARE(reader.blocks, QList<Block>({ blockOf(1, 10) }));
    QCOMPARE(pair.client->readAll(), serialised(blockOf(2, 10)).chopped(1));
}

QTEST_GUILESS_MAIN(tst_DataStream)
#include "tst_data_stream.moc"
