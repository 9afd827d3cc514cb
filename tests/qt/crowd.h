// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Many connected pairs behind one server in one thread.

#ifndef QLOCAL_TESTS_CROWD_H
#define QLOCAL_TESTS_CROWD_H

#include "pair.h"

#include <vector>

namespace testing {

/// A server and the requested number of connected pairs; a test may delete any of the sockets.
class Crowd
{
public:
    ~Crowd()
    {
        for (const auto &client : clients)
            delete client;
    }
    Crowd() = default;
    Crowd(const Crowd &) = delete;
    Crowd &operator=(const Crowd &) = delete;

    bool open(int count)
    {
        if (!server.listen(uniqueName("crowd")))
            return false;
        for (int i = 0; i < count; ++i) {
            clients.push_back(new QLocalSocket);
            clients.back()->connectToServer(server.fullServerName());
            if (!clients.back()->waitForConnected(5000) || !server.waitForNewConnection(5000))
                return false;
            accepted.push_back(server.nextPendingConnection());
        }
        return true;
    }

    /// Every accepted socket sends `bytes`, so that all clients are ready before the event loop turns.
    void writeToAll(const QByteArray &bytes)
    {
        for (const auto &socket : accepted) {
            socket->write(bytes);
            socket->flush();
        }
    }

    QLocalServer server;
    std::vector<QPointer<QLocalSocket>> clients;
    std::vector<QPointer<QLocalSocket>> accepted;
};

} // namespace testing

#endif // QLOCAL_TESTS_CROWD_H
