// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Permission checks that are meaningful even when the tests run as root.

#ifndef QLOCAL_TESTS_UNPRIVILEGED_H
#define QLOCAL_TESTS_UNPRIVILEGED_H

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

namespace testing {

/// Drops root privileges for a scope: the process acts as `nobody`, in no other group, and regains
/// its privileges at the end.
///
/// Does nothing for a user other than root, who is unprivileged already.
class Unprivileged
{
public:
    Unprivileged() : m_wasRoot(::geteuid() == 0), m_group(::getegid())
    {
        if (!m_wasRoot)
            return;
        m_groups.resize(size_t(::getgroups(0, nullptr)));
        ::getgroups(int(m_groups.size()), m_groups.data());
        m_dropped = ::setgroups(0, nullptr) == 0 && ::setegid(nobody) == 0
                && ::seteuid(nobody) == 0;
    }
    ~Unprivileged()
    {
        if (m_wasRoot
            && (::seteuid(0) != 0 || ::setegid(m_group) != 0
                || ::setgroups(m_groups.size(), m_groups.data()) != 0))
            ::_exit(1);
    }
    Unprivileged(const Unprivileged &) = delete;
    Unprivileged &operator=(const Unprivileged &) = delete;

    bool isUnprivileged() const { return !m_wasRoot || m_dropped; }
    /// Whether the class "other" now applies to a file that this process created before the scope.
    bool isOther() const { return m_wasRoot; }

private:
    static constexpr unsigned nobody = 65534;

    const bool m_wasRoot;
    const gid_t m_group;
    bool m_dropped = false;
    std::vector<gid_t> m_groups;
};

/// Sets the umask for a scope.
class Umask
{
public:
    explicit Umask(mode_t mask) : m_previous(::umask(mask)) { }
    ~Umask() { ::umask(m_previous); }
    Umask(const Umask &) = delete;
    Umask &operator=(const Umask &) = delete;

private:
    const mode_t m_previous;
};

} // namespace testing

#endif // QLOCAL_TESTS_UNPRIVILEGED_H
