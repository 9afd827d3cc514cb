// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The peer answers and closes, then we write: the write fails, and the answer can be read.

#include "pair.h"

#include "fact.h"

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog;
    testing::Pair pair;
    NEEDS(pair.open());
    QList<QLocalSocket::LocalSocketError> errors;
    QObject::connect(pair.client, &QLocalSocket::errorOccurred,
                     [&errors](QLocalSocket::LocalSocketError error) { errors.append(error); });
    pair.accepted->write("answer");
    NEEDS(pair.accepted->waitForBytesWritten(5000));
    pair.accepted->close();
    // Nothing was received yet: the event loop has not turned.
    HOLDS(pair.client->write("late") == 4);
    HOLDS(!pair.client->waitForBytesWritten(5000));
    HOLDS(fact::turnUntil([&] { return pair.client->state() == QLocalSocket::UnconnectedState; }));
    HOLDS(pair.client->readAll() == "answer");
    HOLDS(errors == QList<QLocalSocket::LocalSocketError> { QLocalSocket::PeerClosedError });
}
