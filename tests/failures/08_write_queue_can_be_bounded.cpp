// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The queue for a slow reader can be limited, and the writer is notified at the high- and low-water
// marks.

#include "fact.h"

#include <QtTest/QSignalSpy>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog;
    constexpr qint64 limit = 4 << 20;
    const QByteArray piece(1 << 16, 'x');

    QLocalServer server;
    NEEDS(server.listen(testing::uniqueName("queue")));
#ifdef QLOCAL_DROPIN
    qlocal::Socket writer;
    writer.setWriteLimit(limit);
    writer.setHighWater(limit / 2);
    writer.setLowWater(limit / 4);
#else
    QLocalSocket writer;
#endif
    writer.connectToServer(server.fullServerName());
    NEEDS(server.waitForNewConnection(5000));
    QLocalSocket *reader = server.nextPendingConnection();
    reader->setReadBufferSize(1 << 16);

    [[maybe_unused]] qint64 taken = 0;
    for (int i = 0; i < 1000; ++i) {
        taken += std::max(qint64(0), writer.write(piece));
        HOLDS(writer.bytesToWrite() <= limit);
        writer.flush();
    }
#ifdef QLOCAL_DROPIN
    // By default it grows as in stock Qt, and the signals come once.
    QSignalSpy low(&writer, &qlocal::Socket::lowWaterReached);
    qint64 read = 0;
    HOLDS(fact::turnUntil([&] { return (read += reader->readAll().size()) == taken; }));
    HOLDS(writer.bytesToWrite() == 0);
    HOLDS(low.count() == 1);
#endif
}
