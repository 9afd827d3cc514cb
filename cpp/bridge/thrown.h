// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_THROWN_H
#define _QLOCAL_THROWN_H

#include <exception>

namespace _QLocal {

/// What a handler has thrown.
struct Thrown
{
    std::exception_ptr exception;
};

} // namespace _QLocal

#endif // _QLOCAL_THROWN_H
