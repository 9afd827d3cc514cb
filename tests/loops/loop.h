// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The loops that may serve a Qt thread: Qt's own, GLib's, and that of a third-party dispatcher.

#ifndef QLOCAL_TESTS_LOOP_H
#define QLOCAL_TESTS_LOOP_H

#include "foreigndispatcher.h"

#include <QtCore/QEventLoop>
#include <QtCore/QTimer>

#include <functional>
#include <memory>

#include <glib.h>

namespace testing {

enum class LoopKind { Qt, Glib, Foreign };

/// The kind of each loop in this process, set by QLOCAL_TEST_LOOP.
inline LoopKind loopKind()
{
    const QByteArray name = qgetenv("QLOCAL_TEST_LOOP");
    return name == "glib" ? LoopKind::Glib : name == "foreign" ? LoopKind::Foreign : LoopKind::Qt;
}

/// Call this before the application exists.
inline void chooseDispatcher()
{
    if (loopKind() == LoopKind::Foreign)
        QCoreApplication::setEventDispatcher(new ForeignDispatcher);
}

class Loop
{
public:
    Loop()
    {
        if (loopKind() == LoopKind::Glib)
            m_glib.reset(g_main_loop_new(g_main_context_get_thread_default(), false));
    }

    void run()
    {
        if (m_glib)
            g_main_loop_run(m_glib.get());
        else
            m_qt.exec();
    }

    void quit()
    {
        if (m_glib)
            g_main_loop_quit(m_glib.get());
        else
            m_qt.quit();
    }

private:
    struct Unref
    {
        void operator()(GMainLoop *loop) const { g_main_loop_unref(loop); }
    };

    QEventLoop m_qt;
    std::unique_ptr<GMainLoop, Unref> m_glib;
};

/// Calls a function from the loop: without a Qt event if the loop is GLib's, otherwise from a
/// timer.
inline void later(int msecs, std::function<void()> call)
{
    if (loopKind() != LoopKind::Glib) {
        QTimer::singleShot(msecs, std::move(call));
        return;
    }
    const auto once = [](gpointer given) {
        const std::unique_ptr<std::function<void()>> call(
                static_cast<std::function<void()> *>(given));
        (*call)();
        return gboolean(false);
    };
    GSource *source = g_timeout_source_new(guint(msecs));
    g_source_set_callback(source, once, new std::function<void()>(std::move(call)), nullptr);
    g_source_attach(source, g_main_context_get_thread_default());
    g_source_unref(source);
}

} // namespace testing

#endif // QLOCAL_TESTS_LOOP_H
