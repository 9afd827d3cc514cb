// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "weight.h"

#include "memory.h"

#include <QtCore/QCoreApplication>

Weight::Weight(const Workload &workload, const QString &serverName, int timeoutSeconds)
    : Run(workload, serverName, timeoutSeconds)
{ }

bool Weight::measure(const Amount &)
{
    QString path;
    callServer([&] { path = server()->path(); });
    const QString count = QString::number(m_workload.connections);
    m_holder.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_holder.start(QCoreApplication::applicationFilePath(),
                   { QStringLiteral("--hold"), path, QStringLiteral("--connections"), count });
    if (!m_holder.waitForStarted(timeout()))
        return fail(m_holder.errorString());

    const qint64 before = residentMemory();
    startAcceptingByWaiting(m_workload.connections);
    m_holder.write("connect\n");
    m_holder.waitForBytesWritten(timeout());
    // Once this returns, the server has accepted them all.
    callServer([] {});
    const qint64 grown = residentMemory() - before;

    m_holder.write("exchange\n");
    m_holder.waitForBytesWritten(timeout());
    if (!m_holder.waitForFinished(timeout()) || m_holder.exitStatus() != QProcess::NormalExit
        || m_holder.exitCode() != 0)
        return fail(QStringLiteral("the second process failed"));
    m_result.value = double(grown) / m_workload.connections;
    m_result.count = m_workload.connections;
    return true;
}
