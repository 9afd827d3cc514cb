// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_GLIB_CONNECTION_H
#define QLOCAL_BENCHES_GLIB_CONNECTION_H

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gio/gio.h>

/// Ends the program with a message.
[[noreturn]] void fail(const char *what, const GError *error = nullptr);

/// One end of a GSocketConnection, whose sources are in the thread's default context.
class Connection
{
public:
    /// Takes over the reference.
    explicit Connection(GSocketConnection *connection);
    ~Connection();

    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    /// Returns once connected.
    static std::unique_ptr<Connection> to(const std::string &path);

    /// Calls `handler` when bytes or end of file arrive; it may delete the connection.
    void onReadable(std::function<void()> handler);

    /// Reads available bytes, at most 256 KiB, valid until the next call on any connection of the
    /// thread: -1 if there are none, 0 at end of file.
    gssize read();
    static const char *bytes();

    /// Sends what the kernel accepts, and the rest later.
    void write(const char *bytes, gsize size);
    bool isSent() const { return m_unsent.empty(); }

private:
    static gboolean readable(GObject *stream, gpointer connection);
    static gboolean writable(GObject *stream, gpointer connection);
    gsize writeSome(const char *bytes, gsize size);

    GSocketConnection *m_connection;
    GPollableInputStream *m_input;
    GPollableOutputStream *m_output;
    GSource *m_readable = nullptr;
    GSource *m_writable = nullptr;
    std::function<void()> m_handler;
    std::vector<char> m_unsent;
};

#endif // QLOCAL_BENCHES_GLIB_CONNECTION_H
