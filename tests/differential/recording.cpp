// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "recording.h"

#include "trace.h"

#include <QtCore/QPointer>

namespace {

template<typename... Numbers>
void note(const QByteArray &name, QByteArray call, Numbers... numbers)
{
    ((call += ' ' + QByteArray::number(qint64(numbers))), ...);
    trace::call(name, call);
}

} // namespace

void RecordingSocket::rename(QLocalSocket *socket, const QByteArray &name)
{
    if (auto *recording = dynamic_cast<RecordingSocket *>(socket))
        recording->m_name = name;
}

bool RecordingSocket::isSequential() const
{
    note(m_name, "isSequential");
    return QLocalSocket::isSequential();
}

bool RecordingSocket::open(OpenMode mode)
{
    note(m_name, "open", int(mode));
    return QLocalSocket::open(mode);
}

void RecordingSocket::close()
{
    note(m_name, "close");
    const QPointer<QLocalSocket> self = this;
    const QByteArray name = m_name;
    QLocalSocket::close();
    note(name, self ? "closed" : "gone");
}

qint64 RecordingSocket::pos() const
{
    note(m_name, "pos");
    return QLocalSocket::pos();
}

qint64 RecordingSocket::size() const
{
    note(m_name, "size");
    return QLocalSocket::size();
}

bool RecordingSocket::seek(qint64 to)
{
    note(m_name, "seek", to);
    return QLocalSocket::seek(to);
}

bool RecordingSocket::atEnd() const
{
    note(m_name, "atEnd");
    return QLocalSocket::atEnd();
}

bool RecordingSocket::reset()
{
    note(m_name, "reset");
    return QLocalSocket::reset();
}

qint64 RecordingSocket::bytesAvailable() const
{
    note(m_name, "bytesAvailable");
    return QLocalSocket::bytesAvailable();
}

qint64 RecordingSocket::bytesToWrite() const
{
    note(m_name, "bytesToWrite");
    return QLocalSocket::bytesToWrite();
}

bool RecordingSocket::canReadLine() const
{
    note(m_name, "canReadLine");
    return QLocalSocket::canReadLine();
}

bool RecordingSocket::waitForReadyRead(int msecs)
{
    note(m_name, "waitForReadyRead", msecs);
    return QLocalSocket::waitForReadyRead(msecs);
}

bool RecordingSocket::waitForBytesWritten(int msecs)
{
    note(m_name, "waitForBytesWritten", msecs);
    return QLocalSocket::waitForBytesWritten(msecs);
}

bool RecordingSocket::event(QEvent *event)
{
    note(m_name, "event", event->type());
    return QLocalSocket::event(event);
}

bool RecordingSocket::eventFilter(QObject *object, QEvent *event)
{
    note(m_name, "eventFilter", event->type());
    return QLocalSocket::eventFilter(object, event);
}

qint64 RecordingSocket::readData(char *data, qint64 maxSize)
{
    const qint64 count = QLocalSocket::readData(data, maxSize);
    note(m_name, "readData", maxSize, count);
    return count;
}

qint64 RecordingSocket::readLineData(char *data, qint64 maxSize)
{
    const qint64 count = QLocalSocket::readLineData(data, maxSize);
    note(m_name, "readLineData", maxSize, count);
    return count;
}

qint64 RecordingSocket::skipData(qint64 maxSize)
{
    const qint64 count = QLocalSocket::skipData(maxSize);
    note(m_name, "skipData", maxSize, count);
    return count;
}

qint64 RecordingSocket::writeData(const char *data, qint64 size)
{
    const qint64 count = QLocalSocket::writeData(data, size);
    note(m_name, "writeData", size, count);
    return count;
}

void RecordingSocket::timerEvent(QTimerEvent *event)
{
    note(m_name, "timerEvent");
    QLocalSocket::timerEvent(event);
}

void RecordingSocket::childEvent(QChildEvent *event)
{
    note(m_name, "childEvent", event->type());
    QLocalSocket::childEvent(event);
}

void RecordingSocket::customEvent(QEvent *event)
{
    note(m_name, "customEvent", event->type());
    QLocalSocket::customEvent(event);
}

void RecordingServer::rename(QLocalServer *server, const QByteArray &name)
{
    if (auto *recording = dynamic_cast<RecordingServer *>(server))
        recording->m_name = name;
}

bool RecordingServer::hasPendingConnections() const
{
    note(m_name, "hasPendingConnections");
    return QLocalServer::hasPendingConnections();
}

QLocalSocket *RecordingServer::nextPendingConnection()
{
    note(m_name, "nextPendingConnection");
    return QLocalServer::nextPendingConnection();
}

bool RecordingServer::event(QEvent *event)
{
    note(m_name, "event", event->type());
    return QLocalServer::event(event);
}

bool RecordingServer::eventFilter(QObject *object, QEvent *event)
{
    note(m_name, "eventFilter", event->type());
    return QLocalServer::eventFilter(object, event);
}

void RecordingServer::incomingConnection(quintptr socketDescriptor)
{
    note(m_name, "incomingConnection");
    QLocalServer::incomingConnection(socketDescriptor);
}

void RecordingServer::timerEvent(QTimerEvent *event)
{
    note(m_name, "timerEvent");
    QLocalServer::timerEvent(event);
}

void RecordingServer::childEvent(QChildEvent *event)
{
    note(m_name, "childEvent", event->type());
    QLocalServer::childEvent(event);
}

void RecordingServer::customEvent(QEvent *event)
{
    note(m_name, "customEvent", event->type());
    QLocalServer::customEvent(event);
}
