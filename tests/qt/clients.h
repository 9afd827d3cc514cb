// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Several clients of one server.

#ifndef QLOCAL_TESTS_CLIENTS_H
#define QLOCAL_TESTS_CLIENTS_H

#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

#include <memory>
#include <vector>

namespace testing {

/// Clients that connect one after the other to a server.
class Clients
{
public:
    Clients(const QLocalServer &server, int count)
    {
        for (int i = 0; i < count; ++i) {
            m_sockets.push_back(std::make_unique<QLocalSocket>());
            m_sockets.back()->connectToServer(server.fullServerName());
        }
    }
    QLocalSocket *operator[](size_t index) const { return m_sockets[index].get(); }

private:
    std::vector<std::unique_ptr<QLocalSocket>> m_sockets;
};

} // namespace testing

#endif // QLOCAL_TESTS_CLIENTS_H
