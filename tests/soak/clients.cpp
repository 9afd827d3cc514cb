// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "client.h"
#include "counts.h"
#include "roles.h"
#include "threads.h"

#include <QtCore/QCoreApplication>

int runClients(const QString &steady, const QString &fragile, int count)
{
    threads::start();
    for (int i = 0; i < count; ++i) {
        auto *client = new Client(steady, fragile);
        threads::moveAnywhere(client);
        client->start();
    }
    startReporting();
    const int outcome = QCoreApplication::exec();
    // They end with the process, in the middle of everything.
    std::_Exit(outcome);
}
