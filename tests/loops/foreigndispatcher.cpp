// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "foreigndispatcher.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QEvent>
#include <QtCore/QSocketNotifier>

#include <algorithm>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <vector>

ForeignDispatcher::ForeignDispatcher() : m_waker(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    m_clock.start();
}

ForeignDispatcher::~ForeignDispatcher()
{
    ::close(m_waker);
}

bool ForeignDispatcher::processEvents(QEventLoop::ProcessEventsFlags flags)
{
    m_interrupted = false;
    QCoreApplication::sendPostedEvents();
    const bool waits = flags & QEventLoop::WaitForMoreEvents && !m_interrupted;
    const int msecs = waits ? untilNextTimer() : 0;
    const bool notified = activateNotifiers(msecs, flags & QEventLoop::ExcludeSocketNotifiers);
    return activateTimers() || notified;
}

void ForeignDispatcher::registerSocketNotifier(QSocketNotifier *notifier)
{
    m_notifiers.append(notifier);
}

void ForeignDispatcher::unregisterSocketNotifier(QSocketNotifier *notifier)
{
    m_notifiers.removeOne(notifier);
}

bool ForeignDispatcher::activateNotifiers(int msecs, bool excludesNotifiers)
{
    QList<QSocketNotifier *> watched = excludesNotifiers ? QList<QSocketNotifier *>() : m_notifiers;
    std::vector<pollfd> descriptors;
    for (QSocketNotifier *notifier : std::as_const(watched)) {
        const bool reads = notifier->type() == QSocketNotifier::Read;
        descriptors.push_back({ int(notifier->socket()), short(reads ? POLLIN : POLLOUT), 0 });
    }
    descriptors.push_back({ m_waker, POLLIN, 0 });
    ::poll(descriptors.data(), descriptors.size(), msecs);
    eventfd_t woken = 0;
    ::eventfd_read(m_waker, &woken);
    bool activated = false;
    for (qsizetype i = 0; i < watched.size(); ++i) {
        // An earlier handler may have deleted or disabled it.
        if (!descriptors[size_t(i)].revents || !m_notifiers.contains(watched[i]))
            continue;
        QEvent event(QEvent::SockAct);
        QCoreApplication::sendEvent(watched[i], &event);
        activated = true;
    }
    return activated;
}

void ForeignDispatcher::registerTimer(int id, qint64 interval, Qt::TimerType type, QObject *object)
{
    m_timers.append({ id, interval, type, object, m_clock.elapsed() + interval, false });
}

bool ForeignDispatcher::unregisterTimer(int id)
{
    return m_timers.removeIf([id](const Timer &timer) { return timer.id == id; }) > 0;
}

bool ForeignDispatcher::unregisterTimers(QObject *object)
{
    return m_timers.removeIf([object](const Timer &timer) { return timer.object == object; }) > 0;
}

QList<QAbstractEventDispatcher::TimerInfo> ForeignDispatcher::registeredTimers(
        QObject *object) const
{
    QList<TimerInfo> found;
    for (const Timer &timer : m_timers) {
        if (timer.object == object)
            found.append(TimerInfo(timer.id, int(timer.interval), timer.type));
    }
    return found;
}

int ForeignDispatcher::remainingTime(int id)
{
    for (const Timer &timer : std::as_const(m_timers)) {
        if (timer.id == id)
            return int(std::max<qint64>(0, timer.due - m_clock.elapsed()));
    }
    return -1;
}

int ForeignDispatcher::untilNextTimer() const
{
    qint64 next = -1;
    for (const Timer &timer : m_timers) {
        // A timer whose handler runs this loop waits until that has returned.
        if (!timer.isFiring && (next < 0 || timer.due < next))
            next = timer.due;
    }
    return next < 0 ? -1 : int(std::max<qint64>(0, next - m_clock.elapsed()));
}

bool ForeignDispatcher::activateTimers()
{
    QList<int> due;
    for (const Timer &timer : std::as_const(m_timers)) {
        if (!timer.isFiring && timer.due <= m_clock.elapsed())
            due.append(timer.id);
    }
    const auto find = [this](int id) {
        return std::find_if(m_timers.begin(), m_timers.end(),
                            [id](const Timer &timer) { return timer.id == id; });
    };
    for (int id : std::as_const(due)) {
        auto timer = find(id);
        if (timer == m_timers.end())
            continue;
        timer->due = m_clock.elapsed() + timer->interval;
        timer->isFiring = true;
        QTimerEvent event(id);
        QCoreApplication::sendEvent(timer->object, &event);
        timer = find(id);
        if (timer != m_timers.end())
            timer->isFiring = false;
    }
    return !due.isEmpty();
}

void ForeignDispatcher::wakeUp()
{
    ::eventfd_write(m_waker, 1);
}

void ForeignDispatcher::interrupt()
{
    m_interrupted = true;
    wakeUp();
}
