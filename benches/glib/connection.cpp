// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "connection.h"

#include <cstdio>
#include <cstdlib>

#include <gio/gunixsocketaddress.h>

namespace {

constexpr gsize BufferSize = 256 * 1024;

char *buffer()
{
    static thread_local std::vector<char> buffer(BufferSize);
    return buffer.data();
}

} // namespace

void fail(const char *what, const GError *error)
{
    std::fprintf(stderr, "%s: %s\n", what, error ? error->message : "unexpected");
    std::_Exit(1);
}

Connection::Connection(GSocketConnection *connection)
    : m_connection(connection),
      m_input(G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(G_IO_STREAM(connection)))),
      m_output(G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(G_IO_STREAM(connection))))
{ }

Connection::~Connection()
{
    for (GSource *source : { m_readable, m_writable }) {
        if (source) {
            g_source_destroy(source);
            g_source_unref(source);
        }
    }
    g_io_stream_close(G_IO_STREAM(m_connection), nullptr, nullptr);
    g_object_unref(m_connection);
}

std::unique_ptr<Connection> Connection::to(const std::string &path)
{
    static GSocketClient *client = g_socket_client_new();
    GSocketAddress *address = g_unix_socket_address_new(path.c_str());
    GError *error = nullptr;
    GSocketConnection *connection = g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address),
                                                            nullptr, &error);
    g_object_unref(address);
    if (!connection)
        fail("connecting", error);
    return std::make_unique<Connection>(connection);
}

void Connection::onReadable(std::function<void()> handler)
{
    m_handler = std::move(handler);
    m_readable = g_pollable_input_stream_create_source(m_input, nullptr);
    g_source_set_callback(m_readable, G_SOURCE_FUNC(&Connection::readable), this, nullptr);
    g_source_attach(m_readable, g_main_context_get_thread_default());
}

gssize Connection::read()
{
    GError *error = nullptr;
    const gssize size = g_pollable_input_stream_read_nonblocking(m_input, buffer(), BufferSize,
                                                                 nullptr, &error);
    if (size >= 0)
        return size;
    if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        fail("reading", error);
    g_error_free(error);
    return -1;
}

const char *Connection::bytes()
{
    return buffer();
}

void Connection::write(const char *bytes, gsize size)
{
    const gsize sent = m_unsent.empty() ? writeSome(bytes, size) : 0;
    if (sent == size)
        return;
    m_unsent.insert(m_unsent.end(), bytes + sent, bytes + size);
    if (m_writable)
        return;
    m_writable = g_pollable_output_stream_create_source(m_output, nullptr);
    g_source_set_callback(m_writable, G_SOURCE_FUNC(&Connection::writable), this, nullptr);
    g_source_attach(m_writable, g_main_context_get_thread_default());
}

gboolean Connection::readable(GObject *, gpointer connection)
{
    static_cast<Connection *>(connection)->m_handler();
    return G_SOURCE_CONTINUE;
}

gboolean Connection::writable(GObject *, gpointer connection)
{
    auto *self = static_cast<Connection *>(connection);
    const gsize sent = self->writeSome(self->m_unsent.data(), self->m_unsent.size());
    self->m_unsent.erase(self->m_unsent.begin(), self->m_unsent.begin() + gssize(sent));
    if (!self->m_unsent.empty())
        return G_SOURCE_CONTINUE;
    g_source_unref(self->m_writable);
    self->m_writable = nullptr;
    return G_SOURCE_REMOVE;
}

gsize Connection::writeSome(const char *bytes, gsize size)
{
    GError *error = nullptr;
    const gssize sent = g_pollable_output_stream_write_nonblocking(m_output, bytes, size, nullptr,
                                                                   &error);
    if (sent >= 0)
        return gsize(sent);
    if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        fail("writing", error);
    g_error_free(error);
    return 0;
}
