// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_BUSYPOLL_H
#define _QLOCAL_BUSYPOLL_H

#include <qlocal/global.h>

#include <chrono>
#include <optional>

namespace qlocal {

/// Makes the current thread poll for this long after each turn, before its event loop may block; at
/// most ten milliseconds.
///
/// Its sockets respond sooner, since the thread need not be woken, but it keeps the processor busy.
/// Timers and other sources of the event loop wait meanwhile. With zero, the default, it polls for
/// up to fifty microseconds, depending on what waking it costs, where that pays off. With a negative
/// limit it never polls, which saves energy, and makes conversations slower.
///
/// Returns false when the thread has no free descriptor for its first socket.
_QLOCAL_EXPORT bool setBusyPoll(std::chrono::microseconds limit);

/// What waking the current thread costs, as its own traffic has shown so far: the time by which an
/// answer comes sooner if the thread has not gone to sleep. Nothing while that is unknown.
_QLOCAL_EXPORT std::optional<std::chrono::nanoseconds> wakeUpCost();

} // namespace qlocal

#endif // _QLOCAL_BUSYPOLL_H
