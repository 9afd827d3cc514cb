// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "session.h"

#include "counts.h"
#include "frame.h"
#include "threads.h"

#include <QtCore/QRandomGenerator>

Session::Session(QLocalSocket *socket) : m_socket(socket)
{
    ++counters.connections;
    m_socket->setParent(this);
    connect(m_socket, &QLocalSocket::readyRead, this, &Session::answer);
    connect(m_socket, &QLocalSocket::disconnected, this, &QObject::deleteLater);
    // It may have ended before a handler was connected.
    if (m_socket->state() == QLocalSocket::UnconnectedState)
        deleteLater();
}

void Session::answer()
{
    while (const auto message = frame::read(*m_socket)) {
        ++counters.messages;
        counters.bytes += message->payload.size();
        if (!message->isWhole)
            ++counters.wrong;
        m_socket->write(frame::encode(message->payload));
    }
    if (QRandomGenerator::global()->bounded(50) == 0)
        threads::moveAnywhere(this);
}
