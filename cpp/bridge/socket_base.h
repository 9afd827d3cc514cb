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

#include <cstdint>

namespace qlocal {
class Socket;
}

namespace _QLocal {

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
    friend class qlocal::Socket;

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
