// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The interface of QtSingleCoreApplication on qlocal::SingleInstance, for programs that switch.
//
// Header only: add it to the sources of a target with AUTOMOC. Both sides of a message need it; it does
// not talk to the original.

#ifndef QLOCAL_COMPAT_QTSINGLECOREAPPLICATION_H
#define QLOCAL_COMPAT_QTSINGLECOREAPPLICATION_H

#include <qlocal/compat/singleapplicationmessages.h>

/// An application of which one process receives the messages of all others.
class QtSingleCoreApplication : public QCoreApplication
{
    Q_OBJECT

public:
    /// An application that is identified by its path.
    QtSingleCoreApplication(int &argc, char **argv) // NOLINT: like the original
        : QtSingleCoreApplication(QString(), argc, argv)
    { }
    /// An application with this ID.
    QtSingleCoreApplication(const QString &id, int &argc, char **argv)
        : QCoreApplication(argc, argv), m_messages(id)
    {
        connect(&m_messages.instance(), &qlocal::SingleInstance::handedOver, this,
                [this](const qlocal::HandOver &handOver) {
                    Q_EMIT messageReceived(QString::fromUtf8(handOver.message));
                });
    }

    /// Whether another process runs already.
    bool isRunning() { return m_messages.isRunning(); }
    /// The ID.
    QString id() const { return m_messages.instance().name(); }

public Q_SLOTS:
    /// Sends a message to the process that runs already. False if there is none, or it does not receive
    /// the message in this time, or then does not handle it in as long.
    bool sendMessage(const QString &message, int timeout = 5000)
    {
        return m_messages.send(message, timeout);
    }

Q_SIGNALS:
    /// Another process has sent a message.
    void messageReceived(const QString &message);

private:
    qlocal::compat::Messages m_messages;
};

#endif // QLOCAL_COMPAT_QTSINGLECOREAPPLICATION_H
