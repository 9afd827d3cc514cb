// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "descriptorlimit.h"

#include <QtCore/QtGlobal>

#include <cerrno>
#include <cstring>

#include <sys/resource.h>

namespace {

/// Descriptors of a Qt program other than its sockets: event loops, standard streams, those of
/// libraries.
constexpr rlim_t OtherDescriptors = 64;

} // namespace

void raiseDescriptorLimit()
{
    rlimit limit = {};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        qWarning("The limit of open descriptors stays at %llu, raising it to %llu failed: %s",
                 static_cast<unsigned long long>(before),
                 static_cast<unsigned long long>(limit.rlim_max), std::strerror(errno));
}

QString checkDescriptorLimit(int connections)
{
    rlimit limit = {};
    const rlim_t needed = 2 * rlim_t(connections) + OtherDescriptors;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
        return QString();
    return QStringLiteral("%1 connections need %2 descriptors in one process, but the limit is %3 "
                          "(ulimit -n; "
                          "an administrator can raise the hard limit)")
            .arg(connections)
            .arg(needed)
            .arg(limit.rlim_cur);
}
