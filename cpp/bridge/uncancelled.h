// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// QThread::terminate() while functions of Rust are on the stack.

#ifndef _QLOCAL_UNCANCELLED_H
#define _QLOCAL_UNCANCELLED_H

#include <pthread.h>

namespace _QLocal {

/// Keeps the present thread from being cancelled. That unwinds the stack, which must not pass through
/// functions of Rust: a request waits until these have returned. It goes around each call of Rust that
/// may call a user, print, or sleep.
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
