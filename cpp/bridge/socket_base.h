// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The base of the Rust socket: what QIODevice calls, and cxx cannot spell.
//
// Users derive from it and declare what they like, so whatever is in a class here has a reserved name
// (_Q and more) and is private. Its implementation is in socket_hooks.h.

#ifndef _QLOCAL_SOCKET_BASE_H
#define _QLOCAL_SOCKET_BASE_H

#include <QtCore/qcoreevent.h>
#include <QtCore/qiodevice.h>

#include <cstdint>

namespace _QLocal {

enum class SocketState : std::uint32_t;
enum class SocketError : std::int32_t;

/// A QIODevice that leaves to its final class the signals whose arguments have types of that class.
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

    OpenMode _QWantedMode = NotOpen;
    /// That with which the device was opened. QIODevice itself has Unbuffered in it always.
    OpenMode _QOpenedMode = NotOpen;
    /// How long an attempt waits for room in the server's backlog, in milliseconds; -1 is for ever.
    std::int32_t _QAttemptTimeout = 30000;
    /// Whether a name that is no path is one in the user's private folder.
    bool _QPrivateNames = false;
    /// It is close() that asks the engine to close the device.
    bool _QInClose = false;
};

} // namespace _QLocal

#endif // _QLOCAL_SOCKET_BASE_H
