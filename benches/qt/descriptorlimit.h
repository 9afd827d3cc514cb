// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_DESCRIPTORLIMIT_H
#define QLOCAL_BENCHES_DESCRIPTORLIMIT_H

#include <QtCore/QString>

/// Raises the soft limit of descriptors to the hard one, with a warning when that fails.
void raiseDescriptorLimit();

/// An error message if both ends of `connections` connections don't fit into the limit, or nothing.
QString checkDescriptorLimit(int connections);

#endif // QLOCAL_BENCHES_DESCRIPTORLIMIT_H
