// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "pattern.h"

#include <algorithm>
#include <cstring>
#include <random>

Pattern::Pattern() : m_bytes(Period + MaxLength)
{
    std::mt19937 generator(1);
    std::generate_n(m_bytes.begin(), Period, [&] { return char(generator()); });
    for (std::size_t index = Period; index < m_bytes.size(); ++index)
        m_bytes[index] = m_bytes[index - Period];
}

bool Pattern::matches(std::int64_t position, const char *bytes, std::int64_t size) const
{
    while (size > 0) {
        const std::int64_t part = std::min(size, MaxLength);
        if (std::memcmp(at(position), bytes, std::size_t(part)) != 0)
            return false;
        position += part;
        bytes += part;
        size -= part;
    }
    return true;
}
