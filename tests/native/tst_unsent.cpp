// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// What becomes of bytes that were not sent when a kept connection ends.

#include "testing.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include <optional>
#include <vector>

using namespace std::chrono_literals;

class tst_unsent : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void unsentMessagesAreKept();
    void stagedBytesAreSentOnce();
    void stagedBytesAreDroppedByDefault();

private:
    QString path() const { return m_folder->filePath("a"); }

    std::optional<testing::Watchdog> m_watchdog;
    std::optional<QTemporaryDir> m_folder;
};

static qlocal::ReconnectPolicy often(bool keepsUnsent)
{
    qlocal::ReconnectPolicy policy;
    policy.initialInterval = policy.maxInterval = 5ms;
    policy.keepsUnsent = keepsUnsent;
    return policy;
}

void tst_unsent::init()
{
    m_watchdog.emplace();
    m_folder.emplace();
}

void tst_unsent::cleanup()
{
    m_folder.reset();
    m_watchdog.reset();
}

void tst_unsent::unsentMessagesAreKept()
{
    qlocal::Socket socket;
    socket.setFraming(qlocal::Socket::LengthPrefixed);
    socket.keepConnected(often(true));
    std::vector<QByteArray> received;
    const auto accept = [&](qlocal::Server &server) {
        connect(&server, &QLocalServer::newConnection, &server, [&] {
            qlocal::Socket *peer = server.nextSocket();
            peer->setFraming(qlocal::Socket::LengthPrefixed);
            connect(peer, &qlocal::Socket::messageReady, peer,
                    [&, peer] { received.push_back(peer->readMessage()); });
        });
    };
    std::optional<qlocal::Server> server;
    server.emplace();
    QVERIFY(server->listen(path()));
    socket.connectToServer(path());
    // The first server reads nothing.
    for (int number = 0; number < 100; ++number)
        QVERIFY(socket.writeMessage(QByteArray(20'000, char(number))));
    socket.flush();
    QVERIFY(socket.bytesToWrite() > 0);
    server.reset();
    QTRY_VERIFY(socket.isReconnecting());
    QVERIFY(socket.bytesToWrite() > 0);
    server.emplace();
    accept(*server);
    QVERIFY(server->listen(path()));
    QTRY_COMPARE(socket.bytesToWrite(), 0);
    const auto isLast = [&] { return !received.empty() && received.back().at(0) == 99; };
    QTRY_VERIFY(isLast());
    const int first = received.front().at(0);
    QVERIFY(first > 0);
    QCOMPARE(int(received.size()), 100 - first);
    for (int at = 0; at < int(received.size()); ++at)
        QCOMPARE(received[std::size_t(at)], QByteArray(20'000, char(first + at)));
}

// Writes until the kernel takes no more, and then several small pieces in the same turn, which the C++ object keeps
// itself. Returns what the next server receives.
static QByteArray piecesOverTwoConnections(const QString &path, bool keepsUnsent)
{
    qlocal::Socket socket;
    socket.keepConnected(often(keepsUnsent));
    std::optional<qlocal::Server> server;
    server.emplace();
    if (!server->listen(path))
        return "no server";
    socket.connectToServer(path);
    const QByteArray large(1'000'000, 'x');
    socket.write(large);
    socket.flush();
    for (const char *piece : { "a", "b", "c", "d" })
        socket.write(piece);
    const quint64 sent = socket.bytesSent();
    server.reset();
    if (!QTest::qWaitFor([&] { return socket.isReconnecting(); }))
        return "no end";
    const quint64 unsent = keepsUnsent ? quint64(large.size()) + 4 - sent : 0;
    if (quint64(socket.bytesToWrite()) != unsent || socket.write("none") != -1)
        return "wrong bytes to write";
    server.emplace();
    QByteArray received;
    QObject::connect(&*server, &QLocalServer::newConnection, &*server, [&] {
        qlocal::Socket *peer = server->nextSocket();
        QObject::connect(peer, &QLocalSocket::readyRead, peer,
                         [&received, peer] { received += peer->readAll(); });
    });
    QObject::connect(&socket, &QLocalSocket::connected, &socket, [&] { socket.write("end"); });
    if (!server->listen(path) || !QTest::qWaitFor([&] { return received.endsWith("end"); }))
        return "no bytes";
    received.chop(3);
    if (quint64(received.size()) != unsent)
        return "wrong number of bytes";
    return received.right(5);
}

void tst_unsent::stagedBytesAreSentOnce()
{
    QCOMPARE(piecesOverTwoConnections(path(), true), QByteArray("xabcd"));
}

void tst_unsent::stagedBytesAreDroppedByDefault()
{
    QCOMPARE(piecesOverTwoConnections(path(), false), QByteArray());
}

QTEST_GUILESS_MAIN(tst_unsent)
#include "tst_unsent.moc"
