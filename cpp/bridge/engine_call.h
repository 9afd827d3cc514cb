// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// How C++ calls engine functions that may call handlers.

#ifndef _QLOCAL_ENGINE_CALL_H
#define _QLOCAL_ENGINE_CALL_H

#include <qlocal/exceptions.h>
#include <qlocal/uncancelled.h>

#include <type_traits>

namespace _QLocal {

/// Calls the engine. The thread cannot be cancelled meanwhile, and an exception thrown by a handler
/// is rethrown once the engine has returned.
template<typename Call>
auto callEngine(Call call)
{
    const Uncancelled uncancelled;
    if constexpr (std::is_void_v<decltype(call())>) {
        call();
        rethrow();
    } else {
        const auto answer = call();
        rethrow();
        return answer;
    }
}

} // namespace _QLocal

#endif // _QLOCAL_ENGINE_CALL_H
