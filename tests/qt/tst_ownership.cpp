// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// How programs own objects of both classes: smart pointers, deleteLater() and parents.

#include "pair.h"
#include "recorder.h"

#include <QtCore/QPointer>
#include <QtCore/QScopedPointer>
#include <QtCore/QSharedPointer>
#include <QtCore/QThread>
#include <QtTest/QtTest>

#include <memory>
#include <optional>

class tst_Ownership : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void scopedPointerEndsConnection();
    void scopedPointerDeletesLater();
    void sharedPointerDeletesLater();
    void deleteLaterWithoutLoop();
    void uniquePointerReleasesToParent();
    void pointerToDeletedSocketIsNull();
    void pointerToDeletedServerIsNull();
    void parentDeletesBoth();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_Ownership::scopedPointerEndsConnection()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QLocalSocket *accepted = nullptr;
    {
        const QScopedPointer<QLocalSocket> socket(new QLocalSocket);
        socket->connectToServer(server.serverName());
        QVERIFY(server.waitForNewConnection(5000));
        accepted = server.nextPendingConnection();
    }
    QVERIFY(accepted->waitForDisconnected(5000));
}

void tst_Ownership::scopedPointerDeletesLater()
{
    QLocalServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QPointer<QLocalSocket> watched;
    {
        QScopedPointer<QLocalSocket, QScopedPointerDeleteLater> socket(new QLocalSocket);
        watched = socket.get();
        socket->connectToServer(server.serverName());
    }
    QVERIFY(watched && watched->state() == QLocalSocket::ConnectedState);
    testing::settle();
    QVERIFY(!watched);
}

void tst_Ownership::sharedPointerDeletesLater()
{
    testing::Wire wire;
    QSharedPointer<QLocalSocket> shared(wire.socket.release(), &QObject::deleteLater);
    const QWeakPointer<QLocalSocket> weak(shared);
    const QPointer<QLocalSocket> watched(shared.data());
    // The last reference is released inside a handler.
    connect(shared.data(), &QIODevice::readyRead, this, [&] { shared.reset(); });
    wire.sendFromPeer("x");
    testing::settle();
    QVERIFY(weak.isNull());
    QVERIFY(!watched);
}

void tst_Ownership::deleteLaterWithoutLoop()
{
    testing::Wire wire;
    const QPointer<QLocalSocket> socket(wire.socket.release());
    connect(socket, &QIODevice::bytesWritten, socket, &QObject::deleteLater);
    socket->write("x");
    QCOMPARE(QThread::currentThread()->loopLevel(), 0);
    while (socket)
        QCoreApplication::processEvents();
}

void tst_Ownership::uniquePointerReleasesToParent()
{
    QObject parent;
    auto socket = std::make_unique<QLocalSocket>();
    const QPointer<QLocalSocket> watched(socket.get());
    socket->setParent(&parent);
    QCOMPARE(parent.findChild<QLocalSocket *>(), socket.release());
    QVERIFY(watched);
}

void tst_Ownership::pointerToDeletedSocketIsNull()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const QPointer<QLocalSocket> watched(pair.client);
    bool isNullInDestroyed = false;
    connect(pair.client, &QObject::destroyed, this, [&] { isNullInDestroyed = watched.isNull(); });
    delete pair.client;
    QVERIFY(isNullInDestroyed);
    QVERIFY(!watched);
}

void tst_Ownership::pointerToDeletedServerIsNull()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const QPointer<QLocalServer> watched(pair.server);
    delete pair.server;
    QVERIFY(!watched);
    QVERIFY(!pair.accepted);
}

void tst_Ownership::parentDeletesBoth()
{
    auto parent = std::make_unique<QObject>();
    const QPointer<QLocalServer> server = new QLocalServer(parent.get());
    const QPointer<QLocalSocket> socket = new QLocalSocket(parent.get());
    QVERIFY(server->listen(testing::uniqueName()));
    socket->connectToServer(server->serverName());
    parent.reset();
    QVERIFY(!server && !socket);
}

QTEST_GUILESS_MAIN(tst_Ownership)
#include "tst_ownership.moc"
