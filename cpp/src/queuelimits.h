// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_SRC_QUEUELIMITS_H
#define _QLOCAL_SRC_QUEUELIMITS_H

#include <qlocal/src/server.cxx.h>
#include <qlocal/src/socket.cxx.h>

namespace qlocal {

inline void setQueueLimits(_QLocal::_RustSocket &socket, const _QLocal::QueueLimits &limits)
{
    _QLocal::socketSetQueueLimits(socket, limits);
}

inline void setQueueLimits(_QLocal::_RustServer &server, const _QLocal::QueueLimits &limits)
{
    _QLocal::serverSetQueueLimits(server, limits);
}

/// Changes one of the engine's limits of a socket or a server.
template<typename Object, typename Limit, typename Value>
void changeQueueLimit(Object &object, _QLocal::QueueLimits limits,
                      Limit _QLocal::QueueLimits::*limit, Value value)
{
    limits.*limit = Limit(value);
    setQueueLimits(object, limits);
}

} // namespace qlocal

#endif // _QLOCAL_SRC_QUEUELIMITS_H
