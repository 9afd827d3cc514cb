// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A connected pair of sockets in one thread, and running the event loop until nothing is left to
// do.

#ifndef QLOCAL_TESTS_PAIR_H
#define QLOCAL_TESTS_PAIR_H

#include "testing.h"

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QPointer>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

namespace testing {

/// Runs the event loop of this thread until it has had nothing to do several times in a row.
///
/// Data sent by one end of a local socket is at the other end at once, so in one thread quiet means
/// finished.
inline void settle()
{
    for (int quiet = 0; quiet < 4;) {
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        quiet = QAbstractEventDispatcher::instance()->processEvents(QEventLoop::AllEvents)
                ? 0
                : quiet + 1;
    }
}

/// A listening server, a client connected to it, and the socket that the server accepted for it.
///
/// A test may delete any of the three; the rest is deleted with the pair.
class Pair
{
public:
    Pair() : server(new QLocalServer), client(new QLocalSocket) { }
    ~Pair()
    {
        delete client;
        delete accepted;
        delete server;
    }
    Pair(const Pair &) = delete;
    Pair &operator=(const Pair &) = delete;

    /// Listens on a unique name, connects and accepts; false if a step fails.
    bool open() { return listen() && connect(); }

    bool listen() { return server->listen(uniqueName("pair")); }

    bool connect()
    {
        client->connectToServer(server->fullServerName());
        if (!client->waitForConnected(5000) || !server->waitForNewConnection(5000))
            return false;
        accepted = server->nextPendingConnection();
        return accepted;
    }

    /// Whether one byte makes a round trip.
    bool answers()
    {
        return client->write("?") == 1 && client->flush() && accepted->waitForReadyRead(5000)
                && accepted->readAll() == "?" && accepted->write("!") == 1 && accepted->flush()
                && client->waitForReadyRead(5000) && client->readAll() == "!";
    }

    QPointer<QLocalServer> server;
    QPointer<QLocalSocket> client;
    QPointer<QLocalSocket> accepted;
};

} // namespace testing

#endif // QLOCAL_TESTS_PAIR_H
