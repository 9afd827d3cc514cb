// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A single-instance program as written for stock Qt: connect, and if no instance answers, remove
// the file and listen.

#include "handover.h"

#include <QCoreApplication>

#include <cstdio>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QString name = QStringLiteral("qlocal-single-instance");
    const QStringList arguments = application.arguments().mid(1);

    if (handOver(name, arguments))
        return 0;
    QLocalServer::removeServer(name);
    QLocalServer server;
    if (!server.listen(name))
        return 1;

    const auto open = [](const QStringList &files) {
        printf("opens %s\n", qPrintable(files.join(QLatin1Char('|'))));
        fflush(stdout);
    };
    takeOver(&server, open);
    open(arguments);
    return application.exec();
}
