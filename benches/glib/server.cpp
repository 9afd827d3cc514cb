// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "server.h"

#include <algorithm>
#include <thread>

#include <gio/gunixsocketaddress.h>

namespace {

/// How much a slow reader reads per millisecond.
constexpr long SlowShare = 512 * 1024;

/// A connect that finds the backlog full is an error.
constexpr int Backlog = 128;
constexpr long Batch = 25;

} // namespace

Server::Server(const Workload &workload, const std::string &path)
    : m_workload(workload), m_path(path)
{
    Progress listening;
    std::thread([this, &listening] {
        g_main_context_push_thread_default(m_context);
        m_listener = g_socket_listener_new();
        g_socket_listener_set_backlog(m_listener, Backlog);
        GSocketAddress *address = g_unix_socket_address_new(m_path.c_str());
        GError *error = nullptr;
        if (!g_socket_listener_add_address(m_listener, address, G_SOCKET_TYPE_STREAM,
                                           G_SOCKET_PROTOCOL_DEFAULT, nullptr, nullptr, &error))
            fail("listening", error);
        g_object_unref(address);
        listening.add(1);
        g_main_loop_run(g_main_loop_new(m_context, FALSE));
    }).detach();
    listening.waitFor(1);
}

void Server::accept(long connections, Accepting accepting)
{
    m_expected += connections;
    call([this, connections, accepting] {
        if (accepting == InMainLoop) {
            m_toAccept = connections;
            acceptNext();
            return;
        }
        for (long number = 0; number < connections; ++number) {
            GError *error = nullptr;
            GSocketConnection *connection = g_socket_listener_accept(m_listener, nullptr, nullptr,
                                                                     &error);
            if (!connection)
                fail("accepting", error);
            serve(connection);
        }
    });
}

std::vector<std::unique_ptr<Connection>> Server::connect(long connections, Accepting accepting)
{
    std::vector<std::unique_ptr<Connection>> connected;
    while (connections > 0) {
        const long batch = std::min(connections, Batch);
        accept(batch, accepting);
        for (long number = 0; number < batch; ++number)
            connected.push_back(Connection::to(m_path));
        awaitAccepted();
        connections -= batch;
    }
    return connected;
}

void Server::awaitAccepted()
{
    if (m_accepted.waitFor(m_expected) != m_expected)
        fail("more connections were accepted than were made");
}

void Server::awaitReceived(long bytes)
{
    if (m_received.waitFor(bytes) != bytes)
        fail("more bytes were received than were sent");
}

void Server::acceptNext()
{
    if (m_toAccept-- > 0)
        g_socket_listener_accept_async(m_listener, nullptr, &Server::accepted, this);
}

void Server::accepted(GObject *listener, GAsyncResult *result, gpointer server)
{
    auto *self = static_cast<Server *>(server);
    GError *error = nullptr;
    GSocketConnection *connection = g_socket_listener_accept_finish(G_SOCKET_LISTENER(listener),
                                                                    result, nullptr, &error);
    if (!connection)
        fail("accepting", error);
    self->serve(connection);
    self->acceptNext();
}

void Server::serve(GSocketConnection *accepted)
{
    auto *connection = new Connection(accepted);
    if (m_workload.isOneWay())
        connection->onReadable([this, connection] { receive(connection); });
    else
        connection->onReadable([this, connection] { echo(connection); });
    m_accepted.add(1);
}

void Server::echo(Connection *connection)
{
    const gssize size = connection->read();
    if (size == 0)
        delete connection;
    else if (size > 0)
        connection->write(Connection::bytes(), gsize(size));
}

void Server::receive(Connection *connection)
{
    const gssize size = connection->read();
    if (size <= 0)
        return;
    if (!m_pattern.matches(m_position, Connection::bytes(), size))
        fail("the received bytes differ from those sent");
    m_position += size;
    m_share += size;
    m_received.add(size);
    if (m_workload.kind == Workload::SlowReader && m_share >= SlowShare) {
        m_share = 0;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

/// Calls `function` in the server's thread, asynchronously.
template<typename Function>
void Server::call(Function function)
{
    const auto run = [](gpointer data) -> gboolean {
        (*static_cast<Function *>(data))();
        return G_SOURCE_REMOVE;
    };
    const auto forget = [](gpointer data) { delete static_cast<Function *>(data); };
    g_main_context_invoke_full(m_context, G_PRIORITY_DEFAULT, run,
                               new Function(std::move(function)), forget);
}
