// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "service.h"

#include "stream.h"

using namespace interop;

Service::Service()
{
    connect(this, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket *socket = nextPendingConnection())
            welcome(socket);
    });
}

void Service::welcome(QLocalSocket *socket)
{
    ++m_accepted;
    ++m_open;
    connect(socket, &QLocalSocket::errorOccurred, this,
            [this](QLocalSocket::LocalSocketError error) {
                if (error != QLocalSocket::PeerClosedError)
                    ++m_unexpected;
            });
    connect(socket, &QLocalSocket::disconnected, this, [this, socket] {
        --m_open;
        socket->deleteLater();
        answerCensus();
    });
    connect(socket, &QIODevice::readyRead, this, [this, socket] {
        if (!socket->canReadLine())
            return;
        socket->QIODevice::disconnect(SIGNAL(readyRead()));
        serve(socket, socket->readLine().simplified().split(' '));
        // Bytes received along with the line.
        if (socket->bytesAvailable() > 0)
            emit socket->readyRead();
    });
}

void Service::serve(QLocalSocket *socket, const QByteArrayList &words)
{
    const QByteArray &what = words.first();
    const auto number = [&words](int index) { return words.value(index).toInt(); };
    if (what == "echo") {
        connect(socket, &QIODevice::readyRead, socket,
                [socket] { socket->write(socket->readAll()); });
    } else if (what == "once") {
        connect(socket, &QIODevice::readyRead, socket, [socket] {
            socket->write(socket->read(1));
            socket->disconnectFromServer();
        });
    } else if (what == "take") {
        readStream(socket, { true, number(1), number(2), number(3) != 0 },
                   [socket](bool same) { socket->write(same ? "same\n" : "other\n"); });
    } else if (what == "give") {
        writeStream(socket, { false, number(1), number(2) });
    } else if (what == "relay") {
        seat(socket, number(1), number(2));
    } else if (what == "census") {
        m_census = socket;
        answerCensus();
    } else {
        qFatal("there is no service %s", what.constData());
    }
}

void Service::seat(QLocalSocket *socket, int number, int parties)
{
    m_parties = parties;
    m_seats[number] = socket;
    connect(socket, &QIODevice::readyRead, this, [this, number] { forward(number); });
    if (m_seats.size() == parties) {
        for (int from = 0; from < parties; ++from)
            forward(from);
    }
}

void Service::forward(int from)
{
    if (m_seats.size() == m_parties)
        m_seats[(from + 1) % m_parties]->write(m_seats[from]->readAll());
}

void Service::answerCensus()
{
    if (!m_census || m_open != 1)
        return;
    m_census->write(QByteArray::number(m_accepted) + ' ' + QByteArray::number(m_unexpected) + '\n');
    m_census = nullptr;
}
