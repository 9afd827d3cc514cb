// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A process without free descriptors.

#ifndef QLOCAL_TESTS_EXHAUSTION_H
#define QLOCAL_TESTS_EXHAUSTION_H

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

namespace testing {

/// Sets the descriptor limit of this process.
inline bool allowDescriptors(rlim_t count)
{
    rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    limit.rlim_cur = count;
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/// Holds all free descriptors, and releases them on destruction.
class Exhaustion
{
public:
    /// Leaves `spare` descriptors free.
    explicit Exhaustion(int spare = 0)
    {
        for (int fd; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
            m_descriptors.push_back(fd);
        for (int i = 0; i < spare; ++i) {
            ::close(m_descriptors.back());
            m_descriptors.pop_back();
        }
    }
    ~Exhaustion()
    {
        for (int fd : m_descriptors)
            ::close(fd);
    }
    Exhaustion(const Exhaustion &) = delete;
    Exhaustion &operator=(const Exhaustion &) = delete;

private:
    std::vector<int> m_descriptors;
};

} // namespace testing

#endif // QLOCAL_TESTS_EXHAUSTION_H
