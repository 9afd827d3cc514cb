// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <qlocal/peercredentials.h>

#include <qlocal/src/socket.cxx.h>

namespace qlocal {

PeerCredentials::PeerCredentials(const _QLocal::PeerIdentity &peer)
    : m_valid(peer.known), m_uid(peer.uid), m_gid(peer.gid), m_pid(peer.pid),
      m_groups(peer.groups.begin(), peer.groups.end())
{ }

bool PeerCredentials::isInGroup(uint gid) const
{
    return m_valid && (m_gid == gid || m_groups.contains(gid));
}

PeerCredentials peerCredentials(const QLocalSocket &socket)
{
    return PeerCredentials(_QLocal::peerCredentials(socket));
}

Descriptor peerProcess(const QLocalSocket &socket)
{
    return Descriptor(_QLocal::peerProcess(socket));
}

} // namespace qlocal
