// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Carries exceptions of handlers past the engine, through which they must not pass.
//
// Each hook that may call a handler does so in guarded(). Each function that calls the engine, and
// so may trigger a handler, ends with rethrow(). The code between the two returns at once.

#ifndef _QLOCAL_EXCEPTIONS_H
#define _QLOCAL_EXCEPTIONS_H

#include <qlocal/src/exception.cxx.h>

#include <QtCore/qglobal.h>

#include <memory>
#include <utility>

namespace _QLocal {

/// Calls a function, and stores what it throws. Returns true if it did not throw.
template<typename Call>
bool guarded(Call call)
{
    try {
        call();
        return true;
    } catch (...) {
        keepException(std::unique_ptr<Thrown>(new Thrown { std::current_exception() }));
        return false;
    }
}

[[noreturn]] inline void throwKept()
{
    const std::exception_ptr exception = takeException()->exception;
    std::rethrow_exception(exception);
}

/// Rethrows what a handler has thrown in the engine call that has just returned.
inline void rethrow()
{
    if (Q_UNLIKELY(isUnwinding()))
        throwKept();
}

/// Like rethrow(), and returns the value of that call.
template<typename Value>
Value rethrowing(Value value)
{
    rethrow();
    return value;
}

} // namespace _QLocal

#endif // _QLOCAL_EXCEPTIONS_H
