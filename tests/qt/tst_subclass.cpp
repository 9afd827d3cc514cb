// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Subclasses of both classes: with Q_OBJECT, in templates, overriding virtual functions, hiding
// signals.

#include "pair.h"

#include <QtCore/QBuffer>
#include <QtCore/QMetaMethod>
#include <QtCore/QThread>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

#include <optional>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/// Counts the calls of every virtual function, and forwards each.
class CountingSocket : public QLocalSocket
{
    Q_OBJECT

public:
    using QLocalSocket::QLocalSocket;

    bool isSequential() const override
    {
        return note("isSequential"), QLocalSocket::isSequential();
    }
    qint64 bytesAvailable() const override
    {
        return note("bytesAvailable"), QLocalSocket::bytesAvailable();
    }
    qint64 bytesToWrite() const override
    {
        return note("bytesToWrite"), QLocalSocket::bytesToWrite();
    }
    bool canReadLine() const override { return note("canReadLine"), QLocalSocket::canReadLine(); }
    bool open(OpenMode mode) override { return note("open"), QLocalSocket::open(mode); }
    void close() override { note("close"), QLocalSocket::close(); }
    bool waitForBytesWritten(int msecs) override
    {
        return note("waitForBytesWritten"), QLocalSocket::waitForBytesWritten(msecs);
    }
    bool waitForReadyRead(int msecs) override
    {
        return note("waitForReadyRead"), QLocalSocket::waitForReadyRead(msecs);
    }

    int calls(const char *name) const { return m_calls.value(name); }

protected:
    qint64 readData(char *data, qint64 size) override
    {
        return note("readData"), QLocalSocket::readData(data, size);
    }
    qint64 readLineData(char *data, qint64 size) override
    {
        return note("readLineData"), QLocalSocket::readLineData(data, size);
    }
    qint64 skipData(qint64 size) override { return note("skipData"), QLocalSocket::skipData(size); }
    qint64 writeData(const char *data, qint64 size) override
    {
        return note("writeData"), QLocalSocket::writeData(data, size);
    }

private:
    void note(const char *name) const { ++m_calls[name]; }

    mutable QHash<QByteArray, int> m_calls;
};

/// Declares signals with the names of the base class, and emits them itself.
class HidingSocket : public QLocalSocket
{
    Q_OBJECT

public:
    using QLocalSocket::QLocalSocket;
    void announce() { emit connected(7); }

signals:
    void connected(int number);
    void errorOccurred(const QString &text);
    void stateChanged();
};

/// Creates sockets of its own class, and declares a signal that hides the base class's.
class CountingServer : public QLocalServer
{
    Q_OBJECT

public:
    using QLocalServer::QLocalServer;

    QLocalSocket *nextPendingConnection() override
    {
        QLocalSocket *socket = m_queue.isEmpty() ? nullptr : m_queue.takeFirst();
        return socket;
    }
    bool hasPendingConnections() const override { return !m_queue.isEmpty(); }

signals:
    void newConnection(CountingSocket *socket);

protected:
    void incomingConnection(quintptr descriptor) override
    {
        auto *socket = new CountingSocket(this);
        socket->setSocketDescriptor(qintptr(descriptor));
        m_queue.append(socket);
        emit newConnection(socket);
    }

private:
    QList<QLocalSocket *> m_queue;
};

/// Upper-cases what it reads, as a decoding layer does.
template<typename Base>
class Upper : public Base
{
public:
    using Base::Base;

protected:
    qint64 readData(char *data, qint64 size) override
    {
        const qint64 read = Base::readData(data, size);
        for (qint64 i = 0; i < read; ++i)
            data[i] = QByteArray(1, data[i]).toUpper().at(0);
        return read;
    }
};

/// Stores its owner; a layer of a program, over either class.
template<typename Base, typename Owner>
class Owned : public Base
{
public:
    explicit Owned(Owner *owner, QObject *parent = nullptr) : Base(parent), m_owner(owner) { }
    Owner *owner() const { return m_owner; }

private:
    Owner *m_owner;
};

/// moc sees the class on top of a template, which has no Q_OBJECT of its own.
class OwnedSocket : public Owned<Upper<QLocalSocket>, int>
{
    Q_OBJECT

public:
    using Owned::Owned;

signals:
    void line(const QByteArray &line);

public slots:
    void readLines()
    {
        while (canReadLine())
            emit line(readLine());
    }
};

/// The interface through which the socket is used.
class Channel
{
public:
    virtual ~Channel() = default;
    virtual void send(const QByteArray &bytes) = 0;
};
Q_DECLARE_INTERFACE(Channel, "test.Channel")

class ChannelSocket final : public QLocalSocket, public Channel
{
    Q_OBJECT
    Q_INTERFACES(Channel)

public:
    using QLocalSocket::QLocalSocket;
    void send(const QByteArray &bytes) override { write(bytes); }
};

/// Hides its socket base, and exposes part of it.
class PrivateSocket : private QLocalSocket
{
public:
    using QLocalSocket::connectToServer;
    using QLocalSocket::state;
    using QLocalSocket::write;
    QIODevice *device() { return this; }
};

/// Receives QObject's events and notifications.
class WatchingSocket : public QLocalSocket
{
public:
    using QLocalSocket::QLocalSocket;

    QByteArrayList connectedSignals;
    QList<QEvent::Type> events;

    bool event(QEvent *event) override
    {
        events << event->type();
        return QLocalSocket::event(event);
    }

protected:
    void connectNotify(const QMetaMethod &signal) override { connectedSignals << signal.name(); }
};

class tst_Subclass : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void subclassHasOwnMetaObject();
    void readsUseVirtuals();
    void linesUseVirtuals();
    void skipUsesVirtual();
    void writesUseVirtual();
    void basePointerReachesVirtuals();
    void openIsOverridable();
    void destructorDoesNotCallSubclass();
    void hidingSignalsKeepBaseSignals();
    void hidingSignalsConnectByString();
    void serverCreatesSubclassSockets();
    void exposedIncomingConnectionWorks();
    void replacedIncomingDescriptorIsNonBlocking();
    void acceptedDescriptorIsNonBlocking();
    void templateCanDeriveFromSocket();
    void genericCodeTakesSocketAsDevice();
    void socketCanBeMember();
    void mocClassCanDeriveFromTemplate();
    void socketCanImplementInterface();
    void socketCanBePrivateBase();
    void subclassSeesItsEvents();
    void subclassGetsConnectNotify();
    void serverCanBeTemplateBase();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// A counting client connected to a plain peer.
class CountingPair
{
public:
    bool open()
    {
        if (!server.listen(testing::uniqueName("subclass")))
            return false;
        client.connectToServer(server.fullServerName());
        if (!server.waitForNewConnection(5000))
            return false;
        peer = server.nextPendingConnection();
        return peer;
    }
    /// The client has `bytes` to read when this returns.
    void deliver(const QByteArray &bytes)
    {
        peer->write(bytes);
        testing::settle();
    }

    QLocalServer server;
    CountingSocket client;
    QLocalSocket *peer = nullptr;
};

} // namespace

void tst_Subclass::subclassHasOwnMetaObject()
{
    CountingSocket socket;
    QCOMPARE(socket.metaObject()->className(), "CountingSocket");
    QCOMPARE(socket.metaObject()->superClass(), &QLocalSocket::staticMetaObject);
    QObject *object = &socket;
    QVERIFY(qobject_cast<QLocalSocket *>(object) && qobject_cast<CountingSocket *>(object));
    QVERIFY(!qobject_cast<HidingSocket *>(object));
}

void tst_Subclass::readsUseVirtuals()
{
    CountingPair pair;
    QVERIFY(pair.open());
    pair.deliver("hello");
    QCOMPARE(pair.client.read(100), QByteArray("hello"));
    QVERIFY(pair.client.calls("readData") > 0);
}

void tst_Subclass::linesUseVirtuals()
{
    CountingPair pair;
    QVERIFY(pair.open());
    pair.deliver("one\ntwo\n");
    QVERIFY(static_cast<QIODevice &>(pair.client).canReadLine());
    QCOMPARE(pair.client.readLine(), QByteArray("one\n"));
    QVERIFY(pair.client.calls("canReadLine") > 0);
    QVERIFY(pair.client.calls("readLineData") + pair.client.calls("readData") > 0);
}

void tst_Subclass::skipUsesVirtual()
{
    CountingPair pair;
    QVERIFY(pair.open());
    pair.deliver("0123456789");
    QCOMPARE(pair.client.skip(4), 4);
    QCOMPARE(pair.client.readAll(), QByteArray("456789"));
    QVERIFY(pair.client.calls("skipData") > 0);
}

void tst_Subclass::writesUseVirtual()
{
    CountingPair pair;
    QVERIFY(pair.open());
    QCOMPARE(pair.client.write("abc"), 3);
    QVERIFY(pair.client.putChar('d'));
    QCOMPARE(pair.client.calls("writeData"), 2);
    testing::settle();
    QCOMPARE(pair.peer->readAll(), QByteArray("abcd"));
}

void tst_Subclass::basePointerReachesVirtuals()
{
    CountingPair pair;
    QVERIFY(pair.open());
    QIODevice &device = pair.client;
    device.write("x");
    QVERIFY(device.bytesToWrite() == 1 && device.isSequential());
    QVERIFY(device.waitForBytesWritten(5000));
    pair.peer->write("y");
    pair.peer->flush();
    QVERIFY(device.waitForReadyRead(5000));
    QCOMPARE(device.bytesAvailable(), 1);
    device.close();
    for (const char *name : { "bytesToWrite", "isSequential", "waitForBytesWritten",
                              "waitForReadyRead", "bytesAvailable", "close" })
        QVERIFY2(pair.client.calls(name) > 0, name);
}

void tst_Subclass::openIsOverridable()
{
    CountingPair pair;
    QVERIFY(pair.server.listen(testing::uniqueName()));
    pair.client.setServerName(pair.server.fullServerName());
    QLocalSocket &asBase = pair.client;
    QVERIFY(asBase.open());
    QCOMPARE(pair.client.calls("open"), 1);
    QCOMPARE(pair.client.state(), QLocalSocket::ConnectedState);
}

void tst_Subclass::destructorDoesNotCallSubclass()
{
    // A virtual function of a destroyed class would use its destroyed member.
    testing::Pair pair;
    QVERIFY(pair.listen());
    {
        CountingSocket socket;
        socket.connectToServer(pair.server->fullServerName());
        QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
        socket.write("unsent");
    }
    QVERIFY(pair.server->waitForNewConnection(5000));
    QLocalSocket *peer = pair.server->nextPendingConnection();
    testing::settle();
    QCOMPARE(peer->state(), QLocalSocket::UnconnectedState);
}

void tst_Subclass::hidingSignalsKeepBaseSignals()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    HidingSocket socket;
    QSignalSpy hidden(&socket, &QLocalSocket::connected);
    QSignalSpy states(&socket, &QLocalSocket::stateChanged);
    QSignalSpy hiding(&socket, &HidingSocket::connected);
    QSignalSpy ownStates(&socket, &HidingSocket::stateChanged);
    socket.connectToServer(pair.server->fullServerName());
    QCOMPARE(hidden.count(), 1);
    QCOMPARE(states.count(), 2);
    QCOMPARE(hiding.count() + ownStates.count(), 0);
    socket.announce();
    QCOMPARE(hidden.count(), 1);
    QCOMPARE(hiding.count(), 1);
    QCOMPARE(hiding.at(0).at(0).toInt(), 7);
}

void tst_Subclass::hidingSignalsConnectByString()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    HidingSocket socket;
    QSignalSpy hidden(&socket, SIGNAL(connected()));
    QSignalSpy hiding(&socket, SIGNAL(connected(int)));
    socket.connectToServer(pair.server->fullServerName());
    QCOMPARE(hidden.count(), 1);
    QCOMPARE(hiding.count(), 0);
}

void tst_Subclass::serverCreatesSubclassSockets()
{
    CountingServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QSignalSpy announced(&server, &CountingServer::newConnection);
    QSignalSpy hidden(&server, &QLocalServer::newConnection);
    QLocalSocket client;
    client.connectToServer(server.fullServerName());
    client.write("for the subclass");
    testing::settle();
    QCOMPARE(announced.count(), 1);
    QCOMPARE(hidden.count(), 0);
    auto *socket = qobject_cast<CountingSocket *>(
            static_cast<QLocalServer &>(server).nextPendingConnection());
    QVERIFY(socket);
    QCOMPARE(socket->readAll(), QByteArray("for the subclass"));
}

void tst_Subclass::exposedIncomingConnectionWorks()
{
    /// Makes the protected function public, as servers do that get descriptors from elsewhere.
    struct OpenServer : QLocalServer
    {
        using QLocalServer::incomingConnection;
    };
    testing::Pair pair;
    QVERIFY(pair.open());
    const int descriptor = ::dup(int(pair.accepted->socketDescriptor()));
    OpenServer other;
    QVERIFY(other.listen(testing::uniqueName()));
    QSignalSpy announced(&other, &QLocalServer::newConnection);
    other.incomingConnection(quintptr(descriptor));
    QCOMPARE(announced.count(), 1);
    QLocalSocket *socket = other.nextPendingConnection();
    QVERIFY(socket);
    QCOMPARE(socket->socketDescriptor(), qintptr(descriptor));
}

void tst_Subclass::replacedIncomingDescriptorIsNonBlocking()
{
    /// Passes a socket of its own on, as servers do that put something between.
    struct RelayingServer : QLocalServer
    {
        int relay = -1;

    protected:
        void incomingConnection(quintptr descriptor) override
        {
            int ends[2];
            if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
                qFatal("no socket pair");
            ::close(int(descriptor));
            ::close(ends[1]);
            relay = ends[0];
            QLocalServer::incomingConnection(quintptr(relay));
        }
    };
    RelayingServer server;
    QVERIFY(server.listen(testing::uniqueName()));
    QLocalSocket client;
    client.connectToServer(server.serverName());
    QVERIFY(server.waitForNewConnection(10'000));
    QVERIFY(::fcntl(server.relay, F_GETFL) & O_NONBLOCK);
}

void tst_Subclass::acceptedDescriptorIsNonBlocking()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    const int descriptor = int(pair.accepted->socketDescriptor());
    QVERIFY(::fcntl(descriptor, F_GETFL) & O_NONBLOCK);
    QVERIFY(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
}

void tst_Subclass::templateCanDeriveFromSocket()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    Upper<QLocalSocket> upper;
    upper.connectToServer(pair.server->fullServerName());
    QVERIFY(pair.server->waitForNewConnection(5000));
    pair.server->nextPendingConnection()->write("whisper");
    testing::settle();
    QCOMPARE(upper.readAll(), QByteArray("WHISPER"));
}

template<typename Device>
static QByteArray firstWord(Device &device)
{
    device.startTransaction();
    const QByteArray word = device.readAll().split(' ').first();
    device.rollbackTransaction();
    return word;
}

void tst_Subclass::genericCodeTakesSocketAsDevice()
{
    CountingPair pair;
    QVERIFY(pair.open());
    pair.deliver("first second");
    QBuffer buffer;
    buffer.setData("first second");
    QVERIFY(buffer.open(QIODevice::ReadOnly));
    QCOMPARE(firstWord(pair.client), firstWord(buffer));
    QCOMPARE(pair.client.readAll(), QByteArray("first second"));
}

void tst_Subclass::socketCanBeMember()
{
    struct Holder
    {
        QLocalSocket socket = nullptr;
        QLocalServer server {};
    };
    Holder holder;
    QVERIFY(holder.server.listen(testing::uniqueName()));
    holder.socket.connectToServer(holder.server.fullServerName());
    QCOMPARE(holder.socket.state(), QLocalSocket::ConnectedState);
}

void tst_Subclass::mocClassCanDeriveFromTemplate()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    int owner = 0;
    OwnedSocket socket(&owner);
    QCOMPARE(socket.owner(), &owner);
    QCOMPARE(socket.metaObject()->superClass(), &QLocalSocket::staticMetaObject);
    connect(&socket, &QIODevice::readyRead, &socket, &OwnedSocket::readLines);
    QSignalSpy lines(&socket, &OwnedSocket::line);
    socket.connectToServer(pair.server->fullServerName());
    QVERIFY(pair.server->waitForNewConnection(5000));
    pair.server->nextPendingConnection()->write("one\ntwo\n");
    testing::settle();
    QCOMPARE(lines.count(), 2);
    // Lines are read through readLineData(), which the template does not override.
    QCOMPARE(lines.last().first().toByteArray(), QByteArray("two\n"));
}

void tst_Subclass::socketCanImplementInterface()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    ChannelSocket socket;
    socket.connectToServer(pair.server->fullServerName());
    QObject *object = &socket;
    auto *channel = qobject_cast<Channel *>(object);
    QVERIFY(channel);
    channel->send("hello");
    QVERIFY(pair.server->waitForNewConnection(5000));
    testing::settle();
    QCOMPARE(pair.server->nextPendingConnection()->readAll(), QByteArray("hello"));
}

void tst_Subclass::socketCanBePrivateBase()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    PrivateSocket socket;
    socket.connectToServer(pair.server->fullServerName());
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    QCOMPARE(socket.write("x"), 1);
    QVERIFY(socket.device()->waitForBytesWritten(5000));
}

void tst_Subclass::subclassSeesItsEvents()
{
    WatchingSocket socket;
    socket.setObjectName("named");
    socket.setProperty("dynamic", 1);
    QVERIFY(socket.events.contains(QEvent::DynamicPropertyChange));
    QThread thread;
    socket.moveToThread(&thread);
    QVERIFY(socket.events.contains(QEvent::ThreadChange));
    thread.start();
    // Back, so that it is destroyed where it was created.
    QMetaObject::invokeMethod(
            &socket, [&] { socket.moveToThread(QCoreApplication::instance()->thread()); },
            Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait());
}

void tst_Subclass::subclassGetsConnectNotify()
{
    WatchingSocket socket;
    connect(&socket, &QLocalSocket::connected, this, [] {});
    connect(&socket, &QIODevice::readyRead, this, [] {});
    connect(&socket, SIGNAL(errorOccurred(QLocalSocket::LocalSocketError)), this,
            SLOT(deleteLater()));
    QCOMPARE(socket.connectedSignals,
             QByteArrayList({ "connected", "readyRead", "errorOccurred" }));
}

void tst_Subclass::serverCanBeTemplateBase()
{
    int owner = 0;
    Owned<CountingServer, int> server(&owner);
    QVERIFY(server.listen(testing::uniqueName()));
    QSignalSpy announced(&server, &CountingServer::newConnection);
    QLocalSocket client;
    client.connectToServer(server.fullServerName());
    testing::settle();
    QCOMPARE(announced.count(), 1);
    QCOMPARE(server.owner(), &owner);
}

QTEST_GUILESS_MAIN(tst_Subclass)
#include "tst_subclass.moc"
