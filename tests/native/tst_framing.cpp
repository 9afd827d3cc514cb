// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Messages instead of bytes.

#include <QtCore/QDataStream>
#include <QtCore/QThread>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include "framed.h"

using namespace testing;
using qlocal::Error;
using qlocal::Server;
using qlocal::Socket;

class tst_framing : public Framed
{
    Q_OBJECT

private Q_SLOTS:
    void init() { begin(); }
    void cleanup() { end(); }

    void noFramingByDefault();
    void messagesArriveInOrder_data();
    void messagesArriveInOrder();
    void wireFormatIsExact();
    void dataStreamExchangesMessages();
    void nullByteArrayIsTooLong();
    void emptyMessageIsNotNull();
    void messagesSurviveAnySplit();
    void byteReadsReturnNothing();
    void handlerReadsOneMessageOrAll();
    void messageOfMaxSizeArrives_data();
    void messageOfMaxSizeArrives();
    void oversizedMessageEndsConnection_data();
    void oversizedMessageEndsConnection();
    void oversizedWriteIsRefused();
    void lineWithNewlineIsRefused();
    void messageNeedsFramingAndConnection();
    void closedDeviceRefusesMessage();
    void wholeMessageIsTakenOrNone();
    void messageCanExceedReadBuffer();
    void partialMessageIsLostAtEnd();
    void framingSurvivesReconnect();
    void readAheadBytesBecomeMessages();
    void setFramingEndsTransaction();
    void bytesReturnWithoutFraming();
    void waitForReadyReadNeedsMessage();
};

static void addFramings()
{
    QTest::addColumn<Socket::Framing>("framing");
    QTest::newRow("length-prefixed") << Socket::LengthPrefixed;
    QTest::newRow("lines") << Socket::Lines;
}

void tst_framing::noFramingByDefault()
{
    QCOMPARE(m_client->framing(), Socket::NoFraming);
    QCOMPARE(m_client->maxMessageSize(), qint64(1024 * 1024));
    m_client->setMaxMessageSize(10);
    QCOMPARE(m_client->maxMessageSize(), qint64(10));
    m_client->setMaxMessageSize(-1);
    QCOMPARE(m_client->maxMessageSize(), qint64(1024 * 1024));
    m_client->setMaxMessageSize(std::numeric_limits<qint64>::max());
    QCOMPARE(m_client->maxMessageSize(), qint64(std::numeric_limits<qint32>::max()));
    QVERIFY(!m_accepted->hasMessage());
    QVERIFY(m_accepted->readMessage().isNull());
    QSignalSpy ready(m_accepted, &Socket::messageReady);
    m_client->write("one\ntwo\n");
    QTRY_COMPARE(m_accepted->bytesAvailable(), 8);
    QVERIFY(!m_accepted->hasMessage());
    QCOMPARE(ready.count(), 0);
}

void tst_framing::messagesArriveInOrder_data()
{
    addFramings();
}

void tst_framing::messagesArriveInOrder()
{
    QFETCH(Socket::Framing, framing);
    frame(framing);
    QCOMPARE(m_accepted->framing(), framing);
    QSignalSpy ready(m_accepted, &Socket::messageReady);
    QSignalSpy bytes(m_accepted, &Socket::readyRead);
    const QList<QByteArray> sent { "one", "two\r", QByteArray(), QByteArray(300000, 'x'), "last" };
    for (const QByteArray &message : sent)
        QVERIFY(m_client->writeMessage(message));
    QList<QByteArray> arrived;
    connect(m_accepted, &Socket::messageReady, this, [&] { arrived += readAll(m_accepted); });
    QTRY_COMPARE(arrived.size(), sent.size());
    QCOMPARE(arrived, sent);
    QVERIFY(ready.count() > 0);
    QCOMPARE(bytes.count(), 0);
}

void tst_framing::wireFormatIsExact()
{
    m_client->setFraming(Socket::LengthPrefixed);
    QVERIFY(m_client->writeMessage("hello"));
    QTRY_COMPARE(m_accepted->bytesAvailable(), 9);
    QCOMPARE(m_accepted->readAll(), QByteArray("\0\0\0\5hello", 9));
    m_client->setFraming(Socket::Lines);
    QVERIFY(m_client->writeMessage("hello"));
    QTRY_COMPARE(m_accepted->bytesAvailable(), 6);
    QCOMPARE(m_accepted->readAll(), QByteArray("hello\n"));
}

void tst_framing::dataStreamExchangesMessages()
{
    m_accepted->setFraming(Socket::LengthPrefixed);
    QDataStream stream(m_client.get());
    stream << QByteArray("question") << QByteArray("");
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(readAll(m_accepted), (QList<QByteArray> { "question", "" }));
    QVERIFY(m_accepted->writeMessage("answer"));
    QByteArray answer;
    QTRY_COMPARE(m_client->bytesAvailable(), 10);
    stream >> answer;
    QCOMPARE(answer, QByteArray("answer"));
}

void tst_framing::nullByteArrayIsTooLong()
{
    m_accepted->setFraming(Socket::LengthPrefixed);
    m_accepted->setMaxMessageSize(std::numeric_limits<qint64>::max());
    QDataStream stream(m_client.get());
    stream << QByteArray();
    QTRY_COMPARE(m_accepted->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(m_accepted->error(), QLocalSocket::SocketResourceError);
}

void tst_framing::emptyMessageIsNotNull()
{
    frame(Socket::LengthPrefixed);
    QVERIFY(m_client->writeMessage(QByteArray()));
    QTRY_VERIFY(m_accepted->hasMessage());
    const QByteArray message = m_accepted->readMessage();
    QVERIFY(message.isEmpty());
    QVERIFY(!message.isNull());
    QVERIFY(m_accepted->readMessage().isNull());
}

void tst_framing::messagesSurviveAnySplit()
{
    const QByteArray prefixed("\0\0\0\3one\0\0\0\0\0\0\0\4four", 19);
    const QByteArray lines("one\n\nfour\n");
    for (const auto &[framing, bytes] :
         { std::pair(Socket::LengthPrefixed, prefixed), std::pair(Socket::Lines, lines) }) {
        m_accepted->setFraming(framing);
        for (qsizetype at = 0; at <= bytes.size(); ++at) {
            QList<QByteArray> arrived;
            for (const QByteArray &piece : { bytes.left(at), bytes.mid(at) }) {
                m_client->write(piece);
                settle();
                arrived += readAll(m_accepted);
            }
            QCOMPARE(arrived, (QList<QByteArray> { "one", "", "four" }));
        }
    }
}

void tst_framing::byteReadsReturnNothing()
{
    m_accepted->setFraming(Socket::Lines);
    m_client->write("line\npart");
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(m_accepted->bytesAvailable(), 0);
    QVERIFY(!m_accepted->canReadLine());
    QCOMPARE(m_accepted->readAll(), QByteArray());
    QCOMPARE(m_accepted->peek(10), QByteArray());
    QCOMPARE(readAll(m_accepted), QList<QByteArray> { "line" });
    m_client->disconnectFromServer();
    QTRY_COMPARE(m_accepted->state(), QLocalSocket::UnconnectedState);
    char byte;
    QCOMPARE(m_accepted->read(&byte, 1), -1);
}

void tst_framing::handlerReadsOneMessageOrAll()
{
    m_accepted->setFraming(Socket::Lines);
    QList<QByteArray> arrived;
    bool all = false;
    int calls = 0;
    connect(m_accepted, &Socket::messageReady, this, [&] {
        ++calls;
        do {
            arrived.append(m_accepted->readMessage());
        } while (all && m_accepted->hasMessage());
    });
    m_client->write("one\ntwo\nthree\n");
    QTRY_COMPARE(arrived, (QList<QByteArray> { "one", "two", "three" }));
    QCOMPARE(calls, 3);
    all = true;
    m_client->write("four\nfive\n");
    QTRY_COMPARE(arrived.size(), 5);
    settle();
    QCOMPARE(calls, 4);
}

void tst_framing::messageOfMaxSizeArrives_data()
{
    QTest::addColumn<Socket::Framing>("framing");
    QTest::addColumn<qint64>("maxSize");
    for (qint64 maxSize : { qint64(1), qint64(5), qint64(70000), qint64(0) }) {
        QTest::addRow("length-prefixed %lld", maxSize) << Socket::LengthPrefixed << maxSize;
        QTest::addRow("lines %lld", maxSize) << Socket::Lines << maxSize;
    }
}

void tst_framing::messageOfMaxSizeArrives()
{
    QFETCH(Socket::Framing, framing);
    QFETCH(qint64, maxSize);
    frame(framing);
    m_client->setMaxMessageSize(maxSize);
    m_accepted->setMaxMessageSize(maxSize);
    const QByteArray message(m_accepted->maxMessageSize(), 'x');
    QVERIFY(m_client->writeMessage(message));
    QVERIFY(m_client->writeMessage("y"));
    QSignalSpy ready(m_accepted, &Socket::messageReady);
    QTRY_VERIFY(m_accepted->hasMessage());
    QVERIFY(m_accepted->readMessage() == message);
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(m_accepted->readMessage(), QByteArray("y"));
    QVERIFY(ready.count() >= 1);
}

void tst_framing::oversizedMessageEndsConnection_data()
{
    addFramings();
}

void tst_framing::oversizedMessageEndsConnection()
{
    QFETCH(Socket::Framing, framing);
    frame(framing);
    m_accepted->setMaxMessageSize(5);
    QList<QLocalSocket::LocalSocketError> errors;
    QByteArray inHandler;
    connect(m_accepted, &QLocalSocket::errorOccurred, this, [&](auto error) {
        errors.append(error);
        inHandler = m_accepted->readMessage();
    });
    QVERIFY(m_client->writeMessage("short"));
    QVERIFY(m_client->writeMessage("longer"));
    QVERIFY(m_client->writeMessage("next"));
    QTRY_COMPARE(m_accepted->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(errors, QList { QLocalSocket::SocketResourceError });
    QCOMPARE(inHandler, QByteArray("short"));
    QVERIFY(!m_accepted->hasMessage());
    QCOMPARE(m_accepted->errorString(), QStringLiteral("QLocalSocket: Socket resource error"));
    const Error error = m_accepted->lastError();
    QCOMPARE(error.kind(), Error::LimitExceeded);
    QCOMPARE(error.operation(), QStringLiteral("receive message"));
    QVERIFY2(error.hint().contains(QStringLiteral("longer messages")), qPrintable(error.text()));
    QTRY_COMPARE(m_client->state(), QLocalSocket::UnconnectedState);
}

void tst_framing::oversizedWriteIsRefused()
{
    frame(Socket::LengthPrefixed);
    m_client->setMaxMessageSize(5);
    QSignalSpy errors(m_client.get(), &QLocalSocket::errorOccurred);
    QVERIFY(!m_client->writeMessage("longer"));
    QCOMPARE(m_client->lastError().kind(), Error::InvalidMessage);
    QCOMPARE(m_client->lastError().operation(), QStringLiteral("write message"));
    QCOMPARE(m_client->errorString(), QStringLiteral("QLocalSocket: Invalid message"));
    QCOMPARE(m_client->bytesToWrite(), 0);
    QVERIFY(m_client->writeMessage("short"));
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(readAll(m_accepted), QList<QByteArray> { "short" });
    QCOMPARE(errors.count(), 0);
    QCOMPARE(m_client->state(), QLocalSocket::ConnectedState);
}

void tst_framing::lineWithNewlineIsRefused()
{
    frame(Socket::Lines);
    QVERIFY(!m_client->writeMessage("two\nlines"));
    QCOMPARE(m_client->lastError().kind(), Error::InvalidMessage);
    QCOMPARE(m_client->bytesToWrite(), 0);
}

void tst_framing::messageNeedsFramingAndConnection()
{
    QVERIFY(!m_client->writeMessage("x"));
    QCOMPARE(m_client->lastError().kind(), Error::InvalidMessage);
    m_client->setFraming(Socket::Lines);
    m_client->abort();
    QVERIFY(!m_client->writeMessage("x"));
    QCOMPARE(m_client->lastError().kind(), Error::NotConnected);
}

void tst_framing::closedDeviceRefusesMessage()
{
    frame(Socket::Lines);
    QVERIFY(m_client->writeMessage(QByteArray(1000000, 'x')));
    m_client->close();
    QCOMPARE(m_client->state(), QLocalSocket::ClosingState);
    QVERIFY(!m_client->writeMessage("y"));
    QCOMPARE(m_client->lastError().kind(), Error::NotConnected);
    QTRY_COMPARE(m_client->state(), QLocalSocket::UnconnectedState);
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(readAll(m_accepted), QList<QByteArray> { QByteArray(1000000, 'x') });
    m_client->connectToServer(m_server->fullServerName(), QIODevice::ReadOnly);
    QVERIFY(!m_client->writeMessage("z"));
    QCOMPARE(m_client->lastError().kind(), Error::NotConnected);
}

void tst_framing::wholeMessageIsTakenOrNone()
{
    frame(Socket::LengthPrefixed);
    m_client->setWriteLimit(20);
    QVERIFY(m_client->writeMessage(QByteArray(10, 'x')));
    QVERIFY(!m_client->writeMessage(QByteArray(3, 'y')));
    QCOMPARE(m_client->lastError().kind(), Error::LimitExceeded);
    QCOMPARE(m_client->bytesToWrite(), 14);
    QVERIFY(!m_client->writeMessage(QByteArray(17, 'z')));
    QCOMPARE(m_client->lastError().kind(), Error::InvalidMessage);
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(readAll(m_accepted), QList<QByteArray> { QByteArray(10, 'x') });
    QVERIFY(m_client->writeMessage(QByteArray(16, 'y')));
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(readAll(m_accepted), QList<QByteArray> { QByteArray(16, 'y') });
}

void tst_framing::messageCanExceedReadBuffer()
{
    frame(Socket::Lines);
    m_accepted->setReadBufferSize(10);
    QVERIFY(m_client->writeMessage(QByteArray(200000, 'x')));
    QVERIFY(m_client->writeMessage("next"));
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(m_accepted->readMessage(), QByteArray(200000, 'x'));
    QTRY_VERIFY(m_accepted->hasMessage());
    QCOMPARE(m_accepted->readMessage(), QByteArray("next"));
}

void tst_framing::partialMessageIsLostAtEnd()
{
    m_accepted->setFraming(Socket::Lines);
    m_client->write("whole\npart");
    m_client->disconnectFromServer();
    QTRY_COMPARE(m_accepted->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(m_accepted->error(), QLocalSocket::PeerClosedError);
    QCOMPARE(readAll(m_accepted), QList<QByteArray> { "whole" });
    QCOMPARE(m_accepted->lastError().operation(), QStringLiteral("receive message"));
    QVERIFY(m_accepted->lastError().hint().contains(QStringLiteral("middle of a message")));
}

void tst_framing::framingSurvivesReconnect()
{
    m_client->setFraming(Socket::Lines);
    m_accepted->write("part");
    settle();
    m_client->disconnectFromServer();
    connectClient();
    QVERIFY(m_accepted);
    QCOMPARE(m_client->framing(), Socket::Lines);
    m_accepted->write("whole\n");
    QTRY_VERIFY(m_client->hasMessage());
    QCOMPARE(m_client->readMessage(), QByteArray("whole"));
}

void tst_framing::readAheadBytesBecomeMessages()
{
    m_accepted->setTextModeEnabled(true);
    m_client->write(QByteArray("hello\n\0\0\0\4o\r\nne\0\0\0\3tw", 19));
    QTRY_COMPARE(m_accepted->bytesAvailable(), 19);
    QCOMPARE(m_accepted->readLine(), QByteArray("hello\n"));
    m_accepted->ungetChar('\0');
    QCOMPARE(m_accepted->read(1).size(), 1);
    QSignalSpy ready(m_accepted, &Socket::messageReady);
    m_accepted->setFraming(Socket::LengthPrefixed);
    QVERIFY(m_accepted->isTextModeEnabled());
    QCOMPARE(ready.count(), 0);
    QTRY_COMPARE(ready.count(), 1);
    QCOMPARE(readAll(m_accepted), QList<QByteArray> { "o\r\nn" });
}

void tst_framing::setFramingEndsTransaction()
{
    m_client->write("ab\ncd\n");
    QTRY_COMPARE(m_accepted->bytesAvailable(), 6);
    m_accepted->startTransaction();
    QCOMPARE(m_accepted->read(3), QByteArray("ab\n"));
    m_accepted->setFraming(Socket::Lines);
    QVERIFY(!m_accepted->isTransactionStarted());
    QCOMPARE(readAll(m_accepted), QList<QByteArray> { "cd" });
}

void tst_framing::bytesReturnWithoutFraming()
{
    m_accepted->setFraming(Socket::Lines);
    QSignalSpy ready(m_accepted, &Socket::readyRead);
    connect(m_accepted, &Socket::messageReady, this, [this] {
        QCOMPARE(m_accepted->readMessage(), QByteArray("switch"));
        m_accepted->setFraming(Socket::NoFraming);
    });
    m_client->write("switch\nto\nbytes");
    QTRY_COMPARE(ready.count(), 1);
    QCOMPARE(m_accepted->readAll(), QByteArray("to\nbytes"));
}

void tst_framing::waitForReadyReadNeedsMessage()
{
    m_accepted->setFraming(Socket::Lines);
    m_client->write("on");
    m_client->flush();
    QVERIFY(!m_accepted->waitForReadyRead(10));
    QCOMPARE(m_accepted->error(), QLocalSocket::SocketTimeoutError);
    m_client->write("e\n");
    m_client->flush();
    QVERIFY(m_accepted->waitForReadyRead(5000));
    QCOMPARE(m_accepted->readMessage(), QByteArray("one"));
}

QTEST_GUILESS_MAIN(tst_framing)
#include "tst_framing.moc"
