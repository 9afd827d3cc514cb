// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The engine's log, in the categories qlocal.server, qlocal.socket and qlocal.reactor.

#ifndef _QLOCAL_LOGGING_H
#define _QLOCAL_LOGGING_H

#include <QtCore/QLoggingCategory>
#include <QtCore/QString>

#include <qlocal/uncancelled.h>

#include <cstdint>

namespace _QLocal {

/// The part of the engine that logs.
enum class LogTopic : std::uint32_t { Server, Socket, Reactor };

inline const QLoggingCategory &logCategory(LogTopic topic)
{
    // Nothing here is critical, so all of it is off unless a rule enables it.
    static const QLoggingCategory server("qlocal.server", QtCriticalMsg);
    static const QLoggingCategory socket("qlocal.socket", QtCriticalMsg);
    static const QLoggingCategory reactor("qlocal.reactor", QtCriticalMsg);
    switch (topic) {
    case LogTopic::Server: return server;
    case LogTopic::Socket: return socket;
    case LogTopic::Reactor: break;
    }
    return reactor;
}

inline bool isLogged(LogTopic topic, bool isWarning)
{
    const QLoggingCategory &category = logCategory(topic);
    return isWarning ? category.isWarningEnabled() : category.isDebugEnabled();
}

inline void writeLog(LogTopic topic, bool isWarning, const QString &text)
{
    const Uncancelled uncancelled;
    const QMessageLogger logger(nullptr, 0, nullptr, logCategory(topic).categoryName());
    if (isWarning)
        logger.warning("%s", qUtf8Printable(text));
    else
        logger.debug("%s", qUtf8Printable(text));
}

} // namespace _QLocal

#endif // _QLOCAL_LOGGING_H
