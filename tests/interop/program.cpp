// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// One side of a pairing in its own process:
//
//     program serve PATH                          until its input ends; reports once it listens
//     program relay PATH NUMBER PARTIES SIZE      until it has received everything

#include "side.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QSocketNotifier>
#include <QtCore/QStringList>

#include <cstdio>
#include <unistd.h>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    const QString path = arguments.value(2);
    const interop::Side &side = interop::INTEROP_SIDE();
    if (arguments.value(1) == QLatin1String("relay")) {
        const QString failure = side.relay(path,
                                           { arguments.value(3).toInt(), arguments.value(4).toInt(),
                                             arguments.value(5).toInt() });
        fputs(qPrintable(failure), stderr);
        return failure.isEmpty() ? 0 : 1;
    }
    const std::unique_ptr<QObject> service = side.serve(path);
    if (!service)
        return 1;
    QSocketNotifier input(STDIN_FILENO, QSocketNotifier::Read);
    QObject::connect(&input, &QSocketNotifier::activated, &application, &QCoreApplication::quit);
    puts("listening");
    fflush(stdout);
    return application.exec();
}
