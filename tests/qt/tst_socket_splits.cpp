// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: reading messages that arrive in pieces, split at each byte position, and large
// ones.

#include "echo.h"
#include "recorder.h"

#include <QtCore/QDataStream>
#include <QtCore/QMap>
#include <QtCore/QTextStream>
#include <QtCore/QXmlStreamReader>
#include <QtTest/QtTest>

#include <optional>

using testing::Wire;

class tst_SocketSplits : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void transactionsCommitOnLastByte_data() { buffering(); }
    void transactionsCommitOnLastByte();
    void transactionsTakeSingleBytes_data() { buffering(); }
    void transactionsTakeSingleBytes();
    void transactionsTakeSeveralMessages_data() { buffering(); }
    void transactionsTakeSeveralMessages();
    void transactionsTakeLargeBlocks_data() { buffering(); }
    void transactionsTakeLargeBlocks();
    void dataStreamCanWaitForEachPart_data() { buffering(); }
    void dataStreamCanWaitForEachPart();

    void linesSurviveAnyCut_data() { buffering(); }
    void linesSurviveAnyCut();
    void megabyteLineIsWhole_data() { buffering(); }
    void megabyteLineIsWhole();
    void textStreamJoinsPieces_data() { buffering(); }
    void textStreamJoinsPieces();
    void textStreamReadsLargeText_data() { buffering(); }
    void textStreamReadsLargeText();
    void xmlReaderTakesEveryCut_data() { buffering(); }
    void xmlReaderTakesEveryCut();

    void sizedBlocksSurviveAnyCut_data() { buffering(); }
    void sizedBlocksSurviveAnyCut();
    void peekSeesEveryPiece_data() { buffering(); }
    void peekSeesEveryPiece();
    void ungetCharContinuesIntoNextPiece_data() { buffering(); }
    void ungetCharContinuesIntoNextPiece();
    void skipEndsWithPiece_data() { buffering(); }
    void skipEndsWithPiece();
    void rollBackSpansPieces_data() { buffering(); }
    void rollBackSpansPieces();
    void readsOfEverySizeAddUp_data() { buffering(); }
    void readsOfEverySizeAddUp();

private:
    static void buffering();

    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

using Mode = QIODevice::OpenMode;

/// The content of one message of the test protocol.
struct Message
{
    QString text = QString::fromUtf8("naïve 😀");
    QMap<QString, qint32> numbers { { "one", 1 }, { "two", 2 } };
    QByteArray bytes = QByteArray("\0\r\n\xff", 4);
    double real = 0.1;

    QByteArray packed() const
    {
        QByteArray all;
        QDataStream packer(&all, QIODevice::WriteOnly);
        packer << text << numbers << bytes << real;
        return all;
    }
};

/// Reads one message in a transaction; false if it is incomplete.
bool readMessage(QDataStream &stream, Message &message)
{
    stream.startTransaction();
    stream >> message.text >> message.numbers >> message.bytes >> message.real;
    return stream.commitTransaction();
}

/// Sends both parts of `bytes`, the second once the first has been received.
void sendCut(Wire &wire, const QByteArray &bytes, qsizetype cut)
{
    for (const QByteArray &part : { bytes.left(cut), bytes.mid(cut) }) {
        wire.sendFromPeer(part);
        testing::settle();
    }
}

/// Sends `bytes` from the peer as fast as the socket receives them, in growing pieces.
void pour(Wire &wire, const QByteArray &bytes)
{
    qsizetype piece = 1;
    for (qsizetype at = 0; at < bytes.size();) {
        const ssize_t sent = ::send(wire.peer, bytes.constData() + at,
                                    size_t(qMin(piece, bytes.size() - at)), MSG_NOSIGNAL);
        at += qMax(sent, ssize_t(0));
        piece = piece * 7 % 65537 + 1;
        QCoreApplication::processEvents();
    }
    testing::settle();
}

} // namespace

void tst_SocketSplits::buffering()
{
    QTest::addColumn<Mode>("mode");
    QTest::newRow("buffered") << Mode(QIODevice::ReadWrite);
    QTest::newRow("unbuffered") << (QIODevice::ReadWrite | QIODevice::Unbuffered);
}

void tst_SocketSplits::transactionsCommitOnLastByte()
{
    QFETCH(Mode, mode);
    const QByteArray packed = Message().packed();
    for (qsizetype cut = 1; cut < packed.size(); ++cut) {
        Wire wire(mode);
        QDataStream stream(wire.socket.get());
        Message read { {}, {}, {}, 0 };
        QList<bool> commits;
        connect(wire.socket.get(), &QIODevice::readyRead, this,
                [&] { commits << readMessage(stream, read); });
        sendCut(wire, packed, cut);
        QCOMPARE(commits, QList<bool>({ false, true }));
        QCOMPARE(read.packed(), packed);
        QCOMPARE(wire.socket->bytesAvailable(), 0);
    }
}

void tst_SocketSplits::transactionsTakeSingleBytes()
{
    QFETCH(Mode, mode);
    const QByteArray packed = Message().packed();
    Wire wire(mode);
    QDataStream stream(wire.socket.get());
    Message read;
    int attempts = 0, messages = 0;
    connect(wire.socket.get(), &QIODevice::readyRead, this, [&] {
        ++attempts;
        messages += readMessage(stream, read);
    });
    for (char byte : packed + packed) {
        wire.sendFromPeer(QByteArray(1, byte));
        testing::settle();
    }
    QCOMPARE(attempts, 2 * packed.size());
    QCOMPARE(messages, 2);
    QCOMPARE(read.packed(), packed);
}

void tst_SocketSplits::transactionsTakeSeveralMessages()
{
    QFETCH(Mode, mode);
    const QByteArray packed = Message().packed();
    for (qsizetype cut = 1; cut < packed.size(); ++cut) {
        Wire wire(mode);
        QDataStream stream(wire.socket.get());
        Message read;
        QList<int> messages;
        connect(wire.socket.get(), &QIODevice::readyRead, this, [&] {
            messages << 0;
            while (readMessage(stream, read))
                ++messages.last();
        });
        // Two whole messages and a part, then the rest and one more.
        sendCut(wire, packed + packed + packed + packed, 2 * packed.size() + cut);
        QCOMPARE(messages, QList<int>({ 2, 2 }));
    }
}

void tst_SocketSplits::transactionsTakeLargeBlocks()
{
    QFETCH(Mode, mode);
    const QByteArray block = testing::streamOf(3'000'000);
    QByteArray packed;
    QDataStream packer(&packed, QIODevice::WriteOnly);
    packer << block << block.left(100);
    Wire wire(mode);
    QDataStream stream(wire.socket.get());
    QByteArray large, small;
    int commits = 0;
    connect(wire.socket.get(), &QIODevice::readyRead, this, [&] {
        // Like programs that avoid copying a part repeatedly.
        if (wire.socket->bytesAvailable() < packed.size() - 50'000)
            return;
        stream.startTransaction();
        stream >> large >> small;
        commits += stream.commitTransaction();
    });
    pour(wire, packed);
    QCOMPARE(commits, 1);
    QVERIFY(large == block);
    QVERIFY(small == block.left(100));
}

void tst_SocketSplits::dataStreamCanWaitForEachPart()
{
    QFETCH(Mode, mode);
    const QByteArray packed = Message().packed();
    for (qsizetype cut = 1; cut < packed.size(); ++cut) {
        Wire wire(mode);
        QDataStream stream(wire.socket.get());
        Message read;
        wire.sendFromPeer(packed.left(cut));
        QVERIFY(wire.socket->waitForReadyRead(5000));
        QVERIFY(!readMessage(stream, read));
        wire.sendFromPeer(packed.mid(cut));
        QVERIFY(wire.socket->waitForReadyRead(5000));
        QVERIFY(readMessage(stream, read));
        QCOMPARE(read.packed(), packed);
    }
}

void tst_SocketSplits::linesSurviveAnyCut()
{
    QFETCH(Mode, mode);
    const QByteArray text("first\n\nthe third is longer\r\nlast\n");
    for (qsizetype cut = 1; cut < text.size(); ++cut) {
        Wire wire(mode);
        QByteArrayList lines;
        connect(wire.socket.get(), &QIODevice::readyRead, this, [&] {
            while (wire.socket->canReadLine())
                lines << wire.socket->readLine();
        });
        sendCut(wire, text, cut);
        QCOMPARE(lines, QByteArrayList({ "first\n", "\n", "the third is longer\r\n", "last\n" }));
    }
}

void tst_SocketSplits::megabyteLineIsWhole()
{
    QFETCH(Mode, mode);
    const QByteArray line = testing::streamOf(1'000'000).toBase64() + '\n';
    Wire wire(mode);
    QByteArrayList lines;
    connect(wire.socket.get(), &QIODevice::readyRead, this, [&] {
        while (wire.socket->canReadLine())
            lines << wire.socket->readLine();
    });
    pour(wire, line + "short\n");
    QCOMPARE(lines.size(), 2);
    QVERIFY(lines.first() == line);
    QCOMPARE(lines.last(), QByteArray("short\n"));
}

void tst_SocketSplits::textStreamJoinsPieces()
{
    QFETCH(Mode, mode);
    const QString text = QString::fromUtf8("eins zwölf 😀 -3 0x1f\nEnde");
    const QByteArray bytes = text.toUtf8();
    for (qsizetype cut = 1; cut < bytes.size(); ++cut) {
        Wire wire(mode);
        QTextStream stream(wire.socket.get());
        QString read;
        // The second part of a character may be in the next piece.
        connect(wire.socket.get(), &QIODevice::readyRead, this, [&] { read += stream.readAll(); });
        sendCut(wire, bytes, cut);
        QCOMPARE(read, text);
    }
}

void tst_SocketSplits::textStreamReadsLargeText()
{
    QFETCH(Mode, mode);
    QStringList words;
    for (int i = 0; i < 60'000; ++i)
        words << QString::fromUtf8("wört%1").arg(i);
    Wire wire(mode);
    pour(wire, words.join(u'\n').toUtf8() + '\n');
    QTextStream stream(wire.socket.get());
    QStringList read;
    for (QString word; stream.readLineInto(&word);)
        read << word;
    QVERIFY(read == words);
}

void tst_SocketSplits::xmlReaderTakesEveryCut()
{
    QFETCH(Mode, mode);
    const QByteArray document(
            "<?xml version='1.0'?><stream><m to='a&amp;b'>tïme</m><![CDATA[x]]></stream>");
    for (qsizetype cut = 1; cut < document.size(); ++cut) {
        Wire wire(mode);
        QXmlStreamReader reader(wire.socket.get());
        QStringList seen;
        QString text;
        connect(wire.socket.get(), &QIODevice::readyRead, this, [&] {
            while (!reader.atEnd() && reader.readNext() != QXmlStreamReader::Invalid) {
                if (reader.isStartElement())
                    seen << reader.name().toString() << reader.attributes().value("to").toString();
                else if (reader.isCharacters())
                    text += reader.text();
            }
        });
        sendCut(wire, document, cut);
        QCOMPARE(seen, QStringList({ "stream", "", "m", "a&b" }));
        QCOMPARE(text, QString::fromUtf8("tïmex"));
        QVERIFY(!reader.hasError());
    }
}

void tst_SocketSplits::sizedBlocksSurviveAnyCut()
{
    QFETCH(Mode, mode);
    const QByteArray blocks("\x05"
                            "hello"
                            "\x01"
                            ","
                            "\x09"
                            "all there",
                            18);
    for (qsizetype cut = 1; cut < blocks.size(); ++cut) {
        Wire wire(mode);
        QByteArrayList read;
        connect(wire.socket.get(), &QIODevice::readyRead, this, [&] {
            for (QByteArray size; !(size = wire.socket->peek(1)).isEmpty();) {
                if (wire.socket->bytesAvailable() < 1 + size.at(0))
                    return;
                wire.socket->skip(1);
                read << wire.socket->read(size.at(0));
            }
        });
        sendCut(wire, blocks, cut);
        QCOMPARE(read, QByteArrayList({ "hello", ",", "all there" }));
    }
}

void tst_SocketSplits::peekSeesEveryPiece()
{
    QFETCH(Mode, mode);
    const QByteArray bytes("0123456789");
    for (qsizetype cut = 1; cut < bytes.size(); ++cut) {
        Wire wire(mode);
        QByteArrayList seen;
        connect(wire.socket.get(), &QIODevice::readyRead, this,
                [&] { seen << wire.socket->peek(100); });
        sendCut(wire, bytes, cut);
        QCOMPARE(seen, QByteArrayList({ bytes.left(cut), bytes }));
        QCOMPARE(wire.socket->readAll(), bytes);
    }
}

void tst_SocketSplits::ungetCharContinuesIntoNextPiece()
{
    QFETCH(Mode, mode);
    const QByteArray bytes("0123456789");
    for (qsizetype cut = 1; cut < bytes.size(); ++cut) {
        Wire wire(mode);
        wire.sendFromPeer(bytes.left(cut));
        QVERIFY(wire.socket->waitForReadyRead(5000));
        QByteArray read = wire.socket->read(cut);
        wire.socket->ungetChar(read.back());
        wire.socket->ungetChar('<');
        wire.sendFromPeer(bytes.mid(cut));
        QVERIFY(wire.socket->waitForReadyRead(5000));
        QCOMPARE(wire.socket->bytesAvailable(), 2 + bytes.size() - cut);
        QCOMPARE(wire.socket->readAll(), '<' + bytes.mid(cut - 1));
    }
}

void tst_SocketSplits::skipEndsWithPiece()
{
    QFETCH(Mode, mode);
    const QByteArray bytes("0123456789");
    for (qsizetype cut = 1; cut < bytes.size(); ++cut) {
        Wire wire(mode);
        wire.sendFromPeer(bytes.left(cut));
        QVERIFY(wire.socket->waitForReadyRead(5000));
        QCOMPARE(wire.socket->skip(9), qMin(cut, qsizetype(9)));
        QCOMPARE(wire.socket->skip(9), 0);
        wire.sendFromPeer(bytes.mid(cut));
        QVERIFY(wire.socket->waitForReadyRead(5000));
        QCOMPARE(wire.socket->skip(9 - cut), 9 - cut);
        QCOMPARE(wire.socket->readAll(), QByteArray("9"));
    }
}

void tst_SocketSplits::rollBackSpansPieces()
{
    QFETCH(Mode, mode);
    const QByteArray bytes("0123456789");
    for (qsizetype cut = 1; cut < bytes.size(); ++cut) {
        Wire wire(mode);
        wire.sendFromPeer(bytes.left(cut));
        QVERIFY(wire.socket->waitForReadyRead(5000));
        wire.socket->startTransaction();
        QVERIFY(wire.socket->isTransactionStarted());
        QCOMPARE(wire.socket->readAll(), bytes.left(cut));
        wire.sendFromPeer(bytes.mid(cut));
        QVERIFY(wire.socket->waitForReadyRead(5000));
        QCOMPARE(wire.socket->bytesAvailable(), bytes.size() - cut);
        QCOMPARE(wire.socket->read(1), bytes.mid(cut, 1));
        wire.socket->rollbackTransaction();
        QCOMPARE(wire.socket->bytesAvailable(), bytes.size());
        wire.socket->startTransaction();
        QCOMPARE(wire.socket->read(cut), bytes.left(cut));
        wire.socket->commitTransaction();
        QCOMPARE(wire.socket->readAll(), bytes.mid(cut));
    }
}

void tst_SocketSplits::readsOfEverySizeAddUp()
{
    QFETCH(Mode, mode);
    const QByteArray bytes = testing::streamOf(1'000'000);
    Wire wire(mode);
    QByteArray read;
    qint64 size = 1;
    connect(wire.socket.get(), &QIODevice::readyRead, this, [&] {
        while (wire.socket->bytesAvailable() > 0) {
            read += wire.socket->read(size);
            size = size * 5 % 40'009 + 1;
        }
    });
    pour(wire, bytes);
    QVERIFY(read == bytes);
}

QTEST_GUILESS_MAIN(tst_SocketSplits)
#include "tst_socket_splits.moc"
