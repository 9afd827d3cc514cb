// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QLocalSocket: signals when the peer disconnects, and what handlers may do meanwhile.

#include "recorder.h"

#include <QtTest/QtTest>

#include <optional>

using testing::abortOrder;
using testing::endOrder;
using testing::moreThanKernelHolds;
using testing::peerCloseOrder;
using testing::Wire;

class tst_SocketPeerClose : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void peerCloseIsAnnouncedInOrder();
    void peerCloseKeepsDeviceOpen();
    void peerCloseFollowsItsBytes();
    void peersBytesStayReadable();
    void peerHalfCloseIsClose();
    void peerCloseWhileClosingIsError();
    void unreadBytesDoNotHidePeerClose();
    void errorStaysAfterPeerClose();

    void handlerCanEndConnection_data();
    void handlerCanEndConnection();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_SocketPeerClose::peerCloseIsAnnouncedInOrder()
{
    Wire wire;
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), peerCloseOrder());
    QCOMPARE(wire.socket->errorString(), QStringLiteral("QLocalSocket: Remote closed"));
}

void tst_SocketPeerClose::peerCloseKeepsDeviceOpen()
{
    Wire wire;
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.socket->openMode(), QIODevice::ReadWrite);
    char byte;
    QCOMPARE(wire.socket->read(&byte, 1), -1);
    QCOMPARE(wire.socket->write("x"), -1);
    wire.record->take();
    wire.socket->close();
    QCOMPARE(wire.record->log(), QStringList("aboutToClose @Unconnected"));
}

void tst_SocketPeerClose::peerCloseFollowsItsBytes()
{
    Wire wire;
    wire.sendFromPeer("last words");
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected") + peerCloseOrder());
}

void tst_SocketPeerClose::peersBytesStayReadable()
{
    Wire wire;
    const QByteArray sent(100'000, 's');
    wire.sendFromPeer(sent);
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.socket->bytesAvailable(), sent.size());
    QCOMPARE(wire.socket->read(40'000) + wire.socket->readAll(), sent);
    char byte;
    QCOMPARE(wire.socket->read(&byte, 1), -1);
}

void tst_SocketPeerClose::peerHalfCloseIsClose()
{
    Wire wire;
    QCOMPARE(::shutdown(wire.peer, SHUT_WR), 0);
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), peerCloseOrder());
}

void tst_SocketPeerClose::peerCloseWhileClosingIsError()
{
    Wire wire;
    wire.socket->write(QByteArray(moreThanKernelHolds, 'x'));
    wire.socket->disconnectFromServer();
    testing::settle();
    wire.record->take();
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), QStringList("error(PeerClosed) @Closing") + endOrder());
    QCOMPARE(wire.socket->bytesToWrite(), 0);
}

void tst_SocketPeerClose::unreadBytesDoNotHidePeerClose()
{
    Wire wire;
    wire.socket->write("ignored");
    QVERIFY(wire.socket->flush());
    wire.sendFromPeer("answer");
    wire.record->take();
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    QCOMPARE(wire.record->log(), QStringList("readyRead @Connected") + peerCloseOrder());
    QCOMPARE(wire.socket->readAll(), QByteArray("answer"));
}

void tst_SocketPeerClose::errorStaysAfterPeerClose()
{
    Wire wire;
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    wire.socket->close();
    QCOMPARE(wire.socket->error(), QLocalSocket::PeerClosedError);
}

void tst_SocketPeerClose::handlerCanEndConnection_data()
{
    const QStringList nothing;
    const QStringList close = QStringList({ "aboutToClose @Connected", "state(Closing) @Closing" })
            + endOrder();
    const QStringList disconnect = QStringList("state(Closing) @Closing") + endOrder();
    QTest::addColumn<QString>("entry");
    QTest::addColumn<int>("call");
    QTest::addColumn<QStringList>("after");
    for (const char *entry : { "readyRead", "error(PeerClosed)" }) {
        QTest::addRow("abort in %s", entry) << entry << 0 << abortOrder();
        QTest::addRow("close in %s", entry) << entry << 1 << close;
        QTest::addRow("disconnectFromServer in %s", entry) << entry << 2 << disconnect;
    }
    const QStringList closeDevice("aboutToClose @Unconnected");
    const QStringList rest({ "finished @Unconnected", "disconnected @Unconnected" });
    for (int call : { 0, 1 }) {
        const char *name = call == 0 ? "abort" : "close";
        QTest::addRow("%s in stateChanged", name)
                << "state(Unconnected)" << call << closeDevice + rest;
        QTest::addRow("%s in finished", name) << "finished" << call << closeDevice + rest.mid(1);
        QTest::addRow("%s in disconnected", name) << "disconnected" << call << closeDevice;
    }
    QTest::newRow("disconnectFromServer in stateChanged") << "state(Unconnected)" << 2 << rest;
    QTest::newRow("disconnectFromServer in disconnected") << "disconnected" << 2 << nothing;
}

void tst_SocketPeerClose::handlerCanEndConnection()
{
    QFETCH(QString, entry);
    QFETCH(int, call);
    QFETCH(QStringList, after);
    Wire wire;
    wire.record->on(entry, [&] {
        wire.record->take();
        if (call == 0)
            wire.socket->abort();
        else if (call == 1)
            wire.socket->close();
        else
            wire.socket->disconnectFromServer();
    });
    wire.sendFromPeer("hello");
    wire.closePeer();
    QVERIFY(wire.waitForEnd());
    testing::settle();
    QCOMPARE(wire.record->log(), after);
}

QTEST_GUILESS_MAIN(tst_SocketPeerClose)
#include "tst_socket_peer_close.moc"
