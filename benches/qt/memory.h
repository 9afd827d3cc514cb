// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The memory of this process, as counted by the kernel.

#ifndef QLOCAL_BENCHES_MEMORY_H
#define QLOCAL_BENCHES_MEMORY_H

#include <cstdint>

/// In bytes.
std::int64_t residentMemory();

/// The peak since the last reset, in bytes.
std::int64_t peakResidentMemory();
void resetPeakResidentMemory();

#endif // QLOCAL_BENCHES_MEMORY_H
