// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_GLIB_CONNECTION_H
#define QLOCAL_BENCHES_GLIB_CONNECTION_H

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gio/gio.h>

/// Ends the program with what failed.
[[noreturn]] void fail(const char *what, const GError *error = nullptr);

/// One end of a GSocketConnection, whose sources are in the thread's default context.
class Connection
{
public:
    /// Takes the reference over.
    explicit Connection(GSocketConnection *connection);
    ~Connection();

    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    /// Returns when the connection is made.
    static std::unique_ptr<Connection> to(const std::string &path);

    /// Calls `handler` whenever there are bytes or the end; it may delete the connection.
    void onReadable(std::function<void()> handler);

    /// The bytes that are there, at most 256 KiB, until the next call on any connection of the thread: -1 if there are
    /// none, 0 at the end.
    gssize read();
    static const char *bytes();

    /// Sends what the kernel takes, and the rest when it takes more.
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
