// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <QCoreApplication>
#include <QTextStream>
#include <QVariant>
#include <qlocal/server.h>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QTextStream out(stdout);
    qlocal::Server server;
    QObject::connect(&server, &qlocal::Server::newConnection, [&] {
        while (qlocal::Socket *socket = server.nextSocket()) {
            socket->write("hello\n");
            QObject::connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        }
    });
    QObject::connect(&server, &qlocal::Server::nameLost, [&](auto reason) {
        out << "lost the name: " << QVariant::fromValue(reason).toString() << Qt::endl;
    });
    QObject::connect(&server, &qlocal::Server::nameRegained,
                     [&] { out << "has the name again" << Qt::endl; });
    QObject::connect(&server, &qlocal::Server::handedOver, &application, &QCoreApplication::quit);
    server.keepName();
    server.setHandsOver(true);
    server.setTakeOverTimeout(1000);
    if (!server.listen("greeter")) {
        out << server.errorString() << Qt::endl;
        return 1;
    }
    out << "listens" << Qt::endl;
    return application.exec();
}
