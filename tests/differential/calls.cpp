// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The verbs of the scripts.

#include "script.h"

#include "trace.h"

namespace {

QByteArray number(qint64 value)
{
    return QByteArray::number(value);
}

} // namespace

void Script::call(const QByteArray &object, const QList<QByteArray> &words)
{
    trace::setCurrent(object);
    QByteArray result;
    if (object == "v")
        result = m_server ? callServer(words) : QByteArray("gone");
    else if (QLocalSocket *socket = m_sockets.value(object))
        result = callSocket(object, socket, words);
    else
        result = "gone";
    trace::line(object, words.join(' ') + " -> " + result);
}

QByteArray Script::callServer(const QList<QByteArray> &words)
{
    const QByteArray &verb = words.first();
    const QByteArray argument = words.value(1);
    const bool abstract = m_server->socketOptions() & QLocalServer::AbstractNamespaceOption;
    if (verb == "listen")
        return number(m_server->listen(name(argument, abstract)));
    if (verb == "remove")
        return number(QLocalServer::removeServer(name(argument, false)));
    if (verb == "accept")
        return accept();
    if (verb == "waitForNewConnection") {
        bool timedOut = false;
        const bool waited = m_server->waitForNewConnection(argument.toInt(), &timedOut);
        return number(waited) + (timedOut ? " timed out" : "");
    }
    if (verb == "close")
        m_server->close();
    else if (verb == "setMaxPendingConnections")
        m_server->setMaxPendingConnections(argument.toInt());
    else if (verb == "setListenBacklogSize")
        m_server->setListenBacklogSize(argument.toInt());
    else if (verb == "setSocketOptions")
        m_server->setSocketOptions(QLocalServer::SocketOptions(argument.toInt()));
    else if (verb == "delete")
        delete m_server;
    else if (verb == "deleteLater")
        m_server->deleteLater();
    else
        return "no such verb";
    return "done";
}

QByteArray Script::callSocket(const QByteArray &object, QLocalSocket *socket,
                              const QList<QByteArray> &words)
{
    const QByteArray &verb = words.first();
    const QByteArray argument = words.value(1);
    const bool abstract = socket->socketOptions() & QLocalSocket::AbstractNamespaceOption;
    if (verb == "connectToServer" && argument.isEmpty())
        socket->connectToServer();
    else if (verb == "connectToServer")
        socket->connectToServer(name(argument, abstract),
                                QIODevice::OpenMode(words.value(2, "3").toInt()));
    else if (verb == "setServerName")
        socket->setServerName(name(argument, abstract));
    else if (verb == "setSocketOptions")
        socket->setSocketOptions(QLocalSocket::SocketOptions(argument.toInt()));
    else if (verb == "setReadBufferSize")
        socket->setReadBufferSize(argument.toInt());
    else if (verb == "open")
        return number(socket->open(QIODevice::OpenMode(words.value(1, "3").toInt())));
    else if (verb == "write")
        return write(object, socket, argument.toInt());
    else if (verb == "flush")
        return number(socket->flush());
    else if (verb == "disconnectFromServer")
        socket->disconnectFromServer();
    else if (verb == "close")
        socket->close();
    else if (verb == "abort")
        socket->abort();
    else if (verb == "delete")
        delete socket;
    else if (verb == "deleteLater")
        socket->deleteLater();
    else if (verb.startsWith("waitFor"))
        return callWaiter(socket, words);
    else
        return callReader(socket, words);
    return "done";
}

QByteArray Script::callReader(QLocalSocket *socket, const QList<QByteArray> &words)
{
    const QByteArray &verb = words.first();
    const int argument = words.value(1).toInt();
    if (verb == "read") {
        QByteArray data(argument, '\0');
        const qint64 size = socket->read(data.data(), argument);
        return number(size) + ' ' + trace::bytes(data.left(qMax<qint64>(size, 0)));
    }
    if (verb == "readAll")
        return trace::bytes(socket->readAll());
    if (verb == "readLine")
        return trace::bytes(socket->readLine(argument));
    if (verb == "canReadLine")
        return number(socket->canReadLine());
    if (verb == "peek")
        return trace::bytes(socket->peek(argument));
    if (verb == "skip")
        return number(socket->skip(argument));
    if (verb == "atEnd")
        return number(socket->atEnd());
    if (verb == "startTransaction" && !socket->isTransactionStarted())
        socket->startTransaction();
    else if (verb == "commitTransaction" && socket->isTransactionStarted())
        socket->commitTransaction();
    else if (verb == "rollbackTransaction" && socket->isTransactionStarted())
        socket->rollbackTransaction();
    else if (verb == "ungetChar")
        socket->ungetChar(words.value(1, "x").front());
    else
        return "no such verb now";
    return "done";
}

QByteArray Script::callWaiter(QLocalSocket *socket, const QList<QByteArray> &words)
{
    const QByteArray &verb = words.first();
    const int msecs = words.value(1).toInt();
    if (verb == "waitForConnected")
        return number(socket->waitForConnected(msecs));
    if (verb == "waitForReadyRead")
        return number(socket->waitForReadyRead(msecs));
    if (verb == "waitForBytesWritten")
        return number(socket->waitForBytesWritten(msecs));
    if (verb == "waitForDisconnected")
        return number(socket->waitForDisconnected(msecs));
    return "no such verb";
}

QByteArray Script::accept()
{
    QLocalSocket *socket = m_server->nextPendingConnection();
    if (!socket)
        return "none";
    const QByteArray object = 'a' + number(m_sockets.size() - 2);
    m_sockets[object] = socket;
    watch(object, socket);
    return object;
}

// Each socket writes an endless text of its own with a line feed now and then, so that a lost or
// doubled byte shows.
QByteArray Script::write(const QByteArray &object, QLocalSocket *socket, int size)
{
    QByteArray data(size, Qt::Uninitialized);
    const int position = m_written[object];
    const int shift = object[0] + object[1];
    for (int i = 0; i < size; ++i) {
        const int at = position + i;
        data[i] = at % 11 == 10 ? '\n' : char('a' + (at + at / 26 + shift) % 26);
    }
    const qint64 taken = socket->write(data);
    m_written[object] += size;
    return number(taken);
}

QString Script::name(const QByteArray &word, bool abstract) const
{
    if (word == "empty")
        return {};
    return QString::fromUtf8(abstract ? word + m_suffix : word);
}
