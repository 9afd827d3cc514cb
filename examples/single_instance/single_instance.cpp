// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A program that runs once: a second start hands its arguments to the instance that runs.
//
// To listen is to ask whether another one is there. A file that a crash left is no obstacle, and of many that start at
// once just one succeeds; so removeServer need not be called, which might take the name from one that has just started.

#include "handover.h"

#include <QCoreApplication>
#include <QDeadlineTimer>

#include <cstdio>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QString name = QStringLiteral("qlocal-single-instance");
    const QStringList arguments = application.arguments().mid(1);

    QLocalServer server;
    const QDeadlineTimer deadline(10000);
    while (!server.listen(name)) {
        if (server.serverError() != QAbstractSocket::AddressInUseError || deadline.hasExpired())
            qFatal("%s", qPrintable(server.errorString()));
        if (handOver(name, arguments))
            return 0;
        // The one that was there has gone meanwhile.
    }

    const auto open = [](const QStringList &files) {
        printf("opens %s\n", qPrintable(files.join(QLatin1Char('|'))));
        fflush(stdout);
    };
    takeOver(&server, open);
    open(arguments);
    return application.exec();
}
