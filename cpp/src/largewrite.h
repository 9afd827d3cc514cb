// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_LARGEWRITE_H
#define _QLOCAL_LARGEWRITE_H

#include <qlocal/src/socket.cxx.h>

#include <QtCore/qbytearray.h>

#include <utility>

namespace _QLocal {

/// The memory of a write that is under way in this thread, which may be kept instead of copied.
///
/// It goes through QIODevice::write(), which checks the mode of the device, and the virtual
/// writeData(), which programs override. Neither has an argument for it: writeData() recognises it
/// by the socket and its address, unless an override passes on other bytes. It is kept once: an
/// override may write the same bytes again, and to other sockets.
class LargeWrite
{
public:
    /// The engine copies fewer bytes anyway (OutputQueue::MIN_KEPT).
    static constexpr qint64 MinSize = 16 * 1024;

    LargeWrite(const _RustSocket &socket, const QByteArray &array)
        : m_socket(&socket), m_data(array.constData()), m_size(array.size()), m_array(&array)
    { }
    LargeWrite(const _RustSocket &socket, ::rust::Vec<std::uint8_t> &bytes)
        : m_socket(&socket), m_data(reinterpret_cast<const char *>(bytes.data())),
          m_size(qint64(bytes.size())), m_bytes(&bytes)
    { }
    ~LargeWrite() { current() = m_outer; }
    LargeWrite(const LargeWrite &) = delete;
    LargeWrite &operator=(const LargeWrite &) = delete;

    /// Queues bytes, which are kept if they are handed over.
    static qint64 write(const _RustSocket &socket, const char *data, qint64 size)
    {
        return size < MinSize ? writeData(socket, data, size) : writeLarge(socket, data, size);
    }

private:
    [[gnu::noinline]] static qint64 writeLarge(const _RustSocket &socket, const char *data,
                                               qint64 size)
    {
        LargeWrite *found = current();
        if (!found || found->m_socket != &socket || found->m_data != data || found->m_size != size)
            return writeData(socket, data, size);
        found->m_socket = nullptr;
        return found->m_array ? writeShared(socket, *found->m_array)
                              : writeOwned(socket, *found->m_bytes);
    }

    static LargeWrite *&current()
    {
        static thread_local LargeWrite *innermost = nullptr;
        return innermost;
    }

    /// Null once it is used.
    const _RustSocket *m_socket;
    const char *m_data;
    qint64 m_size;
    const QByteArray *m_array = nullptr;
    ::rust::Vec<std::uint8_t> *m_bytes = nullptr;
    LargeWrite *m_outer = std::exchange(current(), this);
};

} // namespace _QLocal

#endif // _QLOCAL_LARGEWRITE_H
