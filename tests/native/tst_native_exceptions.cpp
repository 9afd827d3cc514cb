// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Throwing handlers of features that only the native classes have.

#include "framed.h"
#include "throwing.h"

#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

using testing::CatchingApplication;
using testing::Thrown;
using testing::ThrowOnce;

class tst_NativeExceptions : public Framed
{
    Q_OBJECT

private slots:
    void init()
    {
        CatchingApplication::caught = 0;
        begin();
    }
    void cleanup() { end(); }

    void throwingAllowFunctionRefuses();
    void refusedCanThrow();
    void messageReadyCanThrow();
    void waterMarksCanThrow();
};

void tst_NativeExceptions::throwingAllowFunctionRefuses()
{
    bool throwing = true;
    m_server->setAllowFunction([&](const qlocal::PeerCredentials &) {
        if (throwing)
            throw Thrown();
        return true;
    });
    qlocal::Socket first;
    first.connectToServer(m_server->fullServerName());
    testing::settle();
    QCOMPARE(int(CatchingApplication::caught), 1);
    QVERIFY(!m_server->hasPendingConnections());
    QCOMPARE(first.state(), QLocalSocket::UnconnectedState);
    throwing = false;
    qlocal::Socket second;
    second.connectToServer(m_server->fullServerName());
    testing::settle();
    QVERIFY(m_server->nextSocket());
}

void tst_NativeExceptions::refusedCanThrow()
{
    m_server->setAllowFunction([](const qlocal::PeerCredentials &) { return false; });
    connect(m_server.get(), &qlocal::Server::refused, this, ThrowOnce());
    for (int count = 0; count < 2; ++count) {
        qlocal::Socket socket;
        socket.connectToServer(m_server->fullServerName());
        testing::settle();
        QCOMPARE(socket.state(), QLocalSocket::UnconnectedState);
    }
    QCOMPARE(int(CatchingApplication::caught), 1);
}

void tst_NativeExceptions::messageReadyCanThrow()
{
    m_client->setFraming(qlocal::Socket::Lines);
    m_accepted->setFraming(qlocal::Socket::Lines);
    QList<QByteArray> read;
    connect(m_accepted, &qlocal::Socket::messageReady, this, [&] {
        read << m_accepted->readMessage();
        throw Thrown();
    });
    for (const char *message : { "one", "two", "three" })
        m_client->writeMessage(message);
    testing::settle();
    QCOMPARE(read, QList<QByteArray>({ "one", "two", "three" }));
    QCOMPARE(int(CatchingApplication::caught), 3);
}

void tst_NativeExceptions::waterMarksCanThrow()
{
    m_client->setHighWater(1);
    QSignalSpy low(m_client.get(), &qlocal::Socket::lowWaterReached);
    connect(m_client.get(), &qlocal::Socket::highWaterReached, this, ThrowOnce());
    connect(m_client.get(), &qlocal::Socket::lowWaterReached, this, ThrowOnce());
    // More than the kernel accepts at once.
    const QByteArray bytes(8 << 20, 'x');
    m_client->write(bytes);
    testing::settle();
    QCOMPARE(m_accepted->readAll().size(), bytes.size());
    QCOMPARE(low.count(), 1);
    QCOMPARE(int(CatchingApplication::caught), 2);
}

int main(int argc, char *argv[])
{
    CatchingApplication application(argc, argv);
    tst_NativeExceptions test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_native_exceptions.moc"
