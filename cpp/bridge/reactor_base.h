// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The base of the object that joins a reactor to the event loop of its thread.

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

namespace _QLocal {

/// A new application has an event dispatcher, in the thread that calls this.
void loopFound() noexcept;

/// One per thread that has sockets, from the first of them to the end of the thread or, in the main
/// thread, of the application.
///
/// A turn that is left open is ended in the next turn of whatever loop serves the thread, inside an
/// event of its own: deleteLater() counts only there. Qt's event dispatchers tell of their turns, but
/// a main loop that is not Qt's does not, so
/// - in a GLib main context it is a source of its own that ends the turn,
/// - everywhere else it is a socket notifier on a descriptor that always is ready, which is enabled
///   while a turn is open. So a loop that leaves out socket notifiers leaves this out, too.
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

    /// Lets the present thread's end delete this object.
    void tieToThread()
    {
        keepLoaded();
        // Never destroyed: sockets may outlive static objects.
        static auto *reactors = new QThreadStorage<ReactorBase *>;
        reactors->setLocalData(this);
    }

    /// Calls joinLoop() once this thread has an event loop. The main thread's event loop may also be
    /// found by loopFound().
    void awaitLoop() { QCoreApplication::postEvent(this, new QEvent(loopEvent())); }

    static bool hasLoop() { return QAbstractEventDispatcher::instance(); }

    /// Calls dispatch() whenever this descriptor is readable, in place of an earlier one.
    void watch(std::int32_t descriptor)
    {
        if (m_notifier) {
            // Not at once: it may be what calls this.
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

    /// Calls endTurn() in the loop's turn after openTurn(). The descriptor is one that always can be
    /// written to. False when interrupt() is not called.
    bool endTurns(std::int32_t writable)
    {
        QAbstractEventDispatcher *dispatcher = QAbstractEventDispatcher::instance();
        if (dispatcher->inherits("QEventDispatcherGlib")) {
            const auto *application = QCoreApplication::instance();
            const bool isMainThread = application && thread() == application->thread();
            m_glibSource = GlibSource::create(this, isMainThread);
            if (m_glibSource)
                return true;
        }
        m_turnNotifier = new QSocketNotifier(writable, QSocketNotifier::Write, this);
        m_turnNotifier->setEnabled(m_isOpen);
        connect(m_turnNotifier, &QSocketNotifier::activated, this, [this] { endOpenTurn(); });
        // It has a loop of its own, so nothing but processEvents() turns it. Posted events are
        // delivered after it has emitted one and before the other.
        if (!dispatcher->inherits("QEventDispatcherUNIX"))
            return false;
        connect(dispatcher, &QAbstractEventDispatcher::awake, this, [this] { loopTurns(); });
        connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, [this] { loopTurns(); });
        return true;
    }

    /// The turn is open: it is ended in the loop's next turn.
    void openTurn()
    {
        m_isOpen = true;
        if (m_turnNotifier)
            m_turnNotifier->setEnabled(true);
    }

    /// Calls tick() once, later; from the start of the event loop on if there is none yet.
    void tickAfter(std::int32_t msecs)
    {
        m_tickMsecs = msecs;
        if (m_notifier)
            m_timer.start(msecs, Qt::PreciseTimer, this);
    }

    virtual void joinLoop() { }
    virtual void dispatch() { }
    virtual void endTurn() { }
    /// The time that was asked for has passed.
    virtual void tick() { }
    /// A loop turns inside a handler that one of these has called.
    virtual void interrupt() { }
    /// A loop turns.
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
    /// A call of dispatch(), endTurn() or tick() that is under way.
    struct Call
    {
        Call *outer = nullptr;
        /// A handler has deleted this object, as the end of the application does.
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
    /// What it is to be set to, or 0.
    std::int32_t m_tickMsecs = 0;
    /// The innermost one.
    Call *m_call = nullptr;
    bool m_isOpen = false;
};

} // namespace _QLocal

#endif // _QLOCAL_REACTOR_BASE_H
