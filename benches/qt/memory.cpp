// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "memory.h"

#include <fstream>
#include <string>

namespace {

std::int64_t statusField(const std::string &field)
{
    std::ifstream status("/proc/self/status");
    std::string name;
    std::int64_t kibibytes = 0;
    while (status >> name) {
        if (name == field && status >> kibibytes)
            return kibibytes * 1024;
        status.ignore(1024, '\n');
    }
    return 0;
}

} // namespace

std::int64_t residentMemory()
{
    return statusField("VmRSS:");
}

std::int64_t peakResidentMemory()
{
    return statusField("VmHWM:");
}

void resetPeakResidentMemory()
{
    // As proc(5) says.
    std::ofstream("/proc/self/clear_refs") << '5';
}
