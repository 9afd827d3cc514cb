// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// SIGPIPE: programs that write to their own broken pipes rely on sockets to ignore it.

#include "pair.h"

#include <QtTest/QtTest>

#include <csignal>

class tst_BrokenPipe : public QObject
{
    Q_OBJECT

private slots:
    void firstWriteIgnoresSignalOnce();
};

static auto disposition()
{
    struct sigaction action = {};
    ::sigaction(SIGPIPE, nullptr, &action);
    return action.sa_handler;
}

static void handle(int) { }

void tst_BrokenPipe::firstWriteIgnoresSignalOnce()
{
    const testing::Watchdog watchdog;
    // The program's own handler is replaced too.
    std::signal(SIGPIPE, handle);
    testing::Pair pair;
    QVERIFY(pair.open());
    QVERIFY(disposition() == handle);
    pair.client->write("x");
    pair.client->flush();
    QVERIFY(disposition() == SIG_IGN);
    std::signal(SIGPIPE, SIG_DFL);
    pair.client->write("x");
    pair.client->flush();
    pair.accepted->write("x");
    pair.accepted->flush();
    QVERIFY(disposition() == SIG_DFL);
}

QTEST_GUILESS_MAIN(tst_BrokenPipe)
#include "tst_broken_pipe.moc"
