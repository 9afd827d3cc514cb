// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_PEERCREDENTIALS_H
#define _QLOCAL_PEERCREDENTIALS_H

#include <qlocal/descriptor.h>
#include <qlocal/qlocalsocket.h>

#include <QtCore/qlist.h>
#include <QtCore/qmetatype.h>

namespace _QLocal {
struct PeerIdentity;
}

namespace qlocal {

/// The peer process of a connection, as recorded by the kernel when it connected or started
/// listening.
///
/// Rely on users and groups, which the kernel guarantees. The process may have ended since, and its
/// id may have been reused: never grant access based on a process id.
class _QLOCAL_EXPORT PeerCredentials
{
    Q_GADGET
    Q_PROPERTY(bool valid READ isValid)
    Q_PROPERTY(uint uid READ uid)
    Q_PROPERTY(uint gid READ gid)
    Q_PROPERTY(QList<uint> groups READ groups)
    Q_PROPERTY(qint64 pid READ pid)

public:
    /// Unknown credentials: not valid.
    PeerCredentials() = default;

    /// Whether the peer is known; otherwise all ids are 0 and meaningless.
    bool isValid() const { return m_valid; }
    /// The effective user.
    uint uid() const { return m_uid; }
    /// The effective group.
    uint gid() const { return m_gid; }
    /// The supplementary groups; none before Linux 4.13.
    QList<uint> groups() const { return m_groups; }
    /// Whether this is the effective group or a supplementary one.
    Q_INVOKABLE bool isInGroup(uint gid) const;
    /// The process id; 0 if the peer is in another pid namespace.
    qint64 pid() const { return m_pid; }

private:
    friend class InstanceReply;
    friend class Server;
    friend _QLOCAL_EXPORT PeerCredentials peerCredentials(const QLocalSocket &socket);

    explicit PeerCredentials(const _QLocal::PeerIdentity &peer);

    bool m_valid = false;
    uint m_uid = 0;
    uint m_gid = 0;
    qint64 m_pid = 0;
    QList<uint> m_groups;
};

/// The credentials of this socket's peer; not valid while there is no connection.
_QLOCAL_EXPORT PeerCredentials peerCredentials(const QLocalSocket &socket);

/// A descriptor of the peer process (a pidfd), which, unlike a process id, never refers to another
/// process. It becomes readable when the process ends.
///
/// Not valid without a connection and before Linux 6.5. If the process has ended, some kernels
/// return none, and others one that is readable at once.
_QLOCAL_EXPORT Descriptor peerProcess(const QLocalSocket &socket);

} // namespace qlocal

Q_DECLARE_METATYPE(qlocal::PeerCredentials)

#endif // _QLOCAL_PEERCREDENTIALS_H
