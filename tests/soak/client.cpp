// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "client.h"

#include "counts.h"
#include "frame.h"
#include "threads.h"

#include <QtCore/QRandomGenerator>

#include <sys/socket.h>

namespace {

int below(int limit)
{
    return QRandomGenerator::global()->bounded(limit);
}

QByteArray randomPayload()
{
    // Most messages are small, a few are larger than what the kernel holds.
    const int size = below(40) == 0 ? 1 + below(400'000) : 1 + below(below(10) == 0 ? 20'000 : 300);
    QByteArray payload(size + 4, Qt::Uninitialized);
    QRandomGenerator::global()->fillRange(reinterpret_cast<quint32 *>(payload.data()),
                                          size / 4 + 1);
    return payload;
}

} // namespace

Client::Client(const QString &steady, const QString &fragile)
    : m_steady(steady), m_fragile(fragile), m_socket(this), m_timer(this)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        if (m_isStalled) {
            m_isStalled = false;
            m_socket.setReadBufferSize(0);
            receive();
        } else if (m_socket.state() == QLocalSocket::UnconnectedState) {
            begin();
        }
    });
    connect(&m_socket, &QLocalSocket::connected, this, &Client::talk);
    connect(&m_socket, &QLocalSocket::readyRead, this, &Client::receive);
    connect(&m_socket, &QLocalSocket::stateChanged, this, [this](auto state) {
        if (state == QLocalSocket::UnconnectedState)
            ended();
    });
}

void Client::start()
{
    QMetaObject::invokeMethod(
            this, [this] { m_timer.start(below(1000)); }, Qt::QueuedConnection);
}

void Client::begin()
{
    m_expected.clear();
    m_isAnswered = m_isLeaving = m_isStalled = false;
    m_isSteady = below(4) != 0;
    m_left = 1 + below(12);
    m_socket.setReadBufferSize(0);
    m_socket.connectToServer(m_isSteady ? m_steady : m_fragile);
}

void Client::talk()
{
    ++counters.connections;
    for (int i = 1 + below(3); i > 0 && m_left > 0; --i, --m_left) {
        const QByteArray payload = randomPayload();
        m_expected.append(frame::hash(payload));
        m_socket.write(frame::encode(payload));
    }
    if (below(20) == 0)
        stall();
}

void Client::receive()
{
    while (!m_isStalled) {
        const auto message = frame::read(m_socket);
        if (!message)
            break;
        m_isAnswered = true;
        ++counters.messages;
        counters.bytes += message->payload.size();
        if (m_expected.isEmpty() || m_expected.takeFirst() != message->hash || !message->isWhole)
            ++counters.wrong;
    }
    if (m_socket.state() != QLocalSocket::ConnectedState || m_isLeaving || !m_expected.isEmpty())
        return;
    if (m_left == 0) {
        leave();
    } else {
        --counters.connections;
        talk();
        if (below(8) == 0)
            threads::moveAnywhere(this);
    }
}

// Everything has come back.
void Client::leave()
{
    m_isLeaving = true;
    switch (below(4)) {
    case 0: m_socket.abort(); break;
    case 1: m_socket.disconnectFromServer(); break;
    case 2: m_socket.close(); break;
    default: ::shutdown(int(m_socket.socketDescriptor()), SHUT_WR);
    }
}

void Client::ended()
{
    // A server that has answered answers everything, unless it dies. Connections in the backlog
    // when a server stops listening are never answered.
    if (!m_isStalled && m_socket.isOpen())
        receive();
    if (!m_isLeaving && m_isAnswered && m_isSteady && !m_expected.isEmpty() && !m_isStalled)
        ++counters.lost;
    m_isStalled = false;
    m_timer.start(20 + below(below(10) == 0 ? 5000 : 300));
}

// Data sent to it meanwhile fills the buffers of both ends.
void Client::stall()
{
    m_isStalled = true;
    m_socket.setReadBufferSize(1000);
    m_timer.start(100 + below(2000));
}
