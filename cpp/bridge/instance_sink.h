// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// What a primary instance calls in C++.

#ifndef _QLOCAL_INSTANCE_SINK_H
#define _QLOCAL_INSTANCE_SINK_H

#include <cstdint>

namespace _QLocal {

struct HandOverParts;

/// Receives hand-overs.
class InstanceSink
{
public:
    /// A secondary has handed over, and waits for the reply with this number. Does not throw; what a
    /// handler throws is stored.
    virtual void handedOver(const HandOverParts &parts, std::uint64_t reply) = 0;

protected:
    ~InstanceSink() = default;
};

} // namespace _QLocal

#endif // _QLOCAL_INSTANCE_SINK_H
