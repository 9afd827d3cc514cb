// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The window of an example in a process of its own, which the plugin in driver.cpp controls.

#ifndef QLOCAL_TESTS_WINDOW_H
#define QLOCAL_TESTS_WINDOW_H

#include <QtCore/QProcess>

/// Ends with the object.
class Window
{
public:
    /// Starts the program, with its private names in `folder`.
    Window(const QString &folder, const QStringList &arguments)
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("XDG_RUNTIME_DIR", folder);
        environment.remove("FLATPAK_ID");
        environment.insert("QT_PLUGIN_PATH", PLUGINS);
        environment.insert("QT_QPA_GENERIC_PLUGINS", "driver");
        environment.insert("QT_QUICK_BACKEND", "software");
        m_process.setProcessEnvironment(environment);
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.start(PROGRAM, arguments);
    }
    ~Window()
    {
        m_process.closeWriteChannel();
        m_process.waitForFinished();
    }

    /// Sends a line that has no answer: `type`, `key` or `size`.
    void tell(const QByteArray &line)
    {
        m_process.write(line + '\n');
        m_process.waitForBytesWritten();
    }
    /// The answer to a line, or nothing if the process has ended.
    QByteArray ask(const QByteArray &line)
    {
        tell(line);
        while (!m_process.canReadLine() && m_process.waitForReadyRead(-1)) { }
        return m_process.readLine().trimmed();
    }
    /// Waits until a QML expression is true in the window.
    bool await(const QByteArray &expression) { return ask("await " + expression) == "true"; }
    QByteArray value(const QByteArray &expression) { return ask("print " + expression); }
    /// Types a line of text, and presses Enter.
    void enter(const QByteArray &text)
    {
        tell("type " + text);
        tell("key Return");
    }
    /// Ends the process at once, as `kill -9`.
    void kill()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    qint64 processId() const { return m_process.processId(); }

private:
    QProcess m_process;
};

#endif // QLOCAL_TESTS_WINDOW_H
