// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "holder.h"

#include <cstdio>
#include <cstring>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int holdConnections(const char *path, int count)
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    const auto fail = [path](const char *what) {
        std::fprintf(stderr, "%s, %s: ", path, what);
        std::perror(nullptr);
        return 1;
    };

    char line[16];
    if (!std::fgets(line, sizeof line, stdin))
        return fail("no command to connect");
    std::vector<int> connections;
    for (int index = 0; index < count; ++index) {
        const int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        // A full backlog makes this wait.
        if (connect(connection, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
            return fail("connecting");
        connections.push_back(connection);
    }

    if (!std::fgets(line, sizeof line, stdin))
        return fail("no command to exchange");
    // All at once: one after the other would take long with a server that scans all connections in
    // every turn.
    for (int index = 0; index < count; ++index) {
        const char sent = char(index);
        if (write(connections[index], &sent, 1) != 1)
            return fail("writing");
    }
    for (int index = 0; index < count; ++index) {
        char received = char(~index);
        if (read(connections[index], &received, 1) != 1 || received != char(index))
            return fail("the byte that came back differs from the one sent");
    }
    return 0;
}
