// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_RECONNECTPOLICY_H
#define _QLOCAL_RECONNECTPOLICY_H

#include <chrono>

namespace qlocal {

/// How a Socket keeps its connection, see Socket::keepConnected().
struct ReconnectPolicy
{
    /// The delay before the first attempt that has to wait; each further one doubles it. Less than
    /// a millisecond counts as one.
    ///
    /// While there is no file, its folder is watched and attempts have no limit, none of them is
    /// needed.
    std::chrono::milliseconds initialInterval { 500 };
    /// The maximum delay.
    std::chrono::milliseconds maxInterval { 30000 };
    /// Up to this percentage is taken off each delay, at random, so that many clients do not try at
    /// the same time.
    int jitter = 20;
    /// The maximum number of attempts after the connection is lost or was first tried; 0 means no
    /// limit.
    int maxAttempts = 0;
    /// Whether bytes that were written and not sent when the connection ends are sent first over
    /// the next one. Otherwise they are discarded.
    ///
    /// Bytes that the kernel has accepted are never sent again. So with a framing the rest of a
    /// message that was sent in part is discarded; without one the next connection starts with the
    /// first byte that was not sent, and the peer has to expect that.
    bool keepsUnsent = false;
};

} // namespace qlocal

#endif // _QLOCAL_RECONNECTPOLICY_H
