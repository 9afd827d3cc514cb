// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "server.h"

#include "message.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QSocketNotifier>
#include <qlocal/server.h>

#include <csignal>
#include <sys/prctl.h>
#include <unistd.h>

static void serve(qlocal::Socket *peer)
{
    peer->setFraming(qlocal::Socket::LengthPrefixed);
    QObject::connect(peer, &qlocal::Socket::messageReady, peer, [peer] {
        const QByteArray bytes = peer->readMessage();
        const auto message = Message::decode(bytes);
        if (!message)
            qFatal("a message is not whole");
        // In one piece, even if this process is killed.
        if (::write(STDOUT_FILENO, &*message, Message::Size) != Message::Size)
            qFatal("no report");
        peer->writeMessage(bytes);
    });
    QObject::connect(peer, &QLocalSocket::disconnected, peer, &QObject::deleteLater);
}

int runServer(const QString &path)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    QSocketNotifier input(STDIN_FILENO, QSocketNotifier::Read);
    QObject::connect(&input, &QSocketNotifier::activated, qApp, &QCoreApplication::quit);
    qlocal::Server server;
    QObject::connect(&server, &QLocalServer::newConnection, &server, [&server] {
        while (qlocal::Socket *peer = server.nextSocket())
            serve(peer);
    });
    if (!server.listen(path))
        qFatal("%s", qPrintable(server.errorString()));
    return QCoreApplication::exec();
}
