// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <qlocal/singleinstance.h>

#include <QCoreApplication>

#include <cstdio>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    qlocal::SingleInstance instance("org.example.viewer");
    QObject::connect(&instance, &qlocal::SingleInstance::handedOver, &application,
                     [](const qlocal::HandOver &handOver, const qlocal::InstanceReply &reply) {
                         std::printf("opens %s\n", qPrintable(handOver.arguments.join(' ')));
                         std::fflush(stdout);
                         reply.answer(0, "opened\n");
                     });
    switch (instance.start()) {
    case qlocal::SingleInstance::Primary: return application.exec();
    case qlocal::SingleInstance::Secondary:
        std::fputs(instance.answer().constData(), stdout);
        return instance.exitCode();
    default: qFatal("%s", qPrintable(instance.lastError().text()));
    }
}
