// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "client.h"

#include "../soak/counts.h"
#include "message.h"

using namespace std::chrono_literals;

std::atomic<int> connectedClients = 0;

Client::Client(quint32 number, const QString &server)
    : m_number(number), m_socket(this), m_timer(this)
{
    m_socket.setFraming(qlocal::Socket::LengthPrefixed);
    qlocal::ReconnectPolicy policy;
    policy.initialInterval = 10ms;
    policy.maxInterval = 1s;
    policy.keepsUnsent = true;
    m_socket.keepConnected(policy);
    connect(&m_socket, &QLocalSocket::connected, this, [this] {
        ++connectedClients;
        ++counters.connections;
        write();
    });
    connect(&m_socket, &QLocalSocket::disconnected, this, [] { --connectedClients; });
    connect(&m_socket, &qlocal::Socket::messageReady, this, &Client::read);
    connect(&m_timer, &QTimer::timeout, this, &Client::write);
    m_timer.start(5 + int(number % 20));
    m_socket.connectToServer(server);
}

void Client::write()
{
    for (int count = 0; count < 5; ++count) {
        // A server that is stopped has not read for a while.
        if (m_socket.state() != QLocalSocket::ConnectedState || m_socket.bytesToWrite() > 100'000)
            return;
        if (m_socket.writeMessage(Message { m_number, m_written + 1 }.encode()))
            ++m_written;
        else
            ++counters.wrong;
    }
}

void Client::read()
{
    while (m_socket.hasMessage()) {
        const QByteArray bytes = m_socket.readMessage();
        const auto message = Message::decode(bytes);
        const bool isRight = message && message->client == m_number && message->number > m_answered
                && message->number <= m_written;
        if (!isRight) {
            ++counters.wrong;
            continue;
        }
        m_answered = message->number;
        ++counters.messages;
        counters.bytes += bytes.size();
    }
}
