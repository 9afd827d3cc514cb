// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// What this process occupies, as the kernel counts it.

#ifndef QLOCAL_BENCHES_MEMORY_H
#define QLOCAL_BENCHES_MEMORY_H

#include <cstdint>

/// In bytes.
std::int64_t residentMemory();

/// The most that it was since the last reset, in bytes.
std::int64_t peakResidentMemory();
void resetPeakResidentMemory();

#endif // QLOCAL_BENCHES_MEMORY_H
