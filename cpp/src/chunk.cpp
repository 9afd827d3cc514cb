// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <qlocal/chunk.h>
#include <qlocal/src/socket.cxx.h>

#include <utility>

namespace qlocal {

Chunk::Chunk() noexcept = default;

Chunk::Chunk(::rust::Vec<std::uint8_t> &&bytes) : m_bytes(std::move(bytes)) { }

Chunk::Chunk(Chunk &&other) noexcept = default;

Chunk &Chunk::operator=(Chunk &&other) noexcept
{
    const Chunk old(std::exchange(m_bytes, std::move(other.m_bytes)));
    return *this;
}

Chunk::~Chunk()
{
    if (!isEmpty())
        _QLocal::recycle(std::move(m_bytes));
}

char *Chunk::data()
{
    return reinterpret_cast<char *>(m_bytes.data());
}

const char *Chunk::data() const
{
    return reinterpret_cast<const char *>(m_bytes.data());
}

qsizetype Chunk::size() const
{
    return qsizetype(m_bytes.size());
}

} // namespace qlocal
