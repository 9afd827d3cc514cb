// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_SRC_QUEUELIMITS_H
#define QLOCAL_SRC_QUEUELIMITS_H

#include <qlocal/src/socket.cxxqt.h>

namespace qlocal {

/// Changes one of the limits that sockets and servers have in the engine.
template<typename Object, typename Limit, typename Value>
void changeQueueLimit(Object &object, Limit QueueLimits::*limit, Value value)
{
    QueueLimits limits = object.engineQueueLimits();
    limits.*limit = Limit(value);
    object.engineSetQueueLimits(limits);
}

} // namespace qlocal

#endif // QLOCAL_SRC_QUEUELIMITS_H
