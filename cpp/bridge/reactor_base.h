// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The base of the object that joins a reactor to the event loop of its thread.

#ifndef _QLOCAL_REACTOR_BASE_H
#define _QLOCAL_REACTOR_BASE_H

#include <qlocal/keep_loaded.h>

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QBasicTimer>
#include <QtCore/QCoreApplication>
#include <QtCore/QEvent>
#include <QtCore/QObject>
#include <QtCore/QSocketNotifier>
#include <QtCore/QThread>
#include <QtCore/QThreadStorage>

#include <cstdint>
#include <utility>

namespace _QLocal {

/// One per thread that has sockets, from the first of them to the end of the thread.
class ReactorBase : public QObject
{
public:
    explicit ReactorBase(QObject *parent = nullptr) : QObject(parent) { }

    /// Lets the present thread's end delete this object, while its event dispatcher still exists.
    void tieToThread()
    {
        keepLoaded();
        // Never destroyed: sockets may outlive static objects.
        static auto *reactors = new QThreadStorage<ReactorBase *>;
        reactors->setLocalData(this);
    }

    /// Calls dispatch() whenever the descriptor is readable, in place of an earlier one, and
    /// endTurn() before the event loop blocks and each time that it starts again. False as long as
    /// the thread has no event loop: blocking calls work without.
    bool watch(std::int32_t descriptor)
    {
        QAbstractEventDispatcher *dispatcher = QAbstractEventDispatcher::instance();
        if (!dispatcher)
            return false;
        if (QSocketNotifier *previous = std::exchange(m_notifier, nullptr)) {
            // Not at once: it may be what calls this.
            previous->setEnabled(false);
            previous->deleteLater();
        } else {
            hookInto(dispatcher);
        }
        m_notifier = new QSocketNotifier(descriptor, QSocketNotifier::Read, this);
        if (m_tickMsecs > 0)
            tickAfter(m_tickMsecs);
        connect(m_notifier, &QSocketNotifier::activated, this, [this] { dispatch(); });
        return true;
    }

    /// Calls tick() once, later; from the start of the event loop on if there is none yet.
    void tickAfter(std::int32_t msecs)
    {
        m_tickMsecs = msecs;
        if (m_notifier)
            m_timer.start(msecs, Qt::PreciseTimer, this);
    }

    virtual void dispatch() { }
    /// The time that was asked for has passed.
    virtual void tick() { }
    /// True when the event loop must not block now.
    virtual bool endTurn() { return false; }
    virtual bool beforeBlocking() { return false; }
    /// Whether a turn is to be ended.
    virtual bool hasWork() const { return false; }

    bool event(QEvent *event) override
    {
        return event->type() == turnEnd() ? endTurn() : QObject::event(event);
    }

protected:
    void timerEvent(QTimerEvent *event) override
    {
        if (event->timerId() != m_timer.timerId())
            return QObject::timerEvent(event);
        m_timer.stop();
        m_tickMsecs = 0;
        tick();
    }

private:
    void hookInto(QAbstractEventDispatcher *dispatcher)
    {
        // A loop that polls never blocks, and a nested one blocks without having started anew.
        connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, [this, dispatcher] {
            const bool called = std::exchange(m_hasCalled, false);
            if (beforeBlocking() || called)
                dispatcher->wakeUp();
        });
        // GLib's dispatcher emits it at the end of a turn, so that whoever runs the loop looks at
        // what a user was called for. Others emit it at the beginning, and block after it.
        const bool isAtEnd = dispatcher->inherits("QEventDispatcherGlib");
        connect(dispatcher, &QAbstractEventDispatcher::awake, this, [this, dispatcher, isAtEnd] {
            m_hasCalled = endTurnAsEvent() && !isAtEnd;
            if (hasWork())
                dispatcher->wakeUp();
        });
    }

    // Where processEvents() is called with no loop around it, deleteLater() counts only inside of
    // an event, so that is what handlers get.
    bool endTurnAsEvent()
    {
        if (thread()->loopLevel() > 0 || !QCoreApplication::instance())
            return endTurn();
        QEvent event(turnEnd());
        return QCoreApplication::sendEvent(this, &event);
    }

    static QEvent::Type turnEnd()
    {
        static const auto type = QEvent::Type(QEvent::registerEventType());
        return type;
    }

    QSocketNotifier *m_notifier = nullptr;
    QBasicTimer m_timer;
    /// What it is to be set to, or 0.
    std::int32_t m_tickMsecs = 0;
    /// A user was called, who may have ended what the loop is about to wait for.
    bool m_hasCalled = false;
};

} // namespace _QLocal

#endif // _QLOCAL_REACTOR_BASE_H
