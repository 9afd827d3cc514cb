// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_DESCRIPTOR_H
#define _QLOCAL_DESCRIPTOR_H

#include <unistd.h>

#include <utility>

namespace qlocal {

/// A file descriptor, closed when its owner goes. It moves, and is never copied.
class Descriptor
{
public:
    /// None, or one that is owned from then on.
    explicit Descriptor(int descriptor = -1) : m_descriptor(descriptor) { }
    /// Takes it over.
    Descriptor(Descriptor &&other) noexcept : m_descriptor(other.release()) { }
    /// Takes it over, and closes what was there.
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        Descriptor old(std::exchange(m_descriptor, other.release()));
        return *this;
    }
    /// Closes it.
    ~Descriptor()
    {
        if (isValid())
            ::close(m_descriptor);
    }

    /// Whether there is one.
    bool isValid() const { return m_descriptor >= 0; }
    /// Its number, or -1. It stays this object's.
    int get() const { return m_descriptor; }
    /// Gives it away.
    [[nodiscard]] int release() { return std::exchange(m_descriptor, -1); }

private:
    int m_descriptor;
};

} // namespace qlocal

#endif // _QLOCAL_DESCRIPTOR_H
