// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A plugin for programs with a QML window, which does what the lines of their standard input say:
//
//     type TEXT       presses the keys of these characters
//     key KEYS        presses these keys, such as Ctrl+T
//     size W H        resizes the window
//     print EXPR      prints the value of a QML expression in the window's context
//     await EXPR      prints "true" once it is true, or "false" after 20 seconds
//     grab FILE       stores a picture of the window
//
// The end of standard input ends the program. The programs need not know of it: Qt loads the plugin
// if QT_PLUGIN_PATH has its folder, and QT_QPA_GENERIC_PLUGINS is `driver`.

#include <QtCore/QDeadlineTimer>
#include <QtCore/QEventLoop>
#include <QtCore/QMetaObject>
#include <QtCore/QSocketNotifier>
#include <QtCore/QTimer>
#include <QtGui/QFocusEvent>
#include <QtGui/QGenericPlugin>
#include <QtGui/QGuiApplication>
#include <QtGui/QImage>
#include <QtQml/QQmlContext>
#include <QtQml/QQmlExpression>
#include <QtQuick/QQuickWindow>
#include <QtTest/QTest>

#include <cstdio>
#include <functional>
#include <unistd.h>

namespace {

class Driver : public QObject
{
public:
    Driver();

private:
    void start();
    void focus();
    void read();
    void perform(const QByteArray &line);
    void grab(const QString &file);
    static bool wait(const std::function<bool()> &condition);
    QVariant evaluate(const QByteArray &text) const;
    static void print(const QVariant &value);

    QQuickWindow *m_window = nullptr;
    QSocketNotifier m_notifier { STDIN_FILENO, QSocketNotifier::Read };
    QByteArray m_input;
    bool m_ended = false;
    bool m_busy = false;
};

class Plugin : public QGenericPlugin
{
    Q_OBJECT
    Q_PLUGIN_METADATA(IID QGenericPluginFactoryInterface_iid FILE "driver.json")

public:
    QObject *create(const QString &, const QString &) override { return new Driver; }
};

Driver::Driver()
{
    m_notifier.setEnabled(false);
    connect(&m_notifier, &QSocketNotifier::activated, this, &Driver::read);
    // There is no window until the program's own code has run.
    QMetaObject::invokeMethod(this, &Driver::start, Qt::QueuedConnection);
}

void Driver::start()
{
    m_window = qobject_cast<QQuickWindow *>(QGuiApplication::topLevelWindows().value(0));
    if (!m_window)
        qFatal("there is no window");
    m_window->requestActivate();
    m_notifier.setEnabled(true);
}

/// Keys are for the item with focus. Without a window manager an X server leaves the focus with the
/// window that had it last, which may be another process's.
void Driver::focus()
{
    if (m_window->isActive())
        return;
    QFocusEvent event(QEvent::FocusIn);
    QCoreApplication::sendEvent(m_window, &event);
}

void Driver::read()
{
    char bytes[4096];
    const ssize_t size = ::read(STDIN_FILENO, bytes, sizeof bytes);
    m_ended = size <= 0;
    m_notifier.setEnabled(!m_ended);
    m_input.append(bytes, m_ended ? 0 : size);
    if (m_busy)
        return; // A line awaits something; the rest follows.
    m_busy = true;
    for (qsizetype end; (end = m_input.indexOf('\n')) >= 0;) {
        const QByteArray line = m_input.left(end);
        m_input.remove(0, end + 1);
        perform(line);
    }
    m_busy = false;
    if (m_ended)
        QCoreApplication::quit();
}

void Driver::perform(const QByteArray &line)
{
    const qsizetype space = line.indexOf(' ');
    const QByteArray verb = line.left(space);
    const QByteArray rest = line.mid(space + 1);
    if (verb == "type") {
        // Each key processes events, by which the window may lose the focus.
        for (char character : rest) {
            focus();
            QTest::keyClick(m_window, character);
        }
    } else if (verb == "key") {
        focus();
        QTest::keySequence(m_window, QKeySequence(QString::fromUtf8(rest)));
    } else if (verb == "size") {
        const QByteArrayList sides = rest.split(' ');
        m_window->resize(sides.value(0).toInt(), sides.value(1).toInt());
    } else if (verb == "print") {
        print(evaluate(rest));
    } else if (verb == "await") {
        print(wait([&] { return evaluate(rest).toBool(); }));
    } else if (verb == "grab") {
        grab(QString::fromUtf8(rest));
    } else {
        qFatal("unknown line: %s", line.constData());
    }
}

void Driver::grab(const QString &file)
{
    // The picture is that of the last frame.
    bool drawn = false;
    const auto connection = connect(m_window, &QQuickWindow::frameSwapped, this,
                                    [&] { drawn = true; });
    m_window->update();
    const bool swapped = wait([&] { return drawn; });
    disconnect(connection);
    print(swapped && m_window->grabWindow().save(file));
}

/// Unlike QTest::qWaitFor(), which sleeps, this leaves the program as fast as it is.
bool Driver::wait(const std::function<bool()> &condition)
{
    const QDeadlineTimer deadline(20000);
    QEventLoop loop;
    QTimer timer;
    timer.setInterval(20);
    bool met = condition();
    connect(&timer, &QTimer::timeout, &loop, [&] {
        met = condition();
        if (met || deadline.hasExpired())
            loop.quit();
    });
    timer.start();
    if (!met)
        loop.exec();
    return met;
}

QVariant Driver::evaluate(const QByteArray &text) const
{
    QQmlExpression expression(qmlContext(m_window), m_window, QString::fromUtf8(text));
    const QVariant value = expression.evaluate();
    if (expression.hasError())
        qFatal("%s: %s", text.constData(), qPrintable(expression.error().toString()));
    return value;
}

void Driver::print(const QVariant &value)
{
    std::printf("%s\n", qPrintable(value.toString()));
    std::fflush(stdout);
}

} // namespace

#include "driver.moc"
