// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The cost of an exchange does not grow with the number of other open sockets.

#include "exhaustion.h"
#include "pair.h"

#include "fact.h"

#include <memory>
#include <vector>

namespace {

/// The processor time of an exchange, in microseconds: the best of several runs.
double costOfAnExchange(testing::Pair &pair)
{
    double best = 1e9;
    for (int run = 0; run < 5; ++run) {
        constexpr int count = 400;
        const double before = fact::processorTime();
        for (int i = 0; i < count; ++i) {
            pair.client->write("?");
            while (pair.accepted->bytesAvailable() == 0)
                QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
            pair.accepted->readAll();
        }
        best = std::min(best, (fact::processorTime() - before) / count * 1e6);
    }
    return best;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog;
    NEEDS(testing::allowDescriptors(4000));
    testing::Pair pair;
    NEEDS(pair.open());
    const double alone = costOfAnExchange(pair);
    std::vector<std::unique_ptr<testing::Pair>> others;
    for (int i = 0; i < 800; ++i) {
        others.push_back(std::make_unique<testing::Pair>());
        NEEDS(others.back()->open());
        // Their listening sockets are watched one by one, like those of any server.
        others.back()->server->close();
    }
    testing::settle();
    const double among = costOfAnExchange(pair);
    std::printf("%.1f microseconds alone, %.1f among 1600 others\n", alone, among);
    // In stock Qt it is dozens of times as much.
    HOLDS(among < 5 * alone);
}
