// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Large writes, which keep the array instead of copying it.

#include <QtTest/QTest>
#include <qlocal/server.h>

#include <optional>
#include <string>
#include <utility>

#include "nativepair.h"

using namespace testing;
using qlocal::Server;
using qlocal::Socket;

class tst_native_large_writes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void largeArrayIsShared();
    void sentArrayIsReleased();
    void arrayIsLeftEmpty();
    void smallArrayIsCopied();
    void namedArrayIsCopied();
    void changedArrayIsSentAsWritten();
    void rawDataIsCopied();
    void literalIsWritten();
    void smallWritesKeepTheirPlace();
    void abortReleasesArray();
    void deletedSocketReleasesArray();
    void endOfPeerReleasesArray();
    void closeSendsArrayFirst();
    void limitLeavesArray();
    void bytesToWriteCountsArray();
    void unconnectedSocketLeavesArray();
    void unwritableDeviceLeavesArray();
    void overriddenWriteDataIsCalled();
    void overrideMayChangeBytes();

private:
    static bool isShared(QByteArray &array) { return !array.isDetached(); }

    Server server;
    std::optional<NativePair> pair;
};

/// More than is copied, and less than the kernel accepts at once.
constexpr int Large = 100'000;

void tst_native_large_writes::init()
{
    QVERIFY(pair.emplace().open(server));
}

void tst_native_large_writes::cleanup()
{
    pair.reset();
    server.close();
}

void tst_native_large_writes::largeArrayIsShared()
{
    QByteArray array(Large, 'x');
    QCOMPARE(pair->client.write(QByteArray(array)), qint64(Large));
    QVERIFY(isShared(array));
}

void tst_native_large_writes::sentArrayIsReleased()
{
    const Watchdog watchdog;
    QByteArray array(Large, 'x');
    pair->client.write(QByteArray(array));
    QCOMPARE(pair->received(), array);
    QVERIFY(!isShared(array));
}

void tst_native_large_writes::arrayIsLeftEmpty()
{
    for (const int size : { 10, Large }) {
        QByteArray array(size, 'x');
        QCOMPARE(pair->client.write(std::move(array)), qint64(size));
        QVERIFY(array.isEmpty());
    }
}

void tst_native_large_writes::smallArrayIsCopied()
{
    QByteArray array(1000, 'x');
    pair->client.write(QByteArray(array));
    QVERIFY(!isShared(array));
}

void tst_native_large_writes::namedArrayIsCopied()
{
    // As with QIODevice: its owner may hold a pointer into it.
    QByteArray array(Large, 'x');
    QCOMPARE(pair->client.write(array), qint64(Large));
    QVERIFY(!isShared(array));
    QCOMPARE(array.size(), Large);
}

void tst_native_large_writes::changedArrayIsSentAsWritten()
{
    const Watchdog watchdog;
    QByteArray array(Large, 'x');
    const QByteArray before(array.constData(), array.size());
    pair->client.write(QByteArray(array));
    array.fill('y');
    QCOMPARE(pair->received(), before);
}

void tst_native_large_writes::rawDataIsCopied()
{
    const Watchdog watchdog;
    std::string memory(Large, 'x');
    QCOMPARE(pair->client.write(QByteArray::fromRawData(memory.data(), Large)), qint64(Large));
    memory.assign(Large, 'y');
    QCOMPARE(pair->received(), QByteArray(Large, 'x'));
}

void tst_native_large_writes::literalIsWritten()
{
    const Watchdog watchdog;
    QCOMPARE(pair->client.write("abc"), qint64(3));
    QCOMPARE(pair->client.write("defgh", 3), qint64(3));
    QCOMPARE(pair->client.write(QByteArrayLiteral("ghi")), qint64(3));
    QCOMPARE(pair->received(), QByteArray("abcdefghi"));
}

void tst_native_large_writes::smallWritesKeepTheirPlace()
{
    const Watchdog watchdog;
    QByteArray expected;
    for (char part = 'a'; part < 'k'; ++part) {
        const QByteArray large(Large, part);
        for (const char *small : { "1", "2", "3" })
            pair->client.write(small);
        pair->client.write(QByteArray(large));
        expected += "123" + large;
    }
    QCOMPARE(pair->received(), expected);
}

void tst_native_large_writes::abortReleasesArray()
{
    QByteArray array(Large, 'x');
    pair->client.write(QByteArray(array));
    pair->client.abort();
    QVERIFY(!isShared(array));
}

void tst_native_large_writes::deletedSocketReleasesArray()
{
    QByteArray array(Large, 'x');
    pair->client.write(QByteArray(array));
    pair.reset();
    QVERIFY(!isShared(array));
}

void tst_native_large_writes::endOfPeerReleasesArray()
{
    const Watchdog watchdog;
    pair->accepted->setReadBufferSize(1000);
    QByteArray array(50 * Large, 'x');
    pair->client.write(QByteArray(array));
    settle();
    QVERIFY(isShared(array));
    pair->accepted->abort();
    settle();
    QCOMPARE(pair->client.state(), QLocalSocket::UnconnectedState);
    QVERIFY(!isShared(array));
}

void tst_native_large_writes::closeSendsArrayFirst()
{
    const Watchdog watchdog;
    pair->client.write(QByteArray(Large, 'x'));
    pair->client.close();
    QByteArray all;
    while (pair->accepted->state() != QLocalSocket::UnconnectedState) {
        settle();
        all += pair->accepted->readAll();
    }
    QCOMPARE(all, QByteArray(Large, 'x'));
}

void tst_native_large_writes::limitLeavesArray()
{
    pair->client.setWriteLimit(Large - 1);
    QByteArray array(Large, 'x');
    QCOMPARE(pair->client.write(std::move(array)), qint64(Large - 1));
    QCOMPARE(array.size(), Large);
    QCOMPARE(pair->client.write(std::move(array)), qint64(0));
    QCOMPARE(array.size(), Large);
}

void tst_native_large_writes::bytesToWriteCountsArray()
{
    pair->client.write("head");
    pair->client.write(QByteArray(Large, 'x'));
    QCOMPARE(pair->client.bytesToWrite(), qint64(Large + 4));
}

void tst_native_large_writes::unconnectedSocketLeavesArray()
{
    pair->client.abort();
    QByteArray array(Large, 'x');
    QTest::ignoreMessage(QtWarningMsg, "QIODevice::write (qlocal::Socket): device not open");
    QCOMPARE(pair->client.write(std::move(array)), qint64(-1));
    QCOMPARE(array.size(), Large);
}

void tst_native_large_writes::unwritableDeviceLeavesArray()
{
    Socket reader;
    reader.connectToServer(server.fullServerName(), QIODevice::ReadOnly);
    QByteArray array(Large, 'x');
    QTest::ignoreMessage(QtWarningMsg, "QIODevice::write (qlocal::Socket): ReadOnly device");
    QCOMPARE(reader.write(std::move(array)), qint64(-1));
    QCOMPARE(array.size(), Large);
}

/// Counts what it writes, or scrambles it.
class Scrambler : public Socket
{
public:
    qint64 counted = 0;
    char key = 0;

protected:
    qint64 writeData(const char *data, qint64 size) override
    {
        counted += size;
        if (key == 0)
            return Socket::writeData(data, size);
        QByteArray scrambled(data, size);
        for (char &byte : scrambled)
            byte = char(byte ^ key);
        return Socket::writeData(scrambled.constData(), size);
    }
};

void tst_native_large_writes::overriddenWriteDataIsCalled()
{
    Scrambler scrambler;
    scrambler.connectToServer(server.fullServerName());
    QByteArray array(Large, 'x');
    scrambler.write(QByteArray(array));
    QCOMPARE(scrambler.counted, qint64(Large));
    QVERIFY(isShared(array));
}

void tst_native_large_writes::overrideMayChangeBytes()
{
    const Watchdog watchdog;
    Scrambler scrambler;
    scrambler.key = 1;
    scrambler.connectToServer(server.fullServerName());
    QVERIFY(pair->accept(server));
    scrambler.write(QByteArray(Large, 'x'));
    QByteArray all;
    while (all.size() < Large) {
        settle();
        all += pair->accepted->readAll();
    }
    QCOMPARE(all, QByteArray(Large, 'x' ^ 1));
}

QTEST_GUILESS_MAIN(tst_native_large_writes)

#include "tst_native_large_writes.moc"
