// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The verbs of the scripts.

#include "script.h"

#include "trace.h"

#include <sys/socket.h>

namespace {

QByteArray number(qint64 value)
{
    return QByteArray::number(value);
}

QIODevice::OpenMode mode(const QByteArray &word)
{
    return QIODevice::OpenMode(word.isEmpty() ? int(QIODevice::ReadWrite) : word.toInt());
}

} // namespace

void Script::call(const QByteArray &object, const QList<QByteArray> &words)
{
    trace::setCurrent(object);
    QByteArray result = "gone";
    if (m_servers.value(object))
        result = callServer(object, words);
    else if (QLocalSocket *socket = m_sockets.value(object))
        result = callSocket(object, socket, words);
    trace::line(object, words.join(' ') + " -> " + result);
}

QByteArray Script::callServer(const QByteArray &object, const QList<QByteArray> &words)
{
    QLocalServer *server = m_servers.value(object);
    const QByteArray &verb = words.first();
    const QByteArray argument = words.value(1);
    const bool abstract = server->socketOptions() & QLocalServer::AbstractNamespaceOption;
    if (verb == "listen")
        return number(server->listen(name(argument, abstract)));
    if (verb == "listenOn")
        return number(server->listen(qintptr(m_descriptors.server(argument))));
    if (verb == "remove")
        return number(QLocalServer::removeServer(name(argument, false)));
    if (verb == "accept")
        return accept(server);
    if (verb == "waitForNewConnection") {
        bool timedOut = false;
        const bool waited = server->waitForNewConnection(argument.toInt(), &timedOut);
        return number(waited) + (timedOut ? " timed out" : "");
    }
    if (verb == "close")
        server->close();
    else if (verb == "setMaxPendingConnections")
        server->setMaxPendingConnections(argument.toInt());
    else if (verb == "setListenBacklogSize")
        server->setListenBacklogSize(argument.toInt());
    else if (verb == "setSocketOptions")
        server->setSocketOptions(QLocalServer::SocketOptions(argument.toInt()));
    else if (verb == "delete")
        delete server;
    else if (verb == "deleteLater")
        server->deleteLater();
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
    if (verb == "connect")
        socket->connectToServer(mode(argument));
    else if (verb == "connectToServer")
        socket->connectToServer(name(argument, abstract), mode(words.value(2)));
    else if (verb == "open")
        return number(socket->open(mode(argument)));
    else if (verb == "setSocketDescriptor")
        return number(socket->setSocketDescriptor(m_descriptors.socket(argument),
                                                  QLocalSocket::LocalSocketState(
                                                          words.value(2, "3").toInt()),
                                                  mode(words.value(3))));
    else if (verb == "setServerName")
        socket->setServerName(name(argument, abstract));
    else if (verb == "setSocketOptions")
        socket->setSocketOptions(QLocalSocket::SocketOptions(argument.toInt()));
    else if (verb == "setSendBuffer")
        setSendBuffer(socket, argument.toInt());
    else if (verb == "setReadBufferSize")
        socket->setReadBufferSize(argument.toInt());
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
    else if (verb.endsWith("Transaction"))
        return callTransaction(socket, verb);
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
    if (verb == "getChar") {
        char character = '-';
        return number(socket->getChar(&character)) + ' ' + character;
    }
    if (verb == "canReadLine")
        return number(socket->canReadLine());
    if (verb == "peek")
        return trace::bytes(socket->peek(argument));
    if (verb == "skip")
        return number(socket->skip(argument));
    if (verb == "atEnd")
        return number(socket->atEnd());
    if (verb == "ungetChar") {
        socket->ungetChar(words.value(1, "x").front());
        return "done";
    }
    return "no such verb";
}

// QIODevice only warns about a pointless call, and then performs it.
QByteArray Script::callTransaction(QLocalSocket *socket, const QByteArray &verb)
{
    if (socket->isTransactionStarted() == (verb == "startTransaction"))
        return "not now";
    if (verb == "startTransaction")
        socket->startTransaction();
    else if (verb == "commitTransaction")
        socket->commitTransaction();
    else
        socket->rollbackTransaction();
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

QByteArray Script::accept(QLocalServer *server)
{
    QLocalSocket *socket = server->nextPendingConnection();
    if (!socket)
        return "none";
    const QByteArray name = 'a' + number(m_sockets.size() - clients + 1);
    m_sockets[own(name)] = socket;
    watch(name, socket);
    return own(name);
}

// Each socket writes its own endless text with occasional line feeds, so that a lost or repeated
// byte is detected.
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

void Script::setSendBuffer(const QLocalSocket *socket, int size)
{
    ::setsockopt(int(socket->socketDescriptor()), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

QString Script::name(const QByteArray &word, bool abstract) const
{
    if (word == "empty")
        return {};
    if (word == "long")
        return QString(200, u'n');
    return QString::fromUtf8(abstract ? word + m_suffix : word);
}
