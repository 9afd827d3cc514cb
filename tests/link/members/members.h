// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef MEMBERS_H
#define MEMBERS_H

#include <QLocalServer>
#include <QLocalSocket>

/// Overrides each virtual function of a socket that a user may.
class Socket : public QLocalSocket
{
    Q_OBJECT

public:
    using QLocalSocket::QLocalSocket;

    bool isSequential() const override;
    qint64 bytesAvailable() const override;
    qint64 bytesToWrite() const override;
    bool canReadLine() const override;
    bool open(OpenMode openMode) override;
    void close() override;
    bool waitForReadyRead(int msecs) override;
    bool waitForBytesWritten(int msecs) override;

Q_SIGNALS:
    void asked(QLocalSocket::LocalSocketState, QLocalSocket::LocalSocketError);

protected:
    qint64 readData(char *data, qint64 size) override;
    qint64 readLineData(char *data, qint64 size) override;
    qint64 skipData(qint64 size) override;
    qint64 writeData(const char *data, qint64 size) override;
};

/// Overrides each virtual function of a server that a user may.
class Server : public QLocalServer
{
    Q_OBJECT

public:
    using QLocalServer::QLocalServer;

    bool hasPendingConnections() const override;
    QLocalSocket *nextPendingConnection() override;

protected:
    void incomingConnection(quintptr socketDescriptor) override;
};

#endif // MEMBERS_H
