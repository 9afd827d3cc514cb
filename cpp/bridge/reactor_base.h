// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The base of the object that joins a reactor to the event loop of its thread.

#ifndef QLOCAL_REACTOR_BASE_H
#define QLOCAL_REACTOR_BASE_H

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QObject>
#include <QtCore/QSocketNotifier>
#include <QtCore/QThreadStorage>

#include <cstdint>

namespace qlocal {

/// One per thread that has sockets, from the first of them to the end of the thread.
class ReactorBase : public QObject
{
public:
    explicit ReactorBase(QObject *parent = nullptr) : QObject(parent) { }

    /// Lets the present thread's end delete this object, while its event dispatcher still exists.
    void tieToThread()
    {
        // Never destroyed: sockets may outlive static objects.
        static auto *reactors = new QThreadStorage<ReactorBase *>;
        reactors->setLocalData(this);
    }

    bool isWatched() const { return m_notifier; }

    /// Calls dispatch() whenever the descriptor is readable, and endTurn() before the event loop
    /// blocks and each time that it starts anew. Does nothing as long as the thread has no event
    /// loop: blocking calls work without.
    void watch(std::int32_t descriptor)
    {
        QAbstractEventDispatcher *dispatcher = QAbstractEventDispatcher::instance();
        if (!dispatcher)
            return;
        m_notifier = new QSocketNotifier(descriptor, QSocketNotifier::Read, this);
        connect(m_notifier, &QSocketNotifier::activated, this, [this] { dispatch(); });
        const auto hook = [this, dispatcher] {
            if (endTurn())
                dispatcher->wakeUp();
        };
        // A loop that polls never blocks, and a nested one blocks without having started anew.
        connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, hook);
        connect(dispatcher, &QAbstractEventDispatcher::awake, this, hook);
    }

    virtual void dispatch() { }
    /// True when the event loop must not block now.
    virtual bool endTurn() { return false; }

private:
    QSocketNotifier *m_notifier = nullptr;
};

} // namespace qlocal

#endif // QLOCAL_REACTOR_BASE_H
