// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_CHUNK_H
#define _QLOCAL_CHUNK_H

#include <qlocal/global.h>
#include <rust/cxx.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qbytearrayview.h>

#include <cstdint>

namespace qlocal {

/// Received bytes, in the memory into which they were received. Movable, not copyable.
///
/// Socket::readChunk() returns one, and Socket::write() accepts one: neither copies the bytes. The
/// memory is at most four times as large as its contents; it is reused for what the thread that
/// destroys the chunk receives next.
class _QLOCAL_EXPORT Chunk
{
public:
    /// Holds no bytes.
    Chunk() noexcept;
    /// Takes over the other's bytes.
    Chunk(Chunk &&other) noexcept;
    /// Takes over the other's bytes, and releases its own.
    Chunk &operator=(Chunk &&other) noexcept;
    /// Releases the memory.
    ~Chunk();

    /// The bytes, which may be changed in place. Pointers stay valid when the chunk is moved.
    char *data();
    /// The bytes.
    const char *data() const;
    /// The number of bytes.
    qsizetype size() const;
    /// Whether there are none.
    bool isEmpty() const { return size() == 0; }

    /// The bytes, valid as long as this chunk holds them.
    QByteArrayView view() const { return QByteArrayView(data(), size()); }
    /// The bytes, valid as long as this chunk holds them.
    operator QByteArrayView() const { return view(); }
    /// A copy of the bytes. QByteArray::fromRawData() makes an array that refers to them instead.
    QByteArray toByteArray() const { return view().toByteArray(); }

private:
    friend class Socket;

    explicit Chunk(::rust::Vec<std::uint8_t> &&bytes);

    ::rust::Vec<std::uint8_t> m_bytes;
};

} // namespace qlocal

#endif // _QLOCAL_CHUNK_H
