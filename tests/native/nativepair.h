// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A native server, a native client, and the socket that was accepted.

#ifndef QLOCAL_TESTS_NATIVEPAIR_H
#define QLOCAL_TESTS_NATIVEPAIR_H

#include "pair.h"

#include <qlocal/server.h>

#include <memory>

namespace testing {

struct NativePair
{
    bool open(qlocal::Server &listening)
    {
        if (!listening.isListening() && !listening.listen(uniqueName("native")))
            return false;
        client.connectToServer(listening.fullServerName());
        return accept(listening);
    }

    /// Accepts the next connection instead of the last.
    bool accept(qlocal::Server &listening)
    {
        if (!listening.waitForNewConnection(5000))
            return false;
        accepted.reset(listening.nextSocket());
        return bool(accepted);
    }

    /// Writes until the kernel accepts no more; returns the queued bytes.
    qint64 fill()
    {
        while (client.bytesToWrite() == 0) {
            client.write(QByteArray(100'000, 'x'));
            client.flush();
        }
        return client.bytesToWrite();
    }

    /// Sends everything, and returns what has arrived.
    QByteArray received()
    {
        QByteArray all;
        do {
            settle();
            all += accepted->readAll();
        } while (client.bytesToWrite() > 0 || accepted->bytesAvailable() > 0);
        return all;
    }

    qlocal::Socket client;
    std::unique_ptr<qlocal::Socket> accepted;
};

} // namespace testing

#endif // QLOCAL_TESTS_NATIVEPAIR_H
