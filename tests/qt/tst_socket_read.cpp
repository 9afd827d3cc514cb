// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: reading as from any QIODevice.

#include "recorder.h"

#include <QtCore/QDataStream>
#include <QtCore/QTextStream>
#include <QtCore/QXmlStreamReader>
#include <QtTest/QtTest>

#include <optional>

using testing::Wire;

class tst_SocketRead : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void readMakesNoSystemCall();
    void readWithoutInputIsZero();
    void readAtEndIsMinusOne();
    void readWhileReconnectingIsMinusOne();
    void readBeforeConnectingIsRefused();
    void writeOnlySocketRefusesRead();
    void socketIsSequential();
    void seekingIsRefused();
    void openDeviceHasOneChannelEachWay();

    void readLineStopsAtLineFeed();
#if QT_VERSION >= QT_VERSION_CHECK(6, 9, 0)
    void readLineIntoStopsAtLineFeed();
    void readLineIntoAtEndIsFalse();
#endif
    void canReadLineNeedsLineFeed();
    void peekKeepsInput();
    void ungetCharPutsBack();
    void reconnectDropsOldInput();
    void skipDropsInput();
    void readIntoBufferTakesAvailable();
    void rollbackRestoresInput();
    void dataStreamTransactionAwaitsRest();
    void textStreamReadsLines();
    void xmlReaderParsesPieces();
    void textModeDropsCarriageReturns();
    void unbufferedSocketReads();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_SocketRead::readMakesNoSystemCall()
{
    Wire wire;
    wire.sendFromPeer("waiting\n");
    char byte;
    QCOMPARE(wire.socket->bytesAvailable(), 0);
    QCOMPARE(wire.socket->read(&byte, 1), 0);
    QCOMPARE(wire.socket->readAll(), QByteArray());
    QVERIFY(!wire.socket->canReadLine());
}

void tst_SocketRead::readWithoutInputIsZero()
{
    Wire wire;
    char byte;
    QCOMPARE(wire.socket->read(&byte, 1), 0);
    QVERIFY(wire.deliver("x"));
    QCOMPARE(wire.socket->read(&byte, 1), 1);
    QCOMPARE(wire.socket->read(&byte, 1), 0);
}

void tst_SocketRead::readAtEndIsMinusOne()
{
    Wire wire;
    wire.sendFromPeer("x");
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    char byte;
    QCOMPARE(wire.socket->read(&byte, 1), 1);
    QCOMPARE(wire.socket->read(&byte, 1), -1);
    QVERIFY(wire.socket->atEnd());
}

void tst_SocketRead::readWhileReconnectingIsMinusOne()
{
    Wire wire;
    wire.socket->disconnectFromServer();
    QVERIFY(wire.socket->isOpen());
    qint64 read = 0;
    qint64 skipped = 0;
    wire.record->on("state(Connecting)", [&] {
        char byte;
        read = wire.socket->read(&byte, 1);
        skipped = wire.socket->skip(1);
    });
    wire.socket->connectToServer(testing::uniqueName());
    QCOMPARE(read, -1);
    QCOMPARE(skipped, -1);
}

void tst_SocketRead::readBeforeConnectingIsRefused()
{
    QLocalSocket socket;
    char byte;
    QTest::ignoreMessage(QtWarningMsg, "QIODevice::read (QLocalSocket): device not open");
    QCOMPARE(socket.read(&byte, 1), -1);
}

void tst_SocketRead::writeOnlySocketRefusesRead()
{
    Wire wire(QIODevice::WriteOnly);
    char byte;
    QTest::ignoreMessage(QtWarningMsg, "QIODevice::read (QLocalSocket): WriteOnly device");
    QCOMPARE(wire.socket->read(&byte, 1), -1);
}

void tst_SocketRead::socketIsSequential()
{
    Wire wire;
    QVERIFY(wire.deliver("hello"));
    QVERIFY(wire.socket->isSequential());
    QCOMPARE(wire.socket->pos(), 0);
    QCOMPARE(wire.socket->size(), 5);
    QVERIFY(!wire.socket->atEnd());
}

void tst_SocketRead::seekingIsRefused()
{
    Wire wire;
    QVERIFY(wire.deliver("hello"));
    const char *warning = "QIODevice::seek (QLocalSocket): Cannot call seek on a sequential device";
    QTest::ignoreMessage(QtWarningMsg, warning);
    QVERIFY(!wire.socket->seek(2));
    QTest::ignoreMessage(QtWarningMsg, warning);
    QVERIFY(!wire.socket->reset());
    QCOMPARE(wire.socket->readAll(), QByteArray("hello"));
}

void tst_SocketRead::openDeviceHasOneChannelEachWay()
{
    Wire wire;
    QCOMPARE(wire.socket->readChannelCount(), 1);
    QCOMPARE(wire.socket->writeChannelCount(), 1);
    wire.socket->disconnectFromServer();
    QCOMPARE(wire.socket->readChannelCount(), 1);
    wire.socket->close();
    QCOMPARE(wire.socket->readChannelCount(), 0);
}

void tst_SocketRead::readLineStopsAtLineFeed()
{
    Wire wire;
    QVERIFY(wire.deliver("one\ntwo\nthr"));
    QCOMPARE(wire.socket->readLine(), QByteArray("one\n"));
    char line[16];
    QCOMPARE(wire.socket->readLine(line, 3), 2);
    QCOMPARE(QByteArray(line), QByteArray("tw"));
    QCOMPARE(wire.socket->readLine(), QByteArray("o\n"));
    QCOMPARE(wire.socket->readLine(), QByteArray("thr"));
}

#if QT_VERSION >= QT_VERSION_CHECK(6, 9, 0)
void tst_SocketRead::readLineIntoStopsAtLineFeed()
{
    Wire wire;
    QVERIFY(wire.deliver("one\ntwo\nthr"));
    QByteArray line;
    QVERIFY(wire.socket->readLineInto(&line));
    QCOMPARE(line, QByteArray("one\n"));
    QVERIFY(wire.socket->readLineInto(&line, 3));
    QCOMPARE(line, QByteArray("tw"));
    char buffer[16];
    QCOMPARE(wire.socket->readLineInto(QSpan<char>(buffer)), QByteArrayView("o\n"));
    QVERIFY(wire.socket->readLineInto(&line));
    QCOMPARE(line, QByteArray("thr"));
}

void tst_SocketRead::readLineIntoAtEndIsFalse()
{
    Wire wire;
    QVERIFY(wire.deliver("last\n"));
    wire.socket->disconnectFromServer();
    QByteArray line;
    QVERIFY(wire.socket->readLineInto(&line));
    QCOMPARE(line, QByteArray("last\n"));
    QVERIFY(!wire.socket->readLineInto(&line));
    QVERIFY(line.isEmpty());
}
#endif

void tst_SocketRead::canReadLineNeedsLineFeed()
{
    Wire wire;
    QVERIFY(wire.deliver("half"));
    QVERIFY(!wire.socket->canReadLine());
    QVERIFY(wire.deliver(" line\n"));
    QVERIFY(wire.socket->canReadLine());
}

void tst_SocketRead::peekKeepsInput()
{
    Wire wire;
    QVERIFY(wire.deliver("hello"));
    QCOMPARE(wire.socket->peek(3), QByteArray("hel"));
    QCOMPARE(wire.socket->peek(9), QByteArray("hello"));
    QCOMPARE(wire.socket->bytesAvailable(), 5);
    QCOMPARE(wire.socket->readAll(), QByteArray("hello"));
}

void tst_SocketRead::reconnectDropsOldInput()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QLocalSocket socket;
    socket.connectToServer(server.serverName());
    QVERIFY(socket.waitForConnected(5000));
    socket.disconnectFromServer();
    socket.ungetChar('z');
    socket.connectToServer(server.serverName());
    QVERIFY(socket.waitForConnected(5000));
    QCOMPARE(socket.bytesAvailable(), 0);
}

void tst_SocketRead::ungetCharPutsBack()
{
    Wire wire;
    QVERIFY(wire.deliver("hello"));
    char byte;
    QVERIFY(wire.socket->getChar(&byte));
    QCOMPARE(byte, 'h');
    wire.socket->ungetChar('J');
    QCOMPARE(wire.socket->bytesAvailable(), 5);
    QCOMPARE(wire.socket->readAll(), QByteArray("Jello"));
}

void tst_SocketRead::skipDropsInput()
{
    Wire wire;
    QVERIFY(wire.deliver("hello"));
    QCOMPARE(wire.socket->skip(2), 2);
    QCOMPARE(wire.socket->skip(9), 3);
    QCOMPARE(wire.socket->bytesAvailable(), 0);
}

void tst_SocketRead::readIntoBufferTakesAvailable()
{
    Wire wire;
    QVERIFY(wire.deliver("hello"));
    char bytes[16];
    QCOMPARE(wire.socket->read(bytes, sizeof bytes), 5);
    QCOMPARE(QByteArray(bytes, 5), QByteArray("hello"));
}

void tst_SocketRead::rollbackRestoresInput()
{
    Wire wire;
    QVERIFY(wire.deliver("hello"));
    wire.socket->startTransaction();
    QCOMPARE(wire.socket->read(3), QByteArray("hel"));
    QCOMPARE(wire.socket->bytesAvailable(), 2);
    QVERIFY(wire.deliver(" you"));
    wire.socket->rollbackTransaction();
    QCOMPARE(wire.socket->bytesAvailable(), 9);
    QCOMPARE(wire.socket->readAll(), QByteArray("hello you"));
}

void tst_SocketRead::dataStreamTransactionAwaitsRest()
{
    QByteArray message;
    QDataStream packer(&message, QIODevice::WriteOnly);
    packer << QStringLiteral("a message") << qint32(7);
    Wire wire;
    QDataStream stream(wire.socket.get());
    QString text;
    qint32 number = 0;
    int attempts = 0;
    bool complete = false;
    QObject::connect(wire.socket.get(), &QIODevice::readyRead, [&] {
        ++attempts;
        stream.startTransaction();
        stream >> text >> number;
        complete = stream.commitTransaction();
    });
    for (int i = 0; i < message.size(); i += 5) {
        QVERIFY(!complete);
        wire.sendFromPeer(message.mid(i, 5));
        testing::settle();
    }
    QVERIFY(complete);
    QVERIFY(attempts > 1);
    QCOMPARE(text, QStringLiteral("a message"));
    QCOMPARE(number, 7);
}

void tst_SocketRead::textStreamReadsLines()
{
    Wire wire;
    QVERIFY(wire.deliver("first line\nsecond\n"));
    QTextStream stream(wire.socket.get());
    QCOMPARE(stream.readLine(), QStringLiteral("first line"));
    QCOMPARE(stream.readLine(), QStringLiteral("second"));
}

void tst_SocketRead::xmlReaderParsesPieces()
{
    Wire wire;
    QXmlStreamReader reader(wire.socket.get());
    QStringList names;
    QObject::connect(wire.socket.get(), &QIODevice::readyRead, [&] {
        while (!reader.atEnd() && reader.readNext() != QXmlStreamReader::Invalid) {
            if (reader.isStartElement())
                names << reader.name().toString();
        }
    });
    for (const char *piece : { "<stream><mes", "sage/><pre", "sence/>" }) {
        wire.sendFromPeer(piece);
        testing::settle();
    }
    QCOMPARE(names, QStringList({ "stream", "message", "presence" }));
}

void tst_SocketRead::textModeDropsCarriageReturns()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Text);
    wire.sendFromPeer("one\r\ntwo\r\n");
    QVERIFY(wire.socket->waitForReadyRead(5000));
    QCOMPARE(wire.socket->readAll(), QByteArray("one\ntwo\n"));
}

void tst_SocketRead::unbufferedSocketReads()
{
    Wire wire(QIODevice::ReadWrite | QIODevice::Unbuffered);
    QVERIFY(wire.deliver("hello"));
    QCOMPARE(wire.socket->read(3), QByteArray("hel"));
    QCOMPARE(wire.socket->bytesAvailable(), 2);
    QCOMPARE(wire.socket->peek(9), QByteArray("lo"));
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.socket->readAll(), QByteArray("lo"));
}

QTEST_GUILESS_MAIN(tst_SocketRead)
#include "tst_socket_read.moc"
