// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The bytes sent over the connections: random, and known to both ends.

#ifndef QLOCAL_BENCHES_PATTERN_H
#define QLOCAL_BENCHES_PATTERN_H

#include <cstdint>
#include <vector>

/// An endless, repeating stream of bytes.
class Pattern
{
public:
    Pattern();

    /// The bytes from a position of the stream on, at most Longest of them.
    const char *at(std::int64_t position) const { return m_bytes.data() + position % Period; }

    /// Whether these are the bytes of the stream from `position` on.
    bool matches(std::int64_t position, const char *bytes, std::int64_t size) const;

    static constexpr std::int64_t MaxLength = 128 * 1024;

private:
    /// A prime, so that lost or repeated bytes are detected.
    static constexpr std::int64_t Period = 65521;

    std::vector<char> m_bytes;
};

#endif // QLOCAL_BENCHES_PATTERN_H
