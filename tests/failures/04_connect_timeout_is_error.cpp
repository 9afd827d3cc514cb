// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// An attempt to connect that takes too long ends with an error.

#include "fact.h"

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog(120);
    const QString path = fact::path("timeout");
    const int listening = fact::listenAt(path, 0);
    NEEDS(listening >= 0);
    NEEDS(fact::connectTo(path) >= 0 && fact::connectTo(path) < 0);

    QLocalSocket socket;
    QList<QLocalSocket::LocalSocketError> errors;
    QObject::connect(&socket, &QLocalSocket::errorOccurred,
                     [&errors](QLocalSocket::LocalSocketError error) { errors.append(error); });
    socket.connectToServer(path);
    NEEDS(socket.state() == QLocalSocket::ConnectingState);
    // Both allow thirty seconds for an attempt.
    QEventLoop loop;
    QTimer::singleShot(36000, &loop, &QEventLoop::quit);
    QObject::connect(&socket, &QLocalSocket::stateChanged, &loop, &QEventLoop::quit);
    loop.exec();
    QFile::remove(path);
    HOLDS(socket.state() == QLocalSocket::UnconnectedState);
    HOLDS(errors == QList<QLocalSocket::LocalSocketError> { QLocalSocket::SocketTimeoutError });
}
