// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The workloads on GLib: a server and its clients, each with a thread and a main loop.

#include "../qt/holder.h"
#include "../qt/memory.h"
#include "bounce.h"
#include "oneway.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include <sys/resource.h>
#include <unistd.h>

namespace {

Outcome runStorm(const Workload &workload, Server &server, const std::string &path)
{
    long begun = 0;
    const auto repeat = [&](long connections) {
        server.accept(connections, Server::InMainLoop);
        for (long number = 0; number < connections; ++number) {
            const char sent = char(++begun);
            const std::unique_ptr<Connection> connection = Connection::to(path);
            bool isBack = false;
            connection->onReadable([&] {
                if (connection->read() != 1 || *Connection::bytes() != sent)
                    fail("the byte that came back differs from the one sent");
                isBack = true;
            });
            connection->write(&sent, 1);
            while (!isBack)
                g_main_context_iteration(nullptr, TRUE);
        }
        server.awaitAccepted();
    };
    if (workload.warmUp)
        repeat(workload.tenth().count);
    const Clock::time_point start = Clock::now();
    repeat(workload.count);
    return { double(workload.count) / secondsSince(start), std::nullopt, workload.count };
}

Outcome runHeld(const Workload &workload, Server &server)
{
    constexpr long Parts = 10;
    const long timed = std::clamp(workload.count, 1L, workload.connections);
    const auto share = [](long connections, long part) {
        return connections * (part + 1) / Parts - connections * part / Parts;
    };
    Clients clients(workload, server);
    double seconds = 0;
    for (long part = 0; part < Parts; ++part) {
        const Clock::time_point start = Clock::now();
        clients.connect(share(timed, part), Server::InMainLoop);
        seconds += secondsSince(start);
        clients.connect(share(workload.connections - timed, part), Server::ByWaiting);
    }
    Workload oneEach = workload;
    oneEach.count = workload.connections;
    if (clients.bounce(oneEach) != workload.connections)
        fail("not every connection answered");
    return { seconds * 1e6 / double(timed), std::nullopt, timed };
}

Outcome runWeight(const Workload &workload, Server &server, const char *program,
                  const std::string &path)
{
    const std::string command = '\'' + std::string(program) + "' --hold '" + path
            + "' --connections " + std::to_string(workload.connections);
    FILE *holder = popen(command.c_str(), "we");
    if (!holder)
        fail("starting a second process");
    const long before = residentMemory();
    server.accept(workload.connections, Server::ByWaiting);
    std::fputs("connect\n", holder);
    std::fflush(holder);
    server.awaitAccepted();
    const long grown = residentMemory() - before;
    std::fputs("exchange\n", holder);
    if (pclose(holder) != 0)
        fail("the second process");
    return { double(grown) / double(workload.connections), std::nullopt, workload.connections };
}

Outcome run(const Workload &workload, const char *program, const std::string &path)
{
    // The server's thread runs until the process ends.
    Server &server = *new Server(workload, path);
    switch (workload.kind) {
    case Workload::Storm: return runStorm(workload, server, path);
    case Workload::Held: return runHeld(workload, server);
    case Workload::Weight: return runWeight(workload, server, program, path);
    default: return workload.isOneWay() ? runOneWay(workload, server) : runBounce(workload, server);
    }
}

/// Both ends of thousands of connections are in this process.
void raiseDescriptorLimit()
{
    rlimit limit = {};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

int main(int argc, char *argv[])
{
    char *name = nullptr;
    char *held = nullptr;
    gint64 count = 0;
    gint64 connections = 1'000'000;
    gint timeout = 120;
    double seconds = 1;
    gboolean noWarmUp = FALSE;
    const GOptionEntry entries[] = {
        { "workload", 0, 0, G_OPTION_ARG_STRING, &name, "What to run", "NAME" },
        { "count", 0, 0, G_OPTION_ARG_INT64, &count,
          "Round trips, writes or timed connections; 0 is the workload's usual count", "COUNT" },
        { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds,
          "How long a data exchange or an idle crowd lasts", "SECONDS" },
        { "connections", 0, 0, G_OPTION_ARG_INT64, &connections, "No more connections than these",
          "COUNT" },
        { "no-warm-up", 0, 0, G_OPTION_ARG_NONE, &noWarmUp,
          "Leave out the untimed tenth that comes before the timed part", nullptr },
        { "timeout", 0, 0, G_OPTION_ARG_INT, &timeout, "Give up after this many seconds",
          "SECONDS" },
        { "hold", 0, 0, G_OPTION_ARG_FILENAME, &held,
          "Be the second process, which holds connections to the socket at this path", "PATH" },
        {},
    };
    GOptionContext *context = g_option_context_new("- runs one workload, and prints it as JSON");
    g_option_context_add_main_entries(context, entries, nullptr);
    GError *error = nullptr;
    const std::string program = "/proc/" + std::to_string(getpid()) + "/exe";
    if (!g_option_context_parse(context, &argc, &argv, &error))
        fail("the arguments", error);

    raiseDescriptorLimit();
    if (held)
        return holdConnections(held, int(connections));
    std::optional<Workload> workload = Workload::fromName(name ? name : "");
    if (!workload)
        fail("--workload needs the name of a workload");
    if (count > 0)
        workload->count = count;
    workload->connections = std::min<long>(workload->connections, connections);
    workload->seconds = seconds;
    workload->warmUp = !noWarmUp;

    std::string answer = R"("missing":"it has no busy-poll")";
    if (workload->kind != Workload::BusyPoll) {
        const std::string path = std::string(g_get_tmp_dir()) + "/qlocal-bench-glib-"
                + std::to_string(getpid());
        alarm(unsigned(timeout));
        const Outcome outcome = run(*workload, program.c_str(), path);
        unlink(path.c_str());
        answer = "\"value\":" + std::to_string(outcome.value)
                + ",\"count\":" + std::to_string(outcome.count);
        if (outcome.p99)
            answer += ",\"p99\":" + std::to_string(*outcome.p99);
    }
    std::printf("{\"implementation\":\"glib\",\"workload\":\"%s\",%s}\n", name, answer.c_str());
    std::fflush(stdout);
    // Without waiting for the server's thread.
    std::_Exit(0);
}
