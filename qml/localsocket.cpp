// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "localsocket.h"

namespace qlocal {

LocalSocket::LocalSocket(QObject *parent) : Socket(parent), m_decoder(QStringDecoder::Utf8)
{
    connect(this, &QLocalSocket::stateChanged, this, [this](LocalSocketState state) {
        if (state == UnconnectedState)
            m_peerProcess = Descriptor();
        Q_EMIT stateChanged();
    });
    connect(this, &QLocalSocket::errorOccurred, this, &LocalSocket::lastErrorChanged);
    connect(this, &QLocalSocket::errorOccurred, this, &LocalSocket::errorOccurred);
    connect(this, &Socket::messageReady, this, [this] {
        if (hasMessage())
            Q_EMIT messageReceived(QString::fromUtf8(readMessage()));
    });
    // Drop a partial character of the previous connection.
    connect(this, &QLocalSocket::connected, this, [this] { m_decoder.resetState(); });
}

void LocalSocket::setServerName(const QString &name)
{
    const QString before = serverName();
    QLocalSocket::setServerName(name);
    if (serverName() != before)
        Q_EMIT serverNameChanged();
}

int LocalSocket::peerProcess() const
{
    if (!m_peerProcess.isValid() && state() != UnconnectedState)
        m_peerProcess = qlocal::peerProcess(*this);
    return m_peerProcess.get();
}

void LocalSocket::connectToServer()
{
    QLocalSocket::connectToServer();
}

void LocalSocket::disconnectFromServer()
{
    QLocalSocket::disconnectFromServer();
}

qint64 LocalSocket::write(const QString &text)
{
    return QLocalSocket::write(text.toUtf8());
}

bool LocalSocket::writeMessage(const QString &text)
{
    const bool taken = Socket::writeMessage(text.toUtf8());
    if (!taken)
        Q_EMIT lastErrorChanged();
    return taken;
}

QString LocalSocket::readText()
{
    return m_decoder(readAll());
}

} // namespace qlocal
