// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "loop.h"

#include "../loops/foreigndispatcher.h"

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QCoreApplication>

// GLib has a member of this name, which is a keyword of Qt.
#undef signals
#include <glib.h>

namespace {

QByteArray kindOfAll = "qt";

bool isDrivenByGlib()
{
    return kindOfAll == "glib"
            && QAbstractEventDispatcher::instance()->inherits("QEventDispatcherGlib");
}

} // namespace

void Loop::choose(const QByteArray &kind)
{
    kindOfAll = kind;
    if (kind == "foreign")
        QCoreApplication::setEventDispatcher(new ForeignDispatcher);
}

QByteArray Loop::chosen()
{
    return kindOfAll;
}

Loop::Loop() : m_glib(isDrivenByGlib() ? g_main_loop_new(nullptr, FALSE) : nullptr) { }

Loop::~Loop()
{
    if (m_glib)
        g_main_loop_unref(m_glib);
}

void Loop::exec()
{
    if (m_glib)
        g_main_loop_run(m_glib);
    else
        m_qt.exec();
}

void Loop::quit()
{
    if (m_glib)
        g_main_loop_quit(m_glib);
    else
        m_qt.quit();
}

void Loop::turn()
{
    if (isDrivenByGlib())
        g_main_context_iteration(nullptr, FALSE);
    else
        QCoreApplication::processEvents();
}
