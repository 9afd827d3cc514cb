// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "storm.h"

#include <QtCore/QElapsedTimer>
#include <QtNetwork/QLocalSocket>

#include <algorithm>

Storm::Storm(const Workload &workload, const QString &serverName, int timeoutSeconds)
    : Run(workload, serverName, timeoutSeconds)
{ }

bool Storm::measure(const Amount &amount)
{
    if (amount.warmUp && !repeat(std::max<qint64>(amount.count / 10, 1)))
        return false;
    QElapsedTimer clock;
    clock.start();
    if (!repeat(amount.count))
        return false;
    m_result.value = double(amount.count) * 1e9 / double(clock.nsecsElapsed());
    m_result.count = amount.count;

    int accepted = 0;
    callServer([&] { accepted = server()->accepted(); });
    if (accepted != m_begun)
        return fail(QStringLiteral("%1 connections, %2 accepted").arg(m_begun).arg(accepted));
    return true;
}

QString Storm::progress() const
{
    return QStringLiteral(", %1 to go").arg(m_left);
}

bool Storm::repeat(qint64 connections)
{
    m_left = connections;
    begin();
    return waitInLoop();
}

void Storm::begin()
{
    ++m_begun;
    auto *socket = new QLocalSocket(this);
    connect(socket, &QLocalSocket::readyRead, this, [this, socket] { finish(socket); });
    connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
    if (connectToServer(socket) && socket->write(m_pattern.at(m_begun), 1) != 1)
        fail(QStringLiteral("write: %1").arg(socket->errorString()));
}

void Storm::finish(QLocalSocket *socket)
{
    const QByteArray bytes = socket->readAll();
    if (bytes.size() != 1 || !m_pattern.matches(m_begun, bytes.constData(), 1)) {
        fail(QStringLiteral("the byte that came back differs from the one sent"));
        return;
    }
    socket->disconnectFromServer();
    if (--m_left == 0)
        leaveLoop();
    else
        begin();
}
