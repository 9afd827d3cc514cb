// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The base of the Rust server: the notifier that users find among its children.
//
// All members have reserved names and are private, see socket_base.h. The implementation is in
// server_hooks.h.

#ifndef _QLOCAL_SERVER_BASE_H
#define _QLOCAL_SERVER_BASE_H

#include <QtCore/qcoreevent.h>
#include <QtCore/qobject.h>
#include <qlocal/qt_enums.h>

#include <cstdint>

QT_FORWARD_DECLARE_CLASS(QSocketNotifier)

namespace _QLocal {

/// The engine's credentials of a peer.
struct PeerIdentity;

/// A QObject that watches a listening descriptor, and leaves connections to its final class.
class _ServerBase : public QObject
{
public:
    explicit _ServerBase(QObject *_parent = nullptr) : QObject(_parent) { }

    Q_DECL_HIDDEN bool event(QEvent *_event) override
    {
        if (_event->type() == QEvent::ThreadChange)
            _QChangeThread();
        return QObject::event(_event);
    }

private:
    friend struct ServerHooks;

    /// Connections have arrived.
    virtual void _QAcceptReady() = 0;
    /// The object is about to move to another thread; called on the old one.
    virtual void _QChangeThread() = 0;

    /// Passes an accepted connection to the user, who takes ownership of the descriptor.
    virtual void _QDeliver(std::int32_t) = 0;
    /// The number of delivered connections that the user has not taken yet.
    virtual std::int32_t _QPendingCount() const = 0;
    /// Whether this peer may connect, if the user decides.
    Q_DECL_HIDDEN virtual bool _QAllows(const PeerIdentity &) const { return false; }
    /// A connection was refused, for a reason of this name.
    Q_DECL_HIDDEN virtual void _QRefused(const PeerIdentity &, const QString &) { }
    Q_DECL_HIDDEN virtual void _QAcceptFailed(SocketError) { }
    /// The socket file is lost, in a way of this name.
    Q_DECL_HIDDEN virtual void _QNameLost(const QString &) { }
    Q_DECL_HIDDEN virtual void _QNameRegained() { }
    Q_DECL_HIDDEN virtual void _QHandedOver() { }

    QSocketNotifier *_QNotifier = nullptr;
    /// Whether names that are not paths are in the user's private folder.
    bool _QPrivateNames = false;
};

} // namespace _QLocal

#endif // _QLOCAL_SERVER_BASE_H
