// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Sockets and servers that override every virtual function and print each call as a line of the trace.

#ifndef QLOCAL_TESTS_DIFFERENTIAL_RECORDING_H
#define QLOCAL_TESTS_DIFFERENTIAL_RECORDING_H

#include <QtCore/QByteArray>
#include <QtCore/QEvent>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

class RecordingSocket : public QLocalSocket
{
public:
    /// `name` is its name in the trace.
    explicit RecordingSocket(const QByteArray &name) : m_name(name) { }

    /// Changes the name, if the socket is of this class.
    static void rename(QLocalSocket *socket, const QByteArray &name);

    bool isSequential() const override;
    bool open(OpenMode mode) override;
    void close() override;
    qint64 pos() const override;
    qint64 size() const override;
    bool seek(qint64 to) override;
    bool atEnd() const override;
    bool reset() override;
    qint64 bytesAvailable() const override;
    qint64 bytesToWrite() const override;
    bool canReadLine() const override;
    bool waitForReadyRead(int msecs) override;
    bool waitForBytesWritten(int msecs) override;
    bool event(QEvent *event) override;
    bool eventFilter(QObject *object, QEvent *event) override;

protected:
    qint64 readData(char *data, qint64 maxSize) override;
    qint64 readLineData(char *data, qint64 maxSize) override;
    qint64 skipData(qint64 maxSize) override;
    qint64 writeData(const char *data, qint64 size) override;
    void timerEvent(QTimerEvent *event) override;
    void childEvent(QChildEvent *event) override;
    void customEvent(QEvent *event) override;

private:
    QByteArray m_name;
};

/// Its connections are plain sockets.
class RecordingServer : public QLocalServer
{
public:
    explicit RecordingServer(const QByteArray &name) : m_name(name) { }

    static void rename(QLocalServer *server, const QByteArray &name);

    bool hasPendingConnections() const override;
    QLocalSocket *nextPendingConnection() override;
    bool event(QEvent *event) override;
    bool eventFilter(QObject *object, QEvent *event) override;

protected:
    void incomingConnection(quintptr socketDescriptor) override;
    void timerEvent(QTimerEvent *event) override;
    void childEvent(QChildEvent *event) override;
    void customEvent(QEvent *event) override;

private:
    QByteArray m_name;
};

#endif // QLOCAL_TESTS_DIFFERENTIAL_RECORDING_H
