// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// An event dispatcher that is not Qt's: it serves timers, socket notifiers and posted events, and emits no signal.

#ifndef QLOCAL_TESTS_POLL_DISPATCHER_H
#define QLOCAL_TESTS_POLL_DISPATCHER_H

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QCoreApplication>
#include <QtCore/QDeadlineTimer>
#include <QtCore/QEvent>
#include <QtCore/QSocketNotifier>

#include <algorithm>
#include <atomic>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace testing {

class PollDispatcher : public QAbstractEventDispatcher
{
public:
    PollDispatcher() : m_waker(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { }
    ~PollDispatcher() override { ::close(m_waker); }

    bool processEvents(QEventLoop::ProcessEventsFlags flags) override
    {
        m_isInterrupted = false;
        QCoreApplication::sendPostedEvents();
        const bool waits = flags.testFlag(QEventLoop::WaitForMoreEvents) && !m_isInterrupted;
        std::vector<pollfd> polled = { { m_waker, POLLIN, 0 } };
        if (!flags.testFlag(QEventLoop::ExcludeSocketNotifiers)) {
            for (const QSocketNotifier *notifier : m_notifiers)
                polled.push_back({ int(notifier->socket()), eventsOf(notifier), 0 });
        }
        const int ready = ::poll(polled.data(), polled.size(), waits ? untilNextTimer() : 0);
        if (polled.front().revents) {
            eventfd_t count;
            eventfd_read(m_waker, &count);
        }
        const bool fired = fireTimers();
        activate(polled);
        return ready > 0 || fired;
    }

    void registerSocketNotifier(QSocketNotifier *notifier) override
    {
        m_notifiers.push_back(notifier);
    }

    void unregisterSocketNotifier(QSocketNotifier *notifier) override
    {
        m_notifiers.erase(std::remove(m_notifiers.begin(), m_notifiers.end(), notifier),
                          m_notifiers.end());
    }

    void registerTimer(int id, qint64 interval, Qt::TimerType type, QObject *object) override
    {
        m_timers.push_back({ id, interval, type, object, QDeadlineTimer(interval) });
    }

    bool unregisterTimer(int id) override
    {
        return removeTimers([id](const Timer &timer) { return timer.id == id; });
    }

    bool unregisterTimers(QObject *object) override
    {
        return removeTimers([object](const Timer &timer) { return timer.object == object; });
    }

    QList<TimerInfo> registeredTimers(QObject *object) const override
    {
        QList<TimerInfo> list;
        for (const Timer &timer : m_timers) {
            if (timer.object == object)
                list.append(TimerInfo(timer.id, int(timer.interval), timer.type));
        }
        return list;
    }

    int remainingTime(int id) override
    {
        for (const Timer &timer : m_timers) {
            if (timer.id == id)
                return int(timer.deadline.remainingTime());
        }
        return -1;
    }

    void wakeUp() override { eventfd_write(m_waker, 1); }

    void interrupt() override
    {
        m_isInterrupted = true;
        wakeUp();
    }

private:
    struct Timer
    {
        int id;
        qint64 interval;
        Qt::TimerType type;
        QObject *object;
        QDeadlineTimer deadline;
    };

    static short eventsOf(const QSocketNotifier *notifier)
    {
        return notifier->type() == QSocketNotifier::Read ? POLLIN : POLLOUT;
    }

    int untilNextTimer() const
    {
        qint64 next = -1;
        for (const Timer &timer : m_timers) {
            const qint64 left = timer.deadline.remainingTime();
            next = next < 0 ? left : std::min(next, left);
        }
        return int(next);
    }

    bool fireTimers()
    {
        std::vector<int> due;
        for (const Timer &timer : m_timers) {
            if (timer.deadline.hasExpired())
                due.push_back(timer.id);
        }
        for (const int id : due) {
            const auto timer = std::find_if(m_timers.begin(), m_timers.end(),
                                            [id](const Timer &other) { return other.id == id; });
            if (timer == m_timers.end())
                continue;
            timer->deadline.setRemainingTime(timer->interval);
            QTimerEvent event(id);
            QCoreApplication::sendEvent(timer->object, &event);
        }
        return !due.empty();
    }

    void activate(const std::vector<pollfd> &polled)
    {
        const std::vector<QSocketNotifier *> notifiers = m_notifiers;
        for (QSocketNotifier *notifier : notifiers) {
            const bool isReady = std::any_of(polled.begin() + 1, polled.end(),
                                             [notifier](const pollfd &ready) {
                                                 return ready.fd == int(notifier->socket())
                                                         && ready.revents
                                                         && ready.events == eventsOf(notifier);
                                             });
            const bool isThere = std::find(m_notifiers.begin(), m_notifiers.end(), notifier)
                    != m_notifiers.end();
            if (!isThere || !isReady)
                continue;
            QEvent event(QEvent::SockAct);
            QCoreApplication::sendEvent(notifier, &event);
        }
    }

    template<typename Predicate>
    bool removeTimers(Predicate isOne)
    {
        const auto kept = std::remove_if(m_timers.begin(), m_timers.end(), isOne);
        const bool found = kept != m_timers.end();
        m_timers.erase(kept, m_timers.end());
        return found;
    }

    const int m_waker;
    std::vector<QSocketNotifier *> m_notifiers;
    std::vector<Timer> m_timers;
    std::atomic_bool m_isInterrupted = false;
};

} // namespace testing

#endif // QLOCAL_TESTS_POLL_DISPATCHER_H
