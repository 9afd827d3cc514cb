// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Hand-overs as the engine has them.

#ifndef _QLOCAL_HANDOVERPARTS_H
#define _QLOCAL_HANDOVERPARTS_H

#include <qlocal/handover.h>
#include <qlocal/src/instance.cxx.h>

namespace _QLocal {

/// Takes over the descriptor.
qlocal::HandOver toHandOver(const HandOverParts &parts);
/// Lends the descriptor.
HandOverParts toParts(const qlocal::HandOver &handOver);

} // namespace _QLocal

#endif // _QLOCAL_HANDOVERPARTS_H
