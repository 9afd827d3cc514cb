// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A single-instance program: a second start passes its arguments to the running instance.
//
// Listening also checks for another instance. A file left by a crash is no obstacle, and of many
// that start at once exactly one succeeds. So there is no need for removeServer, which might take
// the name from an instance that has just started.

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
        // The other instance has ended meanwhile.
    }

    const auto open = [](const QStringList &files) {
        printf("opens %s\n", qPrintable(files.join(QLatin1Char('|'))));
        fflush(stdout);
    };
    takeOver(&server, open);
    open(arguments);
    return application.exec();
}
