// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Connections of other users.

#ifndef QLOCAL_TESTS_USERS_H
#define QLOCAL_TESTS_USERS_H

#include <QtCore/QString>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalSocket>

#include <grp.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace testing {

inline bool isRoot()
{
    return ::geteuid() == 0;
}

/// Acts as another user, in these groups, for a scope. Only has an effect for root.
class ActingAs
{
public:
    ActingAs(uid_t uid, gid_t gid, const std::vector<gid_t> &groups)
        : m_wasRoot(isRoot()), m_gid(::getegid())
    {
        if (!m_wasRoot)
            return;
        m_groups.resize(size_t(::getgroups(0, nullptr)));
        ::getgroups(int(m_groups.size()), m_groups.data());
        if (::setgroups(groups.size(), groups.data()) != 0 || ::setegid(gid) != 0
            || ::seteuid(uid) != 0)
            qFatal("ActingAs: no other user");
    }
    ~ActingAs()
    {
        if (m_wasRoot
            && (::seteuid(0) != 0 || ::setegid(m_gid) != 0
                || ::setgroups(m_groups.size(), m_groups.data()) != 0))
            ::_exit(1);
    }
    ActingAs(const ActingAs &) = delete;
    ActingAs &operator=(const ActingAs &) = delete;

private:
    const bool m_wasRoot;
    const gid_t m_gid;
    std::vector<gid_t> m_groups;
};

/// A user that runs no tests.
constexpr uid_t otherUid = 54321;

/// A client that has connected as another user.
inline std::unique_ptr<QLocalSocket> connectAs(const QString &path, uid_t uid, gid_t gid,
                                               const std::vector<gid_t> &groups = {})
{
    auto client = std::make_unique<QLocalSocket>();
    const ActingAs other(uid, gid, groups);
    client->connectToServer(path);
    return client;
}

/// A folder that every user can access, with a path for a server.
class OpenFolder
{
public:
    OpenFolder() { ::chmod(qPrintable(m_folder.path()), 0755); }
    QString path() const { return m_folder.filePath(QStringLiteral("socket")); }

private:
    QTemporaryDir m_folder;
};

} // namespace testing

#endif // QLOCAL_TESTS_USERS_H
