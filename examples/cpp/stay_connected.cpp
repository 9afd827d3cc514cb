// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <QCoreApplication>
#include <QTextStream>
#include <qlocal/socket.h>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QTextStream out(stdout);
    qlocal::Socket socket;
    QObject::connect(&socket, &QLocalSocket::connected, [&] { socket.write("hello\n"); });
    QObject::connect(&socket, &QLocalSocket::readyRead,
                     [&] { out << socket.readAll() << Qt::flush; });
    QObject::connect(&socket, &qlocal::Socket::reconnecting, [&](int attempt, qint64 delay) {
        if (delay < 0)
            out << "waiting for the server" << Qt::endl;
        else
            out << "attempt " << attempt << " in " << delay << " ms" << Qt::endl;
    });
    socket.keepConnected();
    socket.connectToServer("greeter");
    return application.exec();
}
