// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_GLIB_PROGRESS_H
#define QLOCAL_BENCHES_GLIB_PROGRESS_H

#include <condition_variable>
#include <limits>
#include <mutex>

/// A count that one thread increments and another waits for.
///
/// The waiting thread is woken once, so waiting costs the other nothing.
class Progress
{
public:
    void add(long more)
    {
        const std::lock_guard lock(m_mutex);
        m_reached += more;
        if (m_reached >= m_awaited)
            m_condition.notify_one();
    }

    /// Returns when the count is `goal` or more.
    long waitFor(long goal)
    {
        std::unique_lock lock(m_mutex);
        m_awaited = goal;
        m_condition.wait(lock, [&] { return m_reached >= goal; });
        m_awaited = std::numeric_limits<long>::max();
        return m_reached;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_condition;
    long m_reached = 0;
    long m_awaited = std::numeric_limits<long>::max();
};

#endif // QLOCAL_BENCHES_GLIB_PROGRESS_H
