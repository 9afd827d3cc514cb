// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_DESCRIPTOR_H
#define _QLOCAL_DESCRIPTOR_H

#include <unistd.h>

#include <utility>

namespace qlocal {

/// Owns a file descriptor, and closes it on destruction. Movable, not copyable.
class Descriptor
{
public:
    /// Holds none, or takes ownership of one.
    explicit Descriptor(int descriptor = -1) : m_descriptor(descriptor) { }
    /// Takes over the other's descriptor.
    Descriptor(Descriptor &&other) noexcept : m_descriptor(other.release()) { }
    /// Takes over the other's descriptor, and closes its own.
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        Descriptor old(std::exchange(m_descriptor, other.release()));
        return *this;
    }
    /// Closes the descriptor.
    ~Descriptor()
    {
        if (isValid())
            ::close(m_descriptor);
    }

    /// Whether it holds a descriptor.
    bool isValid() const { return m_descriptor >= 0; }
    /// Its number, or -1. This object keeps ownership.
    int get() const { return m_descriptor; }
    /// Gives up ownership, and returns the number.
    [[nodiscard]] int release() { return std::exchange(m_descriptor, -1); }

private:
    int m_descriptor;
};

} // namespace qlocal

#endif // _QLOCAL_DESCRIPTOR_H
