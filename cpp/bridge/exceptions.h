// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Carries exceptions of handlers past the engine, which they cannot pass through.
//
// Each hook that may call a handler does so in guarded(). Each function that calls the engine, and so
// may get a handler called, ends with rethrow(). What is between the two returns at once.

#ifndef _QLOCAL_EXCEPTIONS_H
#define _QLOCAL_EXCEPTIONS_H

#include <qlocal/src/exception.cxx.h>

#include <QtCore/qglobal.h>

#include <memory>
#include <utility>

namespace _QLocal {

/// Calls what may throw, and keeps what it throws. True when it did not.
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

/// Throws again what a handler has thrown in the call of the engine that has just returned.
inline void rethrow()
{
    if (Q_UNLIKELY(isUnwinding()))
        throwKept();
}

/// As rethrow(), around the value of that call.
template<typename Value>
Value rethrowing(Value value)
{
    rethrow();
    return value;
}

} // namespace _QLocal

#endif // _QLOCAL_EXCEPTIONS_H
