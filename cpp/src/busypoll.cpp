// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <qlocal/busypoll.h>
#include <qlocal/src/reactor.cxxqt.h>

bool qlocal::setBusyPoll(std::chrono::microseconds limit)
{
    return _QLocal::setBusyPoll(limit.count());
}

std::optional<std::chrono::nanoseconds> qlocal::wakeUpCost()
{
    const auto cost = std::chrono::nanoseconds(_QLocal::wakeUpCost());
    return cost.count() < 0 ? std::nullopt : std::optional(cost);
}
