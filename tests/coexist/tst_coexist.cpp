// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// This project's classes and Qt's in one process: both work, each side sees its own, and they
// communicate with each other.

#include "echo.h"
#include "stockuser.h"
#include "testing.h"

#include <QtCore/QThread>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

#include <optional>
#include <typeinfo>

class tst_Coexist : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void bothHaveRealNames();
    void eachClassExistsTwice();
    void castsDistinguishThem();
    void libraryConnectsToItself();
    void programConnectsToItself();
    void ownClientReachesLibraryServer();
    void libraryClientReachesOwnServer();
    void bothShareOneEventLoop();
    void librarySignalsConnectByString();
    void libraryErrorsAreQueued();
    void ownErrorsAreQueued();

public slots:
    void onError(QLocalSocket::LocalSocketError error) { m_errors.append(int(error)); }

private:
    std::optional<testing::Watchdog> m_watchdog;
    QList<int> m_errors;
};

namespace {

/// The library's echo server in its own thread with an event loop.
class LibraryThread : public QThread
{
public:
    explicit LibraryThread(const QString &name) : m_name(name)
    {
        start();
        m_listening.acquire();
    }
    ~LibraryThread() override
    {
        quit();
        wait();
    }

protected:
    void run() override
    {
        QObject parent;
        stockuser::startEcho(m_name, &parent);
        m_listening.release();
        exec();
    }

private:
    const QString m_name;
    QSemaphore m_listening;
};

const QByteArray question = testing::streamOf(200000);

} // namespace

void tst_Coexist::bothHaveRealNames()
{
    QCOMPARE(stockuser::socketSide().className, "QLocalSocket");
    QCOMPARE(stockuser::serverSide().className, "QLocalServer");
    QCOMPARE(QLocalSocket::staticMetaObject.className(), "QLocalSocket");
    QCOMPARE(QLocalServer::staticMetaObject.className(), "QLocalServer");
}

void tst_Coexist::eachClassExistsTwice()
{
    QVERIFY(stockuser::socketSide().metaObject != &QLocalSocket::staticMetaObject);
    QVERIFY(stockuser::serverSide().metaObject != &QLocalServer::staticMetaObject);
    QCOMPARE(stockuser::socketSide().typeName, "12QLocalSocket");
    QCOMPARE(stockuser::serverSide().typeName, "12QLocalServer");
    QCOMPARE(typeid(QLocalSocket).name(), "12QLocalSocketB6qlocal");
    QCOMPARE(typeid(QLocalServer).name(), "12QLocalServerB6qlocal");
}

void tst_Coexist::castsDistinguishThem()
{
    QObject parent;
    QObject *theirs = stockuser::startEcho(testing::uniqueName(), &parent);
    QVERIFY(theirs);
    QVERIFY(theirs->inherits("QLocalServer"));
    QVERIFY(!qobject_cast<QLocalServer *>(theirs));
    QVERIFY(!dynamic_cast<QLocalServer *>(theirs));
    auto *ours = new QLocalServer(&parent);
    QCOMPARE(parent.findChildren<QLocalServer *>(), QList<QLocalServer *>({ ours }));
}

void tst_Coexist::libraryConnectsToItself()
{
    QCOMPARE(stockuser::askOwnServer(testing::uniqueName(), question), question);
}

void tst_Coexist::programConnectsToItself()
{
    testing::EchoThread server;
    QCOMPARE(testing::askBlocking(server.fullServerName(), question), question);
}

void tst_Coexist::ownClientReachesLibraryServer()
{
    const QString name = testing::uniqueName();
    LibraryThread server(name);
    QCOMPARE(testing::askBlocking(name, question), question);
}

void tst_Coexist::libraryClientReachesOwnServer()
{
    testing::EchoThread server;
    QCOMPARE(stockuser::ask(server.fullServerName(), question), question);
}

void tst_Coexist::bothShareOneEventLoop()
{
    const QString theirName = testing::uniqueName("theirs");
    QObject parent;
    QVERIFY(stockuser::startEcho(theirName, &parent));
    testing::EchoServer ours;
    QVERIFY(ours.listen(testing::uniqueName("ours")));
    QByteArray answers[2];
    QLocalSocket clients[2];
    for (int i = 0; i < 2; ++i) {
        connect(&clients[i], &QIODevice::readyRead, this,
                [&, i] { answers[i] += clients[i].readAll(); });
        clients[i].connectToServer(i == 0 ? theirName : ours.serverName());
        QCOMPARE(clients[i].write(question), question.size());
    }
    for (const QByteArray &answer : answers) {
        QTRY_COMPARE_WITH_TIMEOUT(answer.size(), question.size(), 10000);
        QCOMPARE(answer, question);
    }
}

void tst_Coexist::librarySignalsConnectByString()
{
    testing::EchoServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QPointer<QObject> socket = stockuser::connectTo(server.serverName(), this);
    m_errors.clear();
    QVERIFY(connect(socket, SIGNAL(errorOccurred(QLocalSocket::LocalSocketError)), this,
                    SLOT(onError(QLocalSocket::LocalSocketError))));
    server.waitForNewConnection(5000);
    delete server.findChild<QLocalSocket *>();
    QTRY_VERIFY_WITH_TIMEOUT(!socket, 10000);
    QCOMPARE(m_errors, QList<int>({ QLocalSocket::PeerClosedError }));
}

void tst_Coexist::libraryErrorsAreQueued()
{
    qRegisterMetaType<QLocalSocket::LocalSocketError>();
    testing::EchoServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QPointer<QObject> socket = stockuser::connectTo(server.serverName(), this);
    m_errors.clear();
    QVERIFY(connect(socket, SIGNAL(errorOccurred(QLocalSocket::LocalSocketError)), this,
                    SLOT(onError(QLocalSocket::LocalSocketError)), Qt::QueuedConnection));
    server.waitForNewConnection(5000);
    delete server.findChild<QLocalSocket *>();
    QTRY_COMPARE_WITH_TIMEOUT(m_errors, QList<int>({ QLocalSocket::PeerClosedError }), 10000);
    QTRY_VERIFY_WITH_TIMEOUT(!socket, 10000);
}

void tst_Coexist::ownErrorsAreQueued()
{
    qRegisterMetaType<QLocalSocket::LocalSocketError>();
    m_errors.clear();
    QLocalSocket socket;
    connect(&socket, SIGNAL(errorOccurred(QLocalSocket::LocalSocketError)), this,
            SLOT(onError(QLocalSocket::LocalSocketError)), Qt::QueuedConnection);
    socket.connectToServer(testing::uniqueName("missing"));
    QVERIFY(m_errors.isEmpty());
    QTRY_COMPARE_WITH_TIMEOUT(m_errors, QList<int>({ QLocalSocket::ServerNotFoundError }), 10000);
}

QTEST_GUILESS_MAIN(tst_Coexist)
#include "tst_coexist.moc"
