// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The forms of messages on the wire, against QDataStream and against bytes, and those that a server sets.

#include <QtCore/QDataStream>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include "framed.h"

using namespace testing;
using qlocal::Error;
using qlocal::Server;
using qlocal::Socket;

class tst_framing_forms : public Framed
{
    Q_OBJECT

private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }

    void defaultsAreNewlineAndFourBytes();
    void settingsComeInAnyOrder();
    void changedSettingIsAnnouncedOnce();
    void invalidSettingsAreRefused();
    void delimiterEndsMessages_data();
    void delimiterEndsMessages();
    void messageWithDelimiterIsRefused();
    void prefixHasSizeAndOrder_data();
    void prefixHasSizeAndOrder();
    void messageBeyondPrefixIsRefused();
    void dataStreamExchangesByteArrays();
    void dataStreamExchangesLittleEndianArrays();
    void nullByteArrayIsEmptyMessage();
    void extendedByteArrayIsTooLong();
    void newDelimiterDividesUnreadMessages();
    void serverFramesItsSockets_data();
    void serverFramesItsSockets();
    void serverWithoutFramingKeepsThatOfSocket();
    void serverFramesNoPlainSocket();
    void serverRefusesInvalidSettings();
};

void tst_framing_forms::defaultsAreNewlineAndFourBytes()
{
    QCOMPARE(int(Socket::Raw), int(Socket::NoFraming));
    QCOMPARE(m_client->delimiter(), QByteArray("\n"));
    QCOMPARE(m_client->prefixSize(), 4);
    QCOMPARE(m_client->byteOrder(), Socket::BigEndian);
    QCOMPARE(m_server->framing(), Socket::Raw);
    QCOMPARE(m_server->delimiter(), QByteArray("\n"));
    QCOMPARE(m_server->prefixSize(), 4);
    QCOMPARE(m_server->byteOrder(), Socket::BigEndian);
}

void tst_framing_forms::settingsComeInAnyOrder()
{
    QVERIFY(m_client->setDelimiter("\r\n"));
    QVERIFY(m_client->setPrefixSize(2));
    m_client->setByteOrder(Socket::LittleEndian);
    QCOMPARE(m_client->framing(), Socket::Raw);
    m_client->setFraming(Socket::Lines);
    QVERIFY(m_client->writeMessage("a"));
    m_client->setFraming(Socket::LengthPrefixed);
    QVERIFY(m_client->writeMessage("b"));
    QVERIFY(m_client->setPrefixSize(1));
    QVERIFY(m_client->writeMessage("c"));
    QVERIFY(m_client->setDelimiter("."));
    m_client->setFraming(Socket::Lines);
    QVERIFY(m_client->writeMessage("d"));
    QTRY_COMPARE(m_accepted->bytesAvailable(), 10);
    QCOMPARE(m_accepted->readAll(), QByteArray("a\r\n\1\0b\1cd.", 10));
}

void tst_framing_forms::changedSettingIsAnnouncedOnce()
{
    const auto check = [](auto *object) {
        QSignalSpy changes(object, SIGNAL(settingsChanged()));
        for (int round = 0; round < 2; ++round) {
            object->setFraming(Socket::Lines);
            QVERIFY(object->setDelimiter("\r\n"));
            QVERIFY(object->setPrefixSize(8));
            object->setByteOrder(Socket::LittleEndian);
        }
        QCOMPARE(changes.count(), 4);
        QVERIFY(!object->setDelimiter(QByteArray()));
        QCOMPARE(changes.count(), 4);
    };
    check(m_client.get());
    check(m_server.get());
}

void tst_framing_forms::invalidSettingsAreRefused()
{
    QSignalSpy errors(m_client.get(), &QLocalSocket::errorOccurred);
    for (const QByteArray &delimiter : { QByteArray(), QByteArray(""), QByteArray(64, 'x') }) {
        QVERIFY(!m_client->setDelimiter(delimiter));
        QCOMPARE(m_client->lastError().kind(), Error::InvalidFraming);
        QCOMPARE(m_client->lastError().operation(), QStringLiteral("set delimiter"));
        QVERIFY(m_client->lastError().hint().contains(QStringLiteral("1 to 63 bytes")));
    }
    QVERIFY(m_client->setDelimiter(QByteArray(63, 'x')));
    for (int size : { -1, 0, 3, 5, 16 }) {
        QVERIFY(!m_client->setPrefixSize(size));
        QCOMPARE(m_client->lastError().kind(), Error::InvalidFraming);
        QCOMPARE(m_client->lastError().operation(), QStringLiteral("set prefix size"));
    }
    QCOMPARE(m_client->errorString(), QStringLiteral("QLocalSocket: Invalid framing"));
    QCOMPARE(m_client->delimiter(), QByteArray(63, 'x'));
    QCOMPARE(m_client->prefixSize(), 4);
    QCOMPARE(errors.count(), 0);
    QCOMPARE(m_client->state(), QLocalSocket::ConnectedState);
}

void tst_framing_forms::delimiterEndsMessages_data()
{
    QTest::addColumn<QByteArray>("delimiter");
    QTest::newRow("newline") << QByteArray("\n");
    QTest::newRow("CRLF") << QByteArray("\r\n");
    QTest::newRow("NUL") << QByteArray("\0", 1);
    QTest::newRow("word") << QByteArray("--end--");
    QTest::newRow("longest") << QByteArray(62, '-') + '+';
}

void tst_framing_forms::delimiterEndsMessages()
{
    QFETCH(QByteArray, delimiter);
    m_accepted->setFraming(Socket::Lines);
    QVERIFY(m_accepted->setDelimiter(delimiter));
    QCOMPARE(m_accepted->delimiter(), delimiter);
    const QList<QByteArray> sent { "one", "", "--en", QByteArray(100, '-'), "\r" };
    for (const QByteArray &message : sent)
        QVERIFY(m_accepted->writeMessage(message));
    const QByteArray wire = sent.join(delimiter) + delimiter;
    QTRY_COMPARE(m_client->bytesAvailable(), wire.size());
    QCOMPARE(m_client->readAll(), wire);
    // The other way, with each byte in a read of its own.
    QList<QByteArray> arrived;
    connect(m_accepted, &Socket::messageReady, this, [&] { arrived += readAll(m_accepted); });
    for (char byte : wire) {
        m_client->write(&byte, 1);
        m_client->flush();
        QTRY_COMPARE(m_accepted->bytesReceived(), m_client->bytesSent());
    }
    QTRY_COMPARE(arrived, sent);
}

void tst_framing_forms::messageWithDelimiterIsRefused()
{
    frame(Socket::Lines);
    QVERIFY(m_client->setDelimiter("--end--"));
    QVERIFY(!m_client->writeMessage("a--end--b"));
    QCOMPARE(m_client->lastError().kind(), Error::InvalidMessage);
    // Followed by the delimiter, it would end after the first letter.
    QVERIFY(!m_client->writeMessage("a--end"));
    QCOMPARE(m_client->lastError().kind(), Error::InvalidMessage);
    QCOMPARE(m_client->bytesToWrite(), 0);
    QVERIFY(m_client->writeMessage("a\nb"));
}

void tst_framing_forms::prefixHasSizeAndOrder_data()
{
    QTest::addColumn<int>("size");
    QTest::addColumn<Socket::ByteOrder>("order");
    QTest::addColumn<QByteArray>("prefix");
    QTest::newRow("1 byte") << 1 << Socket::BigEndian << QByteArray("\x64", 1);
    QTest::newRow("1 byte, little-endian") << 1 << Socket::LittleEndian << QByteArray("\x64", 1);
    QTest::newRow("2 bytes") << 2 << Socket::BigEndian << QByteArray("\x01\x02", 2);
    QTest::newRow("2 bytes, little-endian")
            << 2 << Socket::LittleEndian << QByteArray("\x02\x01", 2);
    QTest::newRow("4 bytes") << 4 << Socket::BigEndian << QByteArray("\0\0\x01\x02", 4);
    QTest::newRow("4 bytes, little-endian")
            << 4 << Socket::LittleEndian << QByteArray("\x02\x01\0\0", 4);
    QTest::newRow("8 bytes") << 8 << Socket::BigEndian << QByteArray("\0\0\0\0\0\0\x01\x02", 8);
    QTest::newRow("8 bytes, little-endian")
            << 8 << Socket::LittleEndian << QByteArray("\x02\x01\0\0\0\0\0\0", 8);
}

void tst_framing_forms::prefixHasSizeAndOrder()
{
    QFETCH(int, size);
    QFETCH(Socket::ByteOrder, order);
    QFETCH(QByteArray, prefix);
    m_accepted->setFraming(Socket::LengthPrefixed);
    QVERIFY(m_accepted->setPrefixSize(size));
    m_accepted->setByteOrder(order);
    QCOMPARE(m_accepted->prefixSize(), size);
    QCOMPARE(m_accepted->byteOrder(), order);
    const QByteArray message(size == 1 ? 0x64 : 0x0102, 'x');
    QVERIFY(m_accepted->writeMessage(message));
    QTRY_COMPARE(m_client->bytesAvailable(), prefix.size() + message.size());
    QCOMPARE(m_client->readAll(), prefix + message);
    m_client->write(prefix + message + prefix + message);
    QList<QByteArray> arrived;
    connect(m_accepted, &Socket::messageReady, this, [&] { arrived += readAll(m_accepted); });
    QTRY_COMPARE(arrived, (QList<QByteArray> { message, message }));
}

void tst_framing_forms::messageBeyondPrefixIsRefused()
{
    frame(Socket::LengthPrefixed);
    for (const auto &[size, longest] : { std::pair(1, 255), std::pair(2, 65535) }) {
        QVERIFY(m_client->setPrefixSize(size));
        QVERIFY(m_accepted->setPrefixSize(size));
        QVERIFY(!m_client->writeMessage(QByteArray(longest + 1, 'x')));
        QCOMPARE(m_client->lastError().kind(), Error::InvalidMessage);
        QVERIFY(m_client->writeMessage(QByteArray(longest, 'x')));
        QTRY_VERIFY(m_accepted->hasMessage());
        QCOMPARE(m_accepted->readMessage().size(), longest);
    }
}

void tst_framing_forms::dataStreamExchangesByteArrays()
{
    m_accepted->setFraming(Socket::ByteArrays);
    QList<QByteArray> arrived;
    connect(m_accepted, &Socket::messageReady, this, [&] { arrived += readAll(m_accepted); });
    QDataStream stream(m_client.get());
    const QList<QByteArray> sent { "one", "", QByteArray(100000, '\0'), "\xff\xff\xff\xff" };
    for (const QByteArray &array : sent)
        stream << array;
    QTRY_COMPARE(arrived, sent);
    for (const QByteArray &array : sent)
        QVERIFY(m_accepted->writeMessage(array));
    arrived.clear();
    connect(m_client.get(), &QLocalSocket::readyRead, this, [&] {
        for (;;) {
            QByteArray array;
            stream.startTransaction();
            stream >> array;
            if (!stream.commitTransaction())
                return;
            arrived.append(array);
        }
    });
    QTRY_COMPARE(arrived, sent);
}

void tst_framing_forms::dataStreamExchangesLittleEndianArrays()
{
    m_accepted->setFraming(Socket::LengthPrefixed);
    m_accepted->setByteOrder(Socket::LittleEndian);
    QDataStream stream(m_client.get());
    stream.setByteOrder(QDataStream::LittleEndian);
    stream << QByteArray("question");
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(m_accepted->readMessage(), QByteArray("question"));
    QVERIFY(m_accepted->writeMessage("answer"));
    QTRY_COMPARE(m_client->bytesAvailable(), 10);
    QByteArray answer;
    stream >> answer;
    QCOMPARE(answer, QByteArray("answer"));
}

void tst_framing_forms::nullByteArrayIsEmptyMessage()
{
    m_accepted->setFraming(Socket::ByteArrays);
    QDataStream stream(m_client.get());
    stream << QByteArray() << QByteArray("next");
    QTRY_VERIFY(m_accepted->hasMessage());
    const QByteArray message = m_accepted->readMessage();
    QVERIFY(message.isEmpty());
    QVERIFY(!message.isNull());
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(m_accepted->readMessage(), QByteArray("next"));
    // A null array is sent as an empty one.
    QVERIFY(m_accepted->writeMessage(QByteArray()));
    QTRY_COMPARE(m_client->bytesAvailable(), 4);
    QByteArray array;
    stream >> array;
    QVERIFY(array.isEmpty());
    QVERIFY(!array.isNull());
}

void tst_framing_forms::extendedByteArrayIsTooLong()
{
    m_accepted->setFraming(Socket::ByteArrays);
    m_accepted->setMaxMessageSize(std::numeric_limits<qint64>::max());
    // How QDataStream begins an array whose length needs more than four bytes.
    m_client->write("\xff\xff\xff\xfe\0\0\0\1\0\0\0\0", 12);
    QTRY_COMPARE(m_accepted->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(m_accepted->lastError().kind(), Error::LimitExceeded);
}

void tst_framing_forms::newDelimiterDividesUnreadMessages()
{
    m_accepted->setFraming(Socket::Lines);
    m_client->write("one\r\ntwo\r\nthr");
    QTRY_VERIFY(m_accepted->hasMessage());
    QSignalSpy ready(m_accepted, &Socket::messageReady);
    QVERIFY(m_accepted->setDelimiter("\r\n"));
    QTRY_COMPARE(ready.count(), 1);
    QCOMPARE(readAll(m_accepted), (QList<QByteArray> { "one", "two" }));
    m_client->write("ee\r\n");
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(m_accepted->readMessage(), QByteArray("three"));
}

void tst_framing_forms::serverFramesItsSockets_data()
{
    QTest::addColumn<Socket::Framing>("framing");
    QTest::addColumn<QByteArray>("wire");
    QTest::newRow("lines") << Socket::Lines << QByteArray("hello--end--");
    QTest::newRow("length-prefixed") << Socket::LengthPrefixed << QByteArray("\5\0hello", 7);
    QTest::newRow("byte arrays") << Socket::ByteArrays << QByteArray("\0\0\0\5hello", 9);
}

void tst_framing_forms::serverFramesItsSockets()
{
    QFETCH(Socket::Framing, framing);
    QFETCH(QByteArray, wire);
    m_server->setFraming(framing);
    QVERIFY(m_server->setDelimiter("--end--"));
    QVERIFY(m_server->setPrefixSize(2));
    m_server->setByteOrder(Socket::LittleEndian);
    m_client->abort();
    m_client->connectToServer(m_server->fullServerName());
    m_client->write(wire);
    QVERIFY(m_server->waitForNewConnection(5000));
    Socket *accepted = m_server->nextSocket();
    QCOMPARE(accepted->framing(), framing);
    QCOMPARE(accepted->delimiter(), QByteArray("--end--"));
    QCOMPARE(accepted->prefixSize(), 2);
    QCOMPARE(accepted->byteOrder(), Socket::LittleEndian);
    QTRY_VERIFY(accepted->hasMessage());
    QCOMPARE(accepted->readMessage(), QByteArray("hello"));
    QCOMPARE(m_accepted->framing(), Socket::Raw);
}

/// A server whose sockets are made by a function.
class MakingServer : public Server
{
public:
    std::function<QLocalSocket *()> make;

protected:
    void incomingConnection(quintptr descriptor) override
    {
        QLocalSocket *socket = make();
        socket->setParent(this);
        socket->setSocketDescriptor(qintptr(descriptor));
        admit(socket);
        addPendingConnection(socket);
    }
};

void tst_framing_forms::serverWithoutFramingKeepsThatOfSocket()
{
    MakingServer server;
    server.make = [] {
        auto *socket = new Socket;
        socket->setFraming(Socket::Lines);
        return socket;
    };
    QVERIFY(server.setDelimiter("."));
    QVERIFY(server.listen(uniqueName()));
    m_client->abort();
    m_client->connectToServer(server.fullServerName());
    QVERIFY(server.waitForNewConnection(5000));
    Socket *accepted = server.nextSocket();
    QCOMPARE(accepted->framing(), Socket::Lines);
    QCOMPARE(accepted->delimiter(), QByteArray("\n"));
}

void tst_framing_forms::serverFramesNoPlainSocket()
{
    MakingServer server;
    server.make = [] { return new QLocalSocket; };
    server.setFraming(Socket::Lines);
    QVERIFY(server.listen(uniqueName()));
    m_client->abort();
    m_client->connectToServer(server.fullServerName());
    QVERIFY(server.waitForNewConnection(5000));
    QLocalSocket *accepted = server.nextPendingConnection();
    m_client->write("bytes");
    QTRY_COMPARE(accepted->bytesAvailable(), 5);
}

void tst_framing_forms::serverRefusesInvalidSettings()
{
    QVERIFY(!m_server->setDelimiter(QByteArray()));
    QCOMPARE(m_server->lastError().kind(), Error::InvalidFraming);
    QCOMPARE(m_server->errorString(), QStringLiteral("QLocalServer: Invalid framing"));
    QCOMPARE(m_server->delimiter(), QByteArray("\n"));
    QVERIFY(!m_server->setPrefixSize(3));
    QCOMPARE(m_server->lastError().operation(), QStringLiteral("set prefix size"));
    QCOMPARE(m_server->prefixSize(), 4);
    QVERIFY(m_server->isListening());
}

QTEST_GUILESS_MAIN(tst_framing_forms)
#include "tst_framing_forms.moc"
