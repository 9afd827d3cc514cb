// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "process.h"

#include <QtCore/QCoreApplication>

Process::Process(const QStringList &arguments) : m_arguments(arguments)
{
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
}

void Process::start()
{
    m_isWanted = true;
    m_process.start(QCoreApplication::applicationFilePath(), m_arguments);
    m_process.waitForStarted();
}

void Process::killAndRestart()
{
    listen();
    m_process.kill();
    m_process.waitForFinished();
    m_before.add(m_last);
    m_last = {};
    start();
}

void Process::stop()
{
    m_isWanted = false;
    m_process.closeWriteChannel();
    if (!m_process.waitForFinished(10'000))
        m_process.kill();
}

Counts Process::counts()
{
    listen();
    Counts all = m_last;
    all.add(m_before);
    return all;
}

void Process::listen()
{
    while (m_process.canReadLine())
        m_last = Counts::fromLine(m_process.readLine().trimmed());
}
