// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_BUSYPOLL_H
#define _QLOCAL_BUSYPOLL_H

#include <qlocal/global.h>

#include <chrono>

namespace qlocal {

/// Lets the present thread look after each turn for what comes next, for so long before its event
/// loop may block; ten milliseconds at the most.
///
/// Its sockets answer sooner then, since nobody has to wake it up, and its processor does not rest.
/// Timers and other sources of the event loop wait meanwhile. Zero, the default, looks only for a
/// moment, and only where that has been worth it.
///
/// False when the thread has no descriptor free for its first socket.
_QLOCAL_EXPORT bool setBusyPoll(std::chrono::microseconds limit);

} // namespace qlocal

#endif // _QLOCAL_BUSYPOLL_H
