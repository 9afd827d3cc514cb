// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The base of the object that connects a reactor to the event loop of its thread.

#ifndef _QLOCAL_REACTOR_BASE_H
#define _QLOCAL_REACTOR_BASE_H

#include <qlocal/engine_call.h>
#include <qlocal/glib_source.h>
#include <qlocal/keep_loaded.h>

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QBasicTimer>
#include <QtCore/QCoreApplication>
#include <QtCore/QEvent>
#include <QtCore/QObject>
#include <QtCore/QScopeGuard>
#include <QtCore/QSocketNotifier>
#include <QtCore/QThread>
#include <QtCore/QThreadStorage>

#include <cstdint>
#include <memory>
#include <utility>

namespace _QLocal {

/// Called when a new application has an event dispatcher, in its thread.
void loopFound() noexcept;

/// One per thread that has sockets, from the first of them to the end of the thread or, in the main
/// thread, of the application.
///
/// An open turn is ended in the next turn of whatever loop serves the thread, inside its own
/// event: only there deleteLater() works. Qt's event dispatchers report their turns, but a main loop
/// that is not Qt's does not, so
/// - in a GLib main context a separate source ends the turn,
/// - everywhere else a socket notifier does, on a descriptor that is always ready; it is enabled
///   while a turn is open. A loop that excludes socket notifiers excludes it as well.
class ReactorBase : public QObject, private GlibSource::Client
{
public:
    explicit ReactorBase(QObject *parent = nullptr) : QObject(parent) { }

    ~ReactorBase() override
    {
        for (Call *call = m_call; call; call = call->outer)
            call->isOver = true;
    }

    ReactorBase(const ReactorBase &) = delete;
    ReactorBase &operator=(const ReactorBase &) = delete;

    /// Ties this object's lifetime to the current thread.
    void tieToThread()
    {
        keepLoaded();
        // Never destroyed: sockets may outlive static objects.
        static auto *reactors = new QThreadStorage<ReactorBase *>;
        reactors->setLocalData(this);
    }

    /// Calls joinLoop() once this thread has an event loop. In the main thread loopFound() may come
    /// first.
    void awaitLoop() { QCoreApplication::postEvent(this, new QEvent(loopEvent())); }

    static bool hasLoop() { return QAbstractEventDispatcher::instance(); }

    /// Calls dispatch() whenever this descriptor is readable; replaces an earlier one.
    void watch(std::int32_t descriptor)
    {
        if (m_notifier) {
            // Not at once: it may be the caller.
            m_notifier->setEnabled(false);
            m_notifier->deleteLater();
        }
        m_notifier = new QSocketNotifier(descriptor, QSocketNotifier::Read, this);
        if (m_tickMsecs > 0)
            tickAfter(m_tickMsecs);
        connect(m_notifier, &QSocketNotifier::activated, this,
                [this] { call([this] { dispatch(); }); });
    }

    bool endsTurns() const { return m_glibSource || m_turnNotifier; }

    /// Calls endTurn() in the loop's turn after openTurn(). The descriptor is always writable.
    /// Returns false if interrupt() is not called.
    bool endTurns(std::int32_t writable)
    {
        QAbstractEventDispatcher *dispatcher = QAbstractEventDispatcher::instance();
        if (dispatcher->inherits("QEventDispatcherGlib")) {
            reportBlocking(dispatcher);
            const auto *application = QCoreApplication::instance();
            const bool isMainThread = application && thread() == application->thread();
            m_glibSource = GlibSource::create(this, isMainThread);
            if (m_glibSource)
                return true;
        }
        m_turnNotifier = new QSocketNotifier(writable, QSocketNotifier::Write, this);
        m_turnNotifier->setEnabled(m_isOpen);
        connect(m_turnNotifier, &QSocketNotifier::activated, this, [this] { endOpenTurn(); });
        // It has its own loop, so only processEvents() drives it. Posted events are delivered after
        // it has emitted the one signal and before the other.
        if (!dispatcher->inherits("QEventDispatcherUNIX"))
            return false;
        reportBlocking(dispatcher);
        connect(dispatcher, &QAbstractEventDispatcher::awake, this, [this] { loopTurns(); });
        connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, [this] { loopTurns(); });
        return true;
    }

    /// Whether the loop may block after this turn, rather than return to a caller of processEvents().
    /// False if it has not said so since the last call; a loop that never does may block.
    bool mayBlock() { return !m_reportsBlocking || std::exchange(m_isAboutToBlock, false); }

    /// Opens a turn, which is ended in the loop's next turn.
    void openTurn()
    {
        m_isOpen = true;
        if (m_turnNotifier)
            m_turnNotifier->setEnabled(true);
    }

    /// Calls tick() once after this time, which starts with the event loop if there is none yet.
    void tickAfter(std::int32_t msecs)
    {
        m_tickMsecs = msecs;
        if (m_notifier)
            m_timer.start(msecs, Qt::PreciseTimer, this);
    }

    virtual void joinLoop() { }
    virtual void dispatch() { }
    virtual void endTurn() { }
    /// The requested time has passed.
    virtual void tick() { }
    /// A loop runs inside a handler called by one of these functions.
    virtual void interrupt() { }
    /// A turn of a loop starts.
    virtual void startTurn() { }

    bool event(QEvent *event) override
    {
        if (event->type() == loopEvent())
            joinLoop();
        else if (event->type() == turnEvent())
            endOpenTurn();
        else
            return QObject::event(event);
        return true;
    }

    static void addPreRoutine() { qAddPreRoutine(loopFound); }

protected:
    void timerEvent(QTimerEvent *event) override
    {
        if (event->timerId() == m_timer.timerId()) {
            m_timer.stop();
            m_tickMsecs = 0;
            call([this] { tick(); });
        } else {
            QObject::timerEvent(event);
        }
    }

private:
    /// A call of dispatch(), endTurn() or tick() in progress.
    struct Call
    {
        Call *outer = nullptr;
        /// A handler has deleted this object, for example by ending the application.
        bool isOver = false;
    };

    template<typename Function>
    void call(Function function)
    {
        Call call { m_call };
        m_call = &call;
        const auto leave = qScopeGuard([this, &call] {
            if (!call.isOver)
                m_call = call.outer;
        });
        callEngine(function);
    }

    void reportBlocking(QAbstractEventDispatcher *dispatcher)
    {
        m_reportsBlocking = true;
        connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this,
                [this] { m_isAboutToBlock = true; });
    }

    void loopTurns()
    {
        if (m_call)
            interrupt();
        startTurn();
    }

    void endOpenTurn()
    {
        m_isOpen = false;
        if (m_turnNotifier)
            m_turnNotifier->setEnabled(false);
        call([this] { endTurn(); });
    }

    bool prepareTurn() override
    {
        loopTurns();
        return m_isOpen;
    }

    void turn() override
    {
        QEvent event(turnEvent());
        if (QCoreApplication::instance())
            QCoreApplication::sendEvent(this, &event);
        else
            endOpenTurn();
    }

    static QEvent::Type loopEvent()
    {
        static const auto type = QEvent::Type(QEvent::registerEventType());
        return type;
    }

    static QEvent::Type turnEvent()
    {
        static const auto type = QEvent::Type(QEvent::registerEventType());
        return type;
    }

    QSocketNotifier *m_notifier = nullptr;
    QSocketNotifier *m_turnNotifier = nullptr;
    std::unique_ptr<GlibSource> m_glibSource;
    QBasicTimer m_timer;
    /// The time to set the timer to, or 0.
    std::int32_t m_tickMsecs = 0;
    /// The innermost call.
    Call *m_call = nullptr;
    bool m_isOpen = false;
    bool m_reportsBlocking = false;
    bool m_isAboutToBlock = false;
};

} // namespace _QLocal

#endif // _QLOCAL_REACTOR_BASE_H
