// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// What the classes of qtsingleapplication.h and qtsinglecoreapplication.h share.

#ifndef QLOCAL_COMPAT_SINGLEAPPLICATIONMESSAGES_H
#define QLOCAL_COMPAT_SINGLEAPPLICATIONMESSAGES_H

#include <qlocal/singleinstance.h>

#include <QtCore/QCoreApplication>

namespace qlocal {
namespace compat {

/// An instance of this name, or that of the program's path if that is empty. The first process to ask is the
/// primary.
class Messages
{
public:
    explicit Messages(const QString &name)
        : m_instance(name.isEmpty() ? QCoreApplication::applicationFilePath() : name)
    { }

    SingleInstance &instance() { return m_instance; }
    const SingleInstance &instance() const { return m_instance; }

    /// Whether another process is the primary.
    bool isRunning()
    {
        if (m_instance.role() == SingleInstance::NoRole)
            m_instance.claim();
        return !m_instance.isPrimary();
    }

    bool send(const QString &message, int timeout)
    {
        if (!isRunning())
            return false;
        m_instance.setTimeout(timeout);
        m_instance.setAnswerTimeout(timeout);
        HandOver handOver = HandOver::ofThisProcess();
        handOver.message = message.toUtf8();
        return m_instance.handOver(handOver);
    }

private:
    SingleInstance m_instance;
};

} // namespace compat
} // namespace qlocal

#endif // QLOCAL_COMPAT_SINGLEAPPLICATIONMESSAGES_H
