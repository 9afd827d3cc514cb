// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The interface of KDSingleApplication on qlocal::SingleInstance, for programs that switch.
//
// Header only: add it to the sources of a target with AUTOMOC. Both sides of a message need it; it does
// not talk to the original.

#ifndef QLOCAL_COMPAT_KDSINGLEAPPLICATION_H
#define QLOCAL_COMPAT_KDSINGLEAPPLICATION_H

#include <qlocal/singleinstance.h>

#include <QtCore/QCoreApplication>

/// One process is the primary instance, and receives the messages of all others.
class KDSingleApplication : public QObject
{
    Q_OBJECT
    Q_PROPERTY(QString name READ name CONSTANT)
    Q_PROPERTY(bool isPrimaryInstance READ isPrimaryInstance CONSTANT)

public:
    /// What the name of the socket contains.
    enum class Option {
        None = 0x0,
        /// The user; without effect, since each user has sockets of their own.
        IncludeUsernameInSocketName = 0x1,
        /// The login session.
        IncludeSessionInSocketName = 0x2
    };
    Q_DECLARE_FLAGS(Options, Option)

    /// An instance with the name of the application.
    explicit KDSingleApplication(QObject *parent = nullptr)
        : KDSingleApplication(QCoreApplication::applicationName(), parent)
    { }
    /// An instance with this name.
    explicit KDSingleApplication(const QString &name, QObject *parent = nullptr)
        : KDSingleApplication(name, Option::IncludeUsernameInSocketName, parent)
    { }
    /// An instance with this name and options.
    explicit KDSingleApplication(const QString &name, Options options, QObject *parent = nullptr)
        : QObject(parent), m_instance(name)
    {
        if (options & Option::IncludeSessionInSocketName)
            m_instance.setScope(qlocal::SingleInstance::Session);
        connect(&m_instance, &qlocal::SingleInstance::handedOver, this,
                [this](const qlocal::HandOver &handOver) {
                    Q_EMIT messageReceived(handOver.message);
                });
        m_instance.claim();
    }

    /// The name.
    QString name() const { return m_instance.name(); }
    /// Whether this process is the primary instance.
    bool isPrimaryInstance() const { return m_instance.isPrimary(); }
    /// The instance behind it.
    qlocal::SingleInstance *instance() { return &m_instance; }

public Q_SLOTS:
    /// Sends a message to the primary instance, and waits for at most five seconds until it has
    /// received it, and as long until it has handled it.
    bool sendMessage(const QByteArray &message) { return sendMessageWithTimeout(message, 5000); }
    /// Like that, with another time.
    bool sendMessageWithTimeout(const QByteArray &message, int timeout)
    {
        if (isPrimaryInstance())
            return false;
        m_instance.setTimeout(timeout);
        m_instance.setAnswerTimeout(timeout);
        qlocal::HandOver handOver = qlocal::HandOver::ofThisProcess();
        handOver.message = message;
        return m_instance.handOver(handOver);
    }

Q_SIGNALS:
    /// The primary instance has received a message.
    void messageReceived(const QByteArray &message);

private:
    qlocal::SingleInstance m_instance;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(KDSingleApplication::Options)

#endif // QLOCAL_COMPAT_KDSINGLEAPPLICATION_H
