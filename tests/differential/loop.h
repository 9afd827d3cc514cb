// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The event loops that a script can be played with.

#ifndef QLOCAL_TESTS_DIFFERENTIAL_LOOP_H
#define QLOCAL_TESTS_DIFFERENTIAL_LOOP_H

#include <QtCore/QByteArray>
#include <QtCore/QEventLoop>

typedef struct _GMainLoop GMainLoop;

/// An event loop of the chosen kind. Loops nest as QEventLoop does.
class Loop
{
public:
    /// Chooses the kind for the whole process, before the application exists: `qt` (the default),
    /// `glib`, a GLib main loop that drives Qt's dispatcher, or `foreign`, a third-party
    /// dispatcher. Where Qt's dispatcher is not GLib's, `glib` means `qt`.
    static void choose(const QByteArray &kind);
    static QByteArray chosen();

    Loop();
    ~Loop();
    Loop(const Loop &) = delete;
    Loop &operator=(const Loop &) = delete;

    void exec();
    void quit();

    /// One turn without waiting.
    static void turn();

private:
    QEventLoop m_qt;
    GMainLoop *m_glib = nullptr;
};

#endif // QLOCAL_TESTS_DIFFERENTIAL_LOOP_H
