// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_NAMEPOLICY_H
#define _QLOCAL_NAMEPOLICY_H

#include <chrono>

namespace qlocal {

/// How a Server keeps its name, see Server::keepName().
struct NamePolicy
{
    /// Whether the name is bound again after its loss, as soon as it is free or stale. A name that
    /// another server has is left to it until that has ended.
    bool rebinds = true;
    /// Whether the folder is created again if it is gone, with mode 0700. Those above it are not
    /// created.
    bool recreatesFolder = false;
    /// How often the times of the socket file are set to the present, so that programs that remove
    /// old files leave it alone; 0 means never, and less than a second counts as one.
    std::chrono::milliseconds touchInterval { 0 };
};

} // namespace qlocal

#endif // _QLOCAL_NAMEPOLICY_H
