// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A server with access options leaves a live server its name, and reports its own names correctly.

#include "fact.h"

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog;
    const QString path = fact::path("live");
    QLocalServer winner;
    winner.setSocketOptions(QLocalServer::UserAccessOption);
    NEEDS(winner.listen(path));
    {
        QLocalServer loser;
        loser.setSocketOptions(QLocalServer::UserAccessOption);
        HOLDS(!loser.listen(path));
        HOLDS(loser.serverError() == QAbstractSocket::AddressInUseError);
        loser.close();
    }
    HOLDS(QFile::exists(path));
    QLocalSocket client;
    client.connectToServer(path);
    HOLDS(client.waitForConnected(5000));
    HOLDS(winner.waitForNewConnection(5000));
    const QLocalSocket *accepted = winner.nextPendingConnection();
    HOLDS(accepted->serverName() == path);
    HOLDS(accepted->fullServerName() == path);

    // The file created in its place has another owner.
    NEEDS(QLocalServer::removeServer(path));
    QLocalServer next;
    NEEDS(next.listen(path));
    winner.close();
    HOLDS(QFile::exists(path));
}
