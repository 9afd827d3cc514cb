// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QThread::terminate() while Rust functions are on the stack.

#ifndef _QLOCAL_UNCANCELLED_H
#define _QLOCAL_UNCANCELLED_H

#include <pthread.h>

namespace _QLocal {

/// Disables cancellation of the current thread. Cancellation unwinds the stack, which must not pass
/// through Rust functions: a request waits until these have returned. Used around each Rust call
/// that may call a handler, print, or sleep.
class Uncancelled
{
public:
    Uncancelled() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &m_before); }
    ~Uncancelled() { pthread_setcancelstate(m_before, nullptr); }
    Uncancelled(const Uncancelled &) = delete;
    Uncancelled &operator=(const Uncancelled &) = delete;

private:
    int m_before = PTHREAD_CANCEL_ENABLE;
};

} // namespace _QLocal

#endif // _QLOCAL_UNCANCELLED_H
