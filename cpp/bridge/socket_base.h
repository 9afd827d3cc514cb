// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The base of the Rust socket: what QIODevice calls and cxx cannot express.
//
// Users may derive from it and declare anything, so all members here have reserved names (_Q...)
// and are private. The implementation is in socket_hooks.h.

#ifndef _QLOCAL_SOCKET_BASE_H
#define _QLOCAL_SOCKET_BASE_H

#include <QtCore/qcoreevent.h>
#include <QtCore/qiodevice.h>
#include <qlocal/qt_enums.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace _QLocal {

/// Values of a socket that the engine updates, in the layout of qlocal_core::Gauges.
struct _Gauges
{
    /// The value of _available if there is nothing to read, and asking the engine changes nothing.
    static constexpr std::size_t Drained = std::size_t(-1);

    std::atomic<std::size_t> _available;
    std::atomic<std::size_t> _toWrite;
    /// Whether the socket may keep small writes.
    std::atomic<bool> _isStaging;
};
static_assert(sizeof(std::atomic<std::size_t>) == sizeof(std::size_t)
                      && sizeof(std::atomic<bool>) == sizeof(bool),
              "an atomic number has the layout of the number, as in Rust");

/// Small writes that the engine has not taken yet.
struct _Stage
{
    std::size_t _size = 0;
    char _bytes[8 * 1024];
};

/// A QIODevice whose final class emits the signals that have arguments of its own types.
class _SocketBase : public QIODevice
{
public:
    explicit _SocketBase(QObject *_parent = nullptr) : QIODevice(_parent) { }

    Q_DECL_HIDDEN bool event(QEvent *_event) override
    {
        if (_event->type() == QEvent::ThreadChange)
            _QChangeThread();
        return QIODevice::event(_event);
    }

private:
    friend struct SocketHooks;

    /// The object is about to move to another thread; called on the old one.
    virtual void _QChangeThread() = 0;

    virtual void _QStateChanged(SocketState) = 0;
    virtual void _QErrorOccurred(SocketError) = 0;
    virtual void _QConnected() = 0;
    virtual void _QDisconnected() = 0;
    Q_DECL_HIDDEN virtual void _QMessageReady() { }
    Q_DECL_HIDDEN virtual void _QHighWaterReached() { }
    Q_DECL_HIDDEN virtual void _QLowWaterReached() { }
    Q_DECL_HIDDEN virtual void _QReconnecting(std::int32_t, std::int64_t) { }

    /// Valid as long as the Rust half of the object.
    const _Gauges *_QGauges = nullptr;
    /// Null unless the engine has allowed it since it was last called.
    std::unique_ptr<_Stage> _QStage;
    OpenMode _QWantedMode = NotOpen;
    /// The mode with which the device was opened. In QIODevice itself it always contains
    /// Unbuffered.
    OpenMode _QOpenedMode = NotOpen;
    /// How long an attempt waits for room in the server's backlog, in milliseconds; -1 means
    /// forever.
    std::int32_t _QAttemptTimeout = 30000;
    /// Whether names that are not paths are in the user's private folder.
    bool _QPrivateNames = false;
    /// Whether close() is asking the engine to close the device.
    bool _QInClose = false;
};

} // namespace _QLocal

#endif // _QLOCAL_SOCKET_BASE_H
