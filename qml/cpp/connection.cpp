// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "connection.h"

#include <QtCore/qfile.h>

#include <pwd.h>
#include <unistd.h>

#include <vector>

namespace qlocal {

QVariant toVariant(const LocalSocket &socket)
{
    return QVariant::fromValue(const_cast<LocalSocket *>(&socket));
}

std::uint64_t bytesOf(const LocalSocket &socket)
{
    return socket.bytesReceived() + socket.bytesSent();
}

std::int64_t processOf(const LocalSocket &socket)
{
    return socket.peerCredentials().pid();
}

QString processName(std::int64_t process)
{
    QFile file(QStringLiteral("/proc/%1/comm").arg(process));
    if (!file.open(QIODevice::ReadOnly))
        return QString();
    return QString::fromUtf8(file.readAll().trimmed());
}

std::int64_t userOf(const LocalSocket &socket)
{
    const PeerCredentials peer = socket.peerCredentials();
    return peer.isValid() ? std::int64_t(peer.uid()) : -1;
}

QString userName(std::int64_t user)
{
    if (user < 0)
        return QString();
    const long hint = ::sysconf(_SC_GETPW_R_SIZE_MAX);
    std::vector<char> buffer(hint > 0 ? std::size_t(hint) : 16384);
    passwd entry;
    passwd *found = nullptr;
    ::getpwuid_r(uid_t(user), &entry, buffer.data(), buffer.size(), &found);
    return found ? QString::fromLocal8Bit(found->pw_name) : QString::number(user);
}

} // namespace qlocal
