// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The functions of a server that the engine calls.

#ifndef _QLOCAL_SERVER_HOOKS_H
#define _QLOCAL_SERVER_HOOKS_H

#include <qlocal/socket_hooks.h>
#include <qlocal/src/object/server.cxxqt.h>

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QSocketNotifier>
#include <QtCore/QTimer>

namespace _QLocal {

/// Static functions, so that the server classes have none of them.
struct ServerHooks
{
    /// Accepts whenever this descriptor is readable. Call it again when the thread has a new event
    /// loop, in which the notifier is not registered; without a loop there is no notifier.
    static void watch(_RustServer &server, std::int32_t descriptor)
    {
        if (!QAbstractEventDispatcher::instance())
            return;
        if (QSocketNotifier *known = base(server)._QNotifier) {
            const bool isEnabled = known->isEnabled();
            known->setEnabled(false);
            known->setEnabled(isEnabled);
            return;
        }
        auto *notifier = new QSocketNotifier(descriptor, QSocketNotifier::Read, &server);
        base(server)._QNotifier = notifier;
        QObject::connect(notifier, &QSocketNotifier::activated, &server,
                         [&server] { base(server)._QAcceptReady(); });
    }

    static void unwatch(_RustServer &server)
    {
        QSocketNotifier *notifier = std::exchange(base(server)._QNotifier, nullptr);
        if (!notifier)
            return;
        notifier->setEnabled(false);
        // Not at once: its own handler may be closing the server.
        notifier->deleteLater();
    }

    /// Users may disable the notifier themselves, which pauses accepting at once.
    static bool isAccepting(const _RustServer &server)
    {
        const QSocketNotifier *notifier = base(server)._QNotifier;
        return notifier && notifier->isEnabled();
    }

    static void setAccepting(_RustServer &server, bool accepting)
    {
        if (QSocketNotifier *notifier = base(server)._QNotifier)
            notifier->setEnabled(accepting);
    }

    /// Accepts again after a while, unless the server has been closed meanwhile.
    static void acceptLater(_RustServer &server, std::int32_t msecs)
    {
        if (QSocketNotifier *notifier = base(server)._QNotifier)
            QTimer::singleShot(msecs, notifier, [&server] { setAccepting(server, true); });
    }

    // What these call may throw.

    static void deliver(_RustServer &server, std::int32_t descriptor)
    {
        guarded([&] { base(server)._QDeliver(descriptor); });
    }
    static std::int32_t pendingCount(const _RustServer &server)
    {
        return base(server)._QPendingCount();
    }
    static bool allows(const _RustServer &server, const PeerIdentity &peer)
    {
        bool isAllowed = false;
        return guarded([&] { isAllowed = base(server)._QAllows(peer); }) && isAllowed;
    }
    static void refused(_RustServer &server, const PeerIdentity &peer, const QString &reason)
    {
        guarded([&] { base(server)._QRefused(peer, reason); });
    }
    static void acceptFailed(_RustServer &server, SocketError error)
    {
        guarded([&] { base(server)._QAcceptFailed(error); });
    }
    static void nameLost(_RustServer &server, const QString &loss)
    {
        guarded([&] { base(server)._QNameLost(loss); });
    }
    static void nameRegained(_RustServer &server)
    {
        guarded([&] { base(server)._QNameRegained(); });
    }
    static void handedOver(_RustServer &server)
    {
        guarded([&] { base(server)._QHandedOver(); });
    }

    static bool hasPrivateNames(const _RustServer &server) { return base(server)._QPrivateNames; }
    static void setPrivateNames(_RustServer &server, bool isPrivate)
    {
        base(server)._QPrivateNames = isPrivate;
    }

private:
    static _ServerBase &base(_RustServer &server) { return server; }
    static const _ServerBase &base(const _RustServer &server) { return server; }
};

} // namespace _QLocal

#endif // _QLOCAL_SERVER_HOOKS_H
