// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The base of the Rust server: the notifier that users find among its children.

#ifndef QLOCAL_SERVER_BASE_H
#define QLOCAL_SERVER_BASE_H

#include <qlocal/socket_base.h>

#include <QtCore/QEvent>
#include <QtCore/QMetaObject>
#include <QtCore/QObject>
#include <QtCore/QSocketNotifier>
#include <QtCore/QTimer>

namespace qlocal {

/// Who is at the other end of a connection, as the engine says it.
struct PeerIdentity;
/// Why a connection was refused.
enum class RefusalCode : std::uint32_t;

/// A QObject that watches a listening descriptor, and leaves connections to its final class.
class ServerBase : public QObject
{
public:
    explicit ServerBase(QObject *parent = nullptr) : QObject(parent) { }

    void watch(std::int32_t descriptor)
    {
        m_notifier = new QSocketNotifier(descriptor, QSocketNotifier::Read, this);
        connect(m_notifier, &QSocketNotifier::activated, this, [this] { acceptReady(); });
    }

    void unwatch()
    {
        if (!m_notifier)
            return;
        m_notifier->setEnabled(false);
        // Not at once: a handler of it may be what closes the server.
        m_notifier->deleteLater();
        m_notifier = nullptr;
    }

    /// Users may disable the notifier themselves, which pauses accepting at once.
    bool isAccepting() const { return m_notifier && m_notifier->isEnabled(); }

    void setAccepting(bool accepting)
    {
        if (m_notifier)
            m_notifier->setEnabled(accepting);
    }

    /// Accepts again after a while, unless the server has been closed meanwhile.
    void acceptLater(std::int32_t msecs)
    {
        if (m_notifier)
            QTimer::singleShot(msecs, m_notifier, [this] { setAccepting(true); });
    }

    /// Connections have arrived.
    virtual void acceptReady() { }

    /// The object is about to move to another thread; called on the old one.
    virtual void leaveThread() { }
    /// The object has moved; called on the new thread.
    virtual void joinThread() { }

    bool event(QEvent *event) override
    {
        if (event->type() == QEvent::ThreadChange) {
            leaveThread();
            QMetaObject::invokeMethod(
                    this, [this] { joinThread(); }, Qt::QueuedConnection);
        }
        return QObject::event(event);
    }

    // Rust reaches a function of a base class without virtual dispatch: these add it.

    /// Gives an accepted connection to the user, who owns the descriptor from then on.
    void deliver(std::int32_t descriptor) { doDeliver(descriptor); }
    /// How many delivered connections the user has not taken yet.
    std::int32_t pendingCount() const { return doPendingCount(); }
    /// Whether this peer may connect, when the user decides.
    bool allows(const PeerIdentity &peer) const { return doAllows(peer); }
    void announceRefused(const PeerIdentity &peer, RefusalCode code)
    {
        doAnnounceRefused(peer, code);
    }
    void announceAcceptFailed(SocketError error) { doAnnounceAcceptFailed(error); }

protected:
    virtual void doDeliver(std::int32_t) { }
    virtual std::int32_t doPendingCount() const { return 0; }
    virtual bool doAllows(const PeerIdentity &) const { return false; }
    virtual void doAnnounceRefused(const PeerIdentity &, RefusalCode) { }
    virtual void doAnnounceAcceptFailed(SocketError) { }

    /// Whether a name that is no path is one in the user's private folder.
    bool hasPrivateNames() const { return m_hasPrivateNames; }
    void setPrivateNames(bool isPrivate) { m_hasPrivateNames = isPrivate; }

private:
    QSocketNotifier *m_notifier = nullptr;
    bool m_hasPrivateNames = false;
};

} // namespace qlocal

#endif // QLOCAL_SERVER_BASE_H
