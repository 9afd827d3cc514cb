// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Which virtual functions of a subclass are called, with which arguments, and when.

#include "recorder.h"

#include <QtTest/QtTest>

#include <functional>
#include <optional>

/// Records each call of an inherited virtual function.
class Overrider : public QLocalSocket
{
    Q_OBJECT

public:
    Overrider()
    {
        connect(this, &QLocalSocket::stateChanged, this,
                [this](LocalSocketState state) { note("<state %1>", int(state)); });
        connect(this, &QLocalSocket::errorOccurred, this,
                [this](LocalSocketError error) { note("<error %1>", int(error)); });
        connect(this, &QIODevice::aboutToClose, this, [this] { note("<aboutToClose>"); });
        connect(this, &QLocalSocket::disconnected, this, [this] { note("<disconnected>"); });
        m_calls.clear();
    }
    // The base class ends the connection when there is nothing left to record in.
    ~Overrider() override { blockSignals(true); }

    QString takeCalls() { return std::exchange(m_calls, {}).join(u' '); }

    bool isSequential() const override
    {
        note("isSequential");
        return QLocalSocket::isSequential();
    }
    bool open(OpenMode mode) override
    {
        note("open(%1)", int(mode));
        return QLocalSocket::open(mode);
    }
    void close() override
    {
        note("close");
        QLocalSocket::close();
        note("/close");
    }
    qint64 pos() const override
    {
        note("pos");
        return QLocalSocket::pos();
    }
    qint64 size() const override
    {
        note("size");
        return QLocalSocket::size();
    }
    bool seek(qint64 to) override
    {
        note("seek(%1)", to);
        return QLocalSocket::seek(to);
    }
    bool atEnd() const override
    {
        note("atEnd");
        return QLocalSocket::atEnd();
    }
    bool reset() override
    {
        note("reset");
        return QLocalSocket::reset();
    }
    qint64 bytesAvailable() const override
    {
        note("bytesAvailable");
        return QLocalSocket::bytesAvailable();
    }
    qint64 bytesToWrite() const override
    {
        note("bytesToWrite");
        return QLocalSocket::bytesToWrite();
    }
    bool canReadLine() const override
    {
        note("canReadLine");
        return QLocalSocket::canReadLine();
    }
    bool waitForReadyRead(int msecs) override
    {
        note("waitForReadyRead(%1)", msecs);
        return QLocalSocket::waitForReadyRead(msecs);
    }
    bool waitForBytesWritten(int msecs) override
    {
        note("waitForBytesWritten(%1)", msecs);
        return QLocalSocket::waitForBytesWritten(msecs);
    }
    bool event(QEvent *event) override
    {
        note("event(%1)", event->type());
        return QLocalSocket::event(event);
    }
    bool eventFilter(QObject *object, QEvent *event) override
    {
        note("eventFilter");
        return QLocalSocket::eventFilter(object, event);
    }

protected:
    qint64 readData(char *data, qint64 maxSize) override
    {
        const qint64 count = QLocalSocket::readData(data, maxSize);
        note("readData(%1)=%2", maxSize, count);
        return count;
    }
    qint64 readLineData(char *data, qint64 maxSize) override
    {
        const qint64 count = QLocalSocket::readLineData(data, maxSize);
        note("readLineData(%1)=%2", maxSize, count);
        return count;
    }
    qint64 skipData(qint64 maxSize) override
    {
        const qint64 count = QLocalSocket::skipData(maxSize);
        note("skipData(%1)=%2", maxSize, count);
        return count;
    }
    qint64 writeData(const char *data, qint64 size) override
    {
        const qint64 count = QLocalSocket::writeData(data, size);
        note("writeData(%1)=%2", size, count);
        return count;
    }
    void timerEvent(QTimerEvent *) override { note("timerEvent"); }
    void childEvent(QChildEvent *event) override { note("childEvent(%1)", event->type()); }
    void customEvent(QEvent *) override { note("customEvent"); }
    void disconnectNotify(const QMetaMethod &signal) override
    {
        note("disconnectNotify(" + signal.name() + ')');
    }

private:
    template<typename... Numbers>
    void note(const QByteArray &call, Numbers... numbers) const
    {
        QString text = QString::fromLatin1(call);
        ((text = text.arg(qint64(numbers))), ...);
        m_calls << text;
    }

    mutable QStringList m_calls;
};

class tst_VirtualCalls : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void failedConnectCloses();
    void abortCloses();
    void unconnectedAbortCloses();
    void disconnectAndPeerCloseDoNotClose();
    void abortInFailureHandlerClosesOnce();
    void roomWaitAddsNoChild();
    void closeCanReconnect();
    void connectCallsNothing();
    void readsRequestUsersSize();
    void unbufferedReadsRequestUsersSize();
    void readsAfterEndCallReadData();
    void writesCallWriteDataOnce();
    void modeIsAsRequested_data();
    void modeIsAsRequested();

private:
    void reads(QIODevice::OpenMode mode);

    std::optional<testing::Watchdog> m_watchdog;
};

void tst_VirtualCalls::failedConnectCloses()
{
    Overrider socket;
    socket.connectToServer(testing::uniqueName());
    QCOMPARE(socket.takeCalls(), "<state 2> <error 2> close /close <state 0>");
    QVERIFY(!socket.open(QIODevice::ReadWrite));
    QCOMPARE(socket.takeCalls(), "open(3) <state 2> <error 2> close /close <state 0>");
}

void tst_VirtualCalls::abortCloses()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    Overrider socket;
    socket.connectToServer(server.fullServerName());
    socket.takeCalls();
    socket.abort();
    const QString calls = socket.takeCalls();
    QCOMPARE(calls.mid(calls.indexOf(u'<')),
             "<state 0> <disconnected> close <aboutToClose> /close");
}

void tst_VirtualCalls::unconnectedAbortCloses()
{
    Overrider socket;
    socket.abort();
    QCOMPARE(socket.takeCalls(), "close /close");
}

void tst_VirtualCalls::disconnectAndPeerCloseDoNotClose()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    Overrider socket;
    socket.connectToServer(server.fullServerName());
    socket.takeCalls();
    socket.disconnectFromServer();
    QCOMPARE(socket.takeCalls(), "<state 6> <state 0> <disconnected>");
    socket.connectToServer(server.fullServerName());
    QVERIFY(server.waitForNewConnection(5000));
    delete server.nextPendingConnection();
    QVERIFY(server.waitForNewConnection(5000));
    delete server.nextPendingConnection();
    socket.takeCalls();
    QVERIFY(testing::turnUntil([&] { return socket.state() == QLocalSocket::UnconnectedState; }));
    QCOMPARE(socket.takeCalls(), "<error 1> <state 6> <state 0> <disconnected>");
}

void tst_VirtualCalls::abortInFailureHandlerClosesOnce()
{
    Overrider socket;
    connect(&socket, &QLocalSocket::errorOccurred, &socket, [&] { socket.abort(); });
    socket.connectToServer(testing::uniqueName());
#ifdef QLOCAL_DROPIN
    QCOMPARE(socket.takeCalls(), "<state 2> <error 2> <state 0> close /close");
#else
    QCOMPARE(socket.takeCalls(), "<state 2> <error 2> <state 0> close /close close /close");
#endif
}

void tst_VirtualCalls::roomWaitAddsNoChild()
{
    QLocalServer server;
    server.setListenBacklogSize(0);
    QVERIFY(server.listen(testing::uniqueName()));
    QLocalSocket first;
    first.connectToServer(server.fullServerName());
    Overrider socket;
    socket.connectToServer(server.fullServerName());
    QCOMPARE(socket.state(), QLocalSocket::ConnectingState);
    // In stock Qt a timer and a notifier.
#ifdef QLOCAL_DROPIN
    QVERIFY(socket.children().isEmpty());
    QVERIFY(!socket.takeCalls().contains("childEvent"));
#else
    QCOMPARE(socket.takeCalls().count("childEvent(68)"), 2);
#endif
}

/// Its close() connects to another server.
class Returner : public QLocalSocket
{
    Q_OBJECT

public:
    QString next;

    void close() override
    {
        QLocalSocket::close();
        const QString name = std::exchange(next, {});
        if (!name.isEmpty())
            connectToServer(name);
    }
};

void tst_VirtualCalls::closeCanReconnect()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    Returner socket;
    socket.connectToServer(server.fullServerName());
    socket.next = server.fullServerName();
    socket.abort();
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    QVERIFY(socket.isOpen());
}

void tst_VirtualCalls::connectCallsNothing()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    Overrider socket;
    socket.connectToServer(server.fullServerName());
    QCOMPARE(socket.takeCalls(), "<state 2> <state 3>");
}

void tst_VirtualCalls::reads(QIODevice::OpenMode mode)
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    Overrider socket;
    bool isThere = false;
    connect(&socket, &QIODevice::readyRead, this, [&] { isThere = true; });
    socket.connectToServer(server.fullServerName(), mode);
    QVERIFY(server.waitForNewConnection(5000));
    QLocalSocket *peer = server.nextPendingConnection();
    peer->write("line1\r\nline2\nabcdefghijklmnopqrstuvwxyz0123456789\nxyz");
    QVERIFY(testing::turnUntil([&] { return isThere; }));
    socket.takeCalls();
    char room[10];
    const auto calls = [&](const std::function<void()> &act) {
        act();
        return socket.takeCalls();
    };
    QCOMPARE(calls([&] { socket.read(3); }), "isSequential readData(3)=3");
    QCOMPARE(calls([&] { socket.peek(2); }), "readData(2)=2");
    QCOMPARE(calls([&] { socket.bytesAvailable(); }), "bytesAvailable");
    QCOMPARE(calls([&] { socket.canReadLine(); }), "canReadLine");
    QCOMPARE(calls([&] { socket.readLine(); }), "readData(0)=0 readLineData(16382)=2");
    QCOMPARE(calls([&] { socket.readLine(4); }), "readLineData(3)=3");
    QCOMPARE(calls([&] { socket.atEnd(); }), "atEnd bytesAvailable");
    QCOMPARE(calls([&] { socket.skip(2); }), "skipData(2)=2");
    QCOMPARE(calls([&] { socket.getChar(room); }), "readData(1)=1");
    QCOMPARE(calls([&] { socket.ungetChar('Q'); }), "");
    QCOMPARE(calls([&] { socket.read(2); }), "readData(1)=1");
    QCOMPARE(calls([&] { socket.peek(100); }), "readData(100)=39");
    QCOMPARE(calls([&] {
                 socket.startTransaction();
                 socket.read(4);
                 socket.rollbackTransaction();
             }),
             "");
    QCOMPARE(calls([&] { socket.pos(); }), "pos");
    QCOMPARE(calls([&] { socket.size(); }), "size bytesAvailable");
    QCOMPARE(calls([&] { socket.readAll(); }), "readData(16345)=0 readData(16384)=0");
    QCOMPARE(calls([&] { socket.readAll(); }), "readData(16384)=0");
    QCOMPARE(calls([&] { socket.peek(4); }), "readData(4)=0");
    QCOMPARE(calls([&] { socket.readLine(); }), "readLineData(16384)=0");
    QCOMPARE(calls([&] { socket.skip(3); }), "skipData(3)=0");
    peer->write(QByteArray(40'000, 'y'));
    peer->flush();
    QCOMPARE(calls([&] { socket.waitForReadyRead(5000); }), "waitForReadyRead(5000)");
    QCOMPARE(calls([&] { socket.read(20'000); }), "readData(20000)=20000");
    QCOMPARE(calls([&] { socket.readAll(); }),
             "readData(16384)=16384 readData(16384)=3616 readData(16384)=0");
}

void tst_VirtualCalls::readsRequestUsersSize()
{
    reads(QIODevice::ReadWrite);
}

void tst_VirtualCalls::unbufferedReadsRequestUsersSize()
{
    reads(QIODevice::ReadWrite | QIODevice::Unbuffered);
}

void tst_VirtualCalls::readsAfterEndCallReadData()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    Overrider socket;
    socket.connectToServer(server.fullServerName());
    QVERIFY(server.waitForNewConnection(5000));
    QLocalSocket *peer = server.nextPendingConnection();
    peer->write("tail");
    peer->flush();
    delete peer;
    QVERIFY(testing::turnUntil([&] { return socket.state() == QLocalSocket::UnconnectedState; }));
    socket.takeCalls();
    QCOMPARE(socket.readAll(), QByteArray("tail"));
    QCOMPARE(socket.takeCalls(), "isSequential readData(16384)=4 readData(16384)=-1");
    QCOMPARE(socket.read(3), QByteArray());
    QCOMPARE(socket.takeCalls(), "readData(3)=-1");
    QCOMPARE(socket.read(0), QByteArray());
    QCOMPARE(socket.takeCalls(), "readData(0)=0");
    socket.close();
    QCOMPARE(socket.takeCalls(), "close <aboutToClose> /close");
}

void tst_VirtualCalls::writesCallWriteDataOnce()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    Overrider socket;
    socket.connectToServer(server.fullServerName());
    socket.takeCalls();
    socket.write("hello");
    socket.putChar('c');
    socket.write(QByteArray(100'000, 'x'));
    QCOMPARE(socket.takeCalls(),
             "isSequential writeData(5)=5 writeData(1)=1 writeData(100000)=100000");
    socket.bytesToWrite();
    QCOMPARE(socket.takeCalls(), "bytesToWrite");
    socket.flush();
    QCOMPARE(socket.takeCalls(), "");
}

void tst_VirtualCalls::modeIsAsRequested_data()
{
    QTest::addColumn<int>("mode");
    QTest::newRow("both") << int(QIODevice::ReadWrite);
    QTest::newRow("reading") << int(QIODevice::ReadOnly);
    QTest::newRow("writing") << int(QIODevice::WriteOnly);
    QTest::newRow("text") << int(QIODevice::ReadWrite | QIODevice::Text);
    QTest::newRow("unbuffered") << int(QIODevice::ReadWrite | QIODevice::Unbuffered);
}

void tst_VirtualCalls::modeIsAsRequested()
{
    QFETCH(int, mode);
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QLocalSocket socket;
    QCOMPARE(socket.openMode(), QIODevice::NotOpen);
    socket.connectToServer(server.fullServerName(), QIODevice::OpenMode(mode));
    QCOMPARE(socket.openMode(), QIODevice::OpenMode(mode));
    QCOMPARE(socket.isTextModeEnabled(), bool(mode & QIODevice::Text));
#ifdef QLOCAL_DROPIN
    // QIODevice itself would read ahead otherwise. In Qt it also has the requested mode.
    const QIODevice *device = &socket;
    QCOMPARE(device->openMode(), QIODevice::OpenMode(mode) | QIODevice::Unbuffered);
#endif
    socket.close();
    QCOMPARE(socket.openMode(), QIODevice::NotOpen);
}

QTEST_GUILESS_MAIN(tst_VirtualCalls)
#include "tst_virtual_calls.moc"
