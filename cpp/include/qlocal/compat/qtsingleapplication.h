// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The interface of QtSingleApplication on qlocal::SingleInstance, for programs that switch.
//
// Header only: add it to the sources of a target with AUTOMOC that links Qt6::Widgets. Both sides of a
// message need it; it does not talk to the original.

#ifndef QLOCAL_COMPAT_QTSINGLEAPPLICATION_H
#define QLOCAL_COMPAT_QTSINGLEAPPLICATION_H

#include <qlocal/compat/singleapplicationmessages.h>

#include <QtCore/QPointer>
#include <QtWidgets/QApplication>
#include <QtWidgets/QWidget>

/// An application of which one process receives the messages of all others.
class QtSingleApplication : public QApplication
{
    Q_OBJECT

public:
    /// An application that is identified by its path.
    QtSingleApplication(int &argc, char **argv) : QtSingleApplication(QString(), argc, argv) { }
    /// An application with this ID.
    QtSingleApplication(const QString &id, int &argc, char **argv)
        : QApplication(argc, argv), m_messages(id)
    {
        connect(&m_messages.instance(), &qlocal::SingleInstance::handedOver, this,
                &QtSingleApplication::takeOver);
    }

    /// Whether another process runs already.
    bool isRunning() { return m_messages.isRunning(); }
    /// The ID.
    QString id() const { return m_messages.instance().name(); }
    /// Like isRunning(), for older programs.
    void initialize(bool = true) { isRunning(); }
    /// Sets the window that activateWindow() activates, also each time that a message arrives.
    void setActivationWindow(QWidget *window, bool activateOnMessage = true)
    {
        m_window = window;
        m_activatesOnMessage = activateOnMessage;
    }
    /// That window.
    QWidget *activationWindow() const { return m_window; }

public Q_SLOTS:
    /// Sends a message to the process that runs already. False if there is none, or it does not receive
    /// the message in this time, or then does not handle it in as long.
    bool sendMessage(const QString &message, int timeout = 5000)
    {
        return m_messages.send(message, timeout);
    }
    /// Shows the window, and gives it the focus.
    void activateWindow()
    {
        if (!m_window)
            return;
        m_window->setWindowState(m_window->windowState() & ~Qt::WindowMinimized);
        m_window->raise();
        m_window->activateWindow();
    }

Q_SIGNALS:
    /// Another process has sent a message.
    void messageReceived(const QString &message);

private:
    void takeOver(const qlocal::HandOver &handOver)
    {
        // The compositor lets a window take the focus only with the token of the new process.
        if (!handOver.activationToken.isEmpty())
            qputenv("XDG_ACTIVATION_TOKEN", handOver.activationToken.toUtf8());
        Q_EMIT messageReceived(QString::fromUtf8(handOver.message));
        if (m_activatesOnMessage)
            activateWindow();
    }

    qlocal::compat::Messages m_messages;
    QPointer<QWidget> m_window;
    bool m_activatesOnMessage = true;
};

#endif // QLOCAL_COMPAT_QTSINGLEAPPLICATION_H
