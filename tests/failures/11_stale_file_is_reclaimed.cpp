// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The file of a server that was killed does not keep the next one from listening.

#include "fact.h"

#include <sys/wait.h>

#include <csignal>

int main(int argc, char **argv)
{
    const QString path = fact::path("stale");
    const pid_t server = ::fork();
    if (server == 0) {
        ::raise(fact::listenAt(path, 5) >= 0 ? SIGKILL : SIGTERM);
        ::_exit(0);
    }
    int status = 0;
    NEEDS(::waitpid(server, &status, 0) == server && WTERMSIG(status) == SIGKILL);

    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog;
    NEEDS(QFile::exists(path));
    QLocalServer next;
    const bool listens = next.listen(path);
    if (!listens)
        QFile::remove(path);
    HOLDS(listens);
    QLocalSocket client;
    client.connectToServer(path);
    HOLDS(client.waitForConnected(5000) && next.waitForNewConnection(5000));
    // It was not detected by connecting.
    next.nextPendingConnection();
    HOLDS(!next.waitForNewConnection(50));
}
