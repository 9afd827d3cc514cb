// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_GLIB_ONEWAY_H
#define QLOCAL_BENCHES_GLIB_ONEWAY_H

#include "server.h"

/// One client writes, the server checks what it receives.
Outcome runOneWay(const Workload &workload, Server &server);

#endif // QLOCAL_BENCHES_GLIB_ONEWAY_H
