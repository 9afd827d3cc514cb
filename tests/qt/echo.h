// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// An echo server, alone and in its own thread, and a stream whose bytes can be checked one by one.

#ifndef QLOCAL_TESTS_ECHO_H
#define QLOCAL_TESTS_ECHO_H

#include "testing.h"

#include <QtCore/QSemaphore>
#include <QtCore/QThread>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

#include <functional>
#include <memory>

namespace testing {

/// Makes `socket` send back whatever it receives.
inline void echo(QLocalSocket *socket)
{
    QObject::connect(socket, &QIODevice::readyRead, socket,
                     [socket] { socket->write(socket->readAll()); });
}

class EchoServer : public QLocalServer
{
public:
    EchoServer()
    {
        connect(this, &QLocalServer::newConnection, this, [this] {
            while (QLocalSocket *socket = nextPendingConnection())
                echo(socket);
        });
    }
};

/// An echo server in its own thread with an event loop; listening once the constructor returns.
class EchoThread : public QThread
{
public:
    EchoThread()
    {
        start();
        m_listening.acquire();
    }
    ~EchoThread() override
    {
        quit();
        wait();
    }

    /// Empty if the server could not listen.
    QString fullServerName() const { return m_fullServerName; }

protected:
    void run() override
    {
        EchoServer server;
        server.listen(uniqueName("echo"));
        m_fullServerName = server.fullServerName();
        m_listening.release();
        exec();
    }

private:
    QSemaphore m_listening;
    QString m_fullServerName;
};

using OwnedThread = std::unique_ptr<QThread>;

/// Runs `body` in a new thread.
inline OwnedThread inThread(std::function<void()> body)
{
    OwnedThread thread(QThread::create(std::move(body)));
    thread->start();
    return thread;
}

/// Sends `bytes` to an echo server and reads them back with blocking calls only; returns what came
/// back.
inline QByteArray askBlocking(const QString &name, const QByteArray &bytes)
{
    QLocalSocket socket;
    socket.connectToServer(name);
    if (!socket.waitForConnected(10000) || socket.write(bytes) != bytes.size())
        return {};
    QByteArray answer;
    while (answer.size() < bytes.size() && socket.waitForReadyRead(10000))
        answer += socket.readAll();
    socket.disconnectFromServer();
    if (socket.state() != QLocalSocket::UnconnectedState && !socket.waitForDisconnected(10000))
        return {};
    return answer;
}

/// Runs `body` in a thread that has an event loop, and returns when it has run.
template<typename Body>
void inside(QThread &thread, Body body)
{
    QThread *caller = QThread::currentThread();
    QObject context;
    context.moveToThread(&thread);
    QMetaObject::invokeMethod(
            &context,
            [&] {
                body();
                context.moveToThread(caller);
            },
            Qt::BlockingQueuedConnection);
}

/// The first `size` bytes of a stream in which a lost, repeated or swapped block is detected.
inline QByteArray streamOf(qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    quint32 state = 1;
    for (char &byte : bytes) {
        state = state * 1664525u + 1013904223u;
        byte = char(state >> 24);
    }
    return bytes;
}

} // namespace testing

#endif // QLOCAL_TESTS_ECHO_H
