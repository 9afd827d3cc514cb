// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Clients and servers come and go for a while, see script/soak.

#include "roles.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QSocketNotifier>
#include <QtCore/QStringList>

#include <csignal>
#include <cstdio>
#include <sys/prctl.h>
#include <unistd.h>

namespace {

// The parent closes this process's standard input, or is killed.
void endWithInput()
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto *notifier = new QSocketNotifier(STDIN_FILENO, QSocketNotifier::Read, qApp);
    QObject::connect(notifier, &QSocketNotifier::activated, qApp, &QCoreApplication::quit);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments();
    const QString role = words.value(1);
    if (role == "--server") {
        endWithInput();
        return runServer(words.value(2));
    }
    if (role == "--clients") {
        endWithInput();
        return runClients(words.value(2), words.value(3), words.value(4).toInt());
    }
    if (role == "--seconds" && words.value(2).toInt() > 0)
        return runWatch(words.value(2).toInt(), words.value(3, "2000").toInt());
    std::fputs("Usage: soak --seconds N [CLIENTS]; script/soak builds it\n", stderr);
    return 2;
}
