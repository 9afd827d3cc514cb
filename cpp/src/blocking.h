// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Blocking on a descriptor in C++ only, where QThread::terminate() may end the thread.

#ifndef _QLOCAL_BLOCKING_H
#define _QLOCAL_BLOCKING_H

#include <qlocal/engine_call.h>
#include <qlocal/src/socket.cxx.h>

#include <cerrno>
#include <poll.h>

namespace _QLocal {

/// Waits for a descriptor, forever if the time is negative. Returns the events of poll(2), or its
/// negative error number.
inline int block(int descriptor, short events, qint64 nanoseconds)
{
    constexpr qint64 second = 1'000'000'000;
    pollfd polled { descriptor, events, 0 };
    const timespec left { time_t(nanoseconds / second), long(nanoseconds % second) };
    const int count = ::ppoll(&polled, 1, nanoseconds < 0 ? nullptr : &left, nullptr);
    return count < 0 ? -errno : polled.revents;
}

/// Takes all steps of a wait. Its resources are released when the thread is cancelled.
inline bool complete(::rust::Box<SocketWait> wait)
{
    const auto step = [&wait](auto take, auto... found) {
        return callEngine([&] { return ((*wait).*take)(found...); });
    };
    WaitStep next = step(&SocketWait::start);
    while (next.descriptor >= 0) {
        const int found = block(next.descriptor, next.events, next.nanoseconds);
        next = step(&SocketWait::resume, found);
    }
    return next.answer;
}

} // namespace _QLocal

#endif // _QLOCAL_BLOCKING_H
