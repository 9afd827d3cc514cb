// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_GLIB_SERVER_H
#define QLOCAL_BENCHES_GLIB_SERVER_H

#include "../qt/pattern.h"
#include "connection.h"
#include "progress.h"
#include "workload.h"

/// A server in its own thread, with its own main loop.
class Server
{
public:
    Server(const Workload &workload, const std::string &path);

    enum Accepting { ByWaiting, InMainLoop };

    /// Lets the server accept this many more connections: in its main loop, whose cost grows with
    /// the number of open connections, or before it resumes that loop.
    void accept(long connections, Accepting accepting);
    /// The same, and connects this side in the meantime.
    std::vector<std::unique_ptr<Connection>> connect(long connections, Accepting accepting);

    void awaitAccepted();
    void awaitReceived(long bytes);

private:
    void acceptNext();
    static void accepted(GObject *listener, GAsyncResult *result, gpointer server);
    void serve(GSocketConnection *connection);
    void echo(Connection *connection);
    void receive(Connection *connection);
    template<typename Function>
    void call(Function function);

    const Workload m_workload;
    const Pattern m_pattern;
    const std::string m_path;
    GMainContext *m_context = g_main_context_new();
    GSocketListener *m_listener = nullptr;
    long m_toAccept = 0;
    long m_position = 0;
    long m_share = 0;
    long m_expected = 0;
    Progress m_accepted;
    Progress m_received;
};

#endif // QLOCAL_BENCHES_GLIB_SERVER_H
