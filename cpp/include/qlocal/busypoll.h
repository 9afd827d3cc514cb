// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_BUSYPOLL_H
#define _QLOCAL_BUSYPOLL_H

#include <qlocal/global.h>

#include <chrono>

namespace qlocal {

/// Makes the current thread poll for this long after each turn, before its event loop may block; at
/// most ten milliseconds.
///
/// Its sockets respond sooner, since the thread need not be woken, but it keeps the processor busy.
/// Timers and other sources of the event loop wait meanwhile. With zero, the default, it polls only
/// briefly, and only where that has paid off.
///
/// Returns false when the thread has no free descriptor for its first socket.
_QLOCAL_EXPORT bool setBusyPoll(std::chrono::microseconds limit);

} // namespace qlocal

#endif // _QLOCAL_BUSYPOLL_H
