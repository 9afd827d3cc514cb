// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// After an accept error, nextPendingConnection() returns the queued socket.

#include "exhaustion.h"
#include "fact.h"

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog;
    NEEDS(testing::allowDescriptors(64));
    QLocalServer server;
    NEEDS(server.listen(testing::uniqueName("queued")));
    QLocalSocket first;
    first.connectToServer(server.fullServerName());
    NEEDS(server.waitForNewConnection(5000));
    const testing::Exhaustion exhaustion(1);
    NEEDS(fact::connectTo(server.fullServerName()) >= 0);
    fact::turnFor(200);
    HOLDS(server.hasPendingConnections());
    QLocalSocket *queued = server.nextPendingConnection();
    HOLDS(queued && queued->state() == QLocalSocket::ConnectedState);
    HOLDS(queued->write("?") == 1 && queued->flush() && first.waitForReadyRead(5000));
}
