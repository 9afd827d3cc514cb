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

/// The process at the other end of a connection, as the kernel saw it when it connected, or when it
/// began to listen.
///
/// Trust in users and groups, which the kernel vouches for. The process may have ended since, and
/// another one have its id: let no one in for the sake of a process id.
class _QLOCAL_EXPORT PeerCredentials
{
    Q_GADGET
    Q_PROPERTY(bool valid READ isValid)
    Q_PROPERTY(uint uid READ uid)
    Q_PROPERTY(uint gid READ gid)
    Q_PROPERTY(QList<uint> groups READ groups)
    Q_PROPERTY(qint64 pid READ pid)

public:
    /// Nobody's: not valid.
    PeerCredentials() = default;
    /// Those that the engine knows.
    explicit PeerCredentials(const _QLocal::PeerIdentity &peer);

    /// Whether anybody is known; otherwise all ids are 0, and mean nothing.
    bool isValid() const { return m_valid; }
    /// The effective user.
    uint uid() const { return m_uid; }
    /// The effective group.
    uint gid() const { return m_gid; }
    /// The supplementary groups; none before Linux 4.13.
    QList<uint> groups() const { return m_groups; }
    /// Whether this is the effective group or one of the others.
    Q_INVOKABLE bool isInGroup(uint gid) const;
    /// The process; 0 when it is none of this process's namespace.
    qint64 pid() const { return m_pid; }

private:
    bool m_valid = false;
    uint m_uid = 0;
    uint m_gid = 0;
    qint64 m_pid = 0;
    QList<uint> m_groups;
};

/// Who is at the other end of this socket; not valid while there is no connection.
_QLOCAL_EXPORT PeerCredentials peerCredentials(const QLocalSocket &socket);

/// A descriptor of the process at the other end (a pidfd), which is never taken for another one, as
/// a process id may be. It becomes readable when the process ends.
///
/// Not valid without a connection and before Linux 6.5. When the process has ended some kernels give
/// none, and others one that is readable at once.
_QLOCAL_EXPORT Descriptor peerProcess(const QLocalSocket &socket);

} // namespace qlocal

Q_DECLARE_METATYPE(qlocal::PeerCredentials)

#endif // _QLOCAL_PEERCREDENTIALS_H
