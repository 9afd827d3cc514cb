// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Clients that stay connected while servers come and go, see script/soak-reconnect.

#include "figures.h"
#include "server.h"
#include "watch.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QStringList>

#include <cstdio>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments();
    const QString role = words.value(1);
    if (role == "--server")
        return runServer(words.value(2));
    const int seconds = words.value(2).toInt();
    const int clients = words.value(3, "500").toInt();
    if (role == "--seconds" && seconds > 0 && clients > 0)
        return Watch(seconds, clients).run() ? 0 : 1;
    if (role == "--figures" && seconds > 0) {
        printFigures(seconds);
        return 0;
    }
    std::fputs("Usage: soak_reconnect --seconds N [CLIENTS], or --figures SECONDS; "
               "script/soak-reconnect "
               "builds it\n",
               stderr);
    return 2;
}
