// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "trace.h"

#include <QtCore/QList>
#include <QtCore/QPair>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

#include <unistd.h>

namespace trace {

namespace {

int count = 0;
bool areCallsRecorded = false;
int unrecorded = 0;
QByteArray current = "-";
QList<QPair<QByteArray, QByteArray>> masks;

void warning(QtMsgType, const QMessageLogContext &, const QString &text)
{
    line(current, "warning " + text.toUtf8());
}

QByteArray quoted(const QString &text)
{
    return '\'' + text.toUtf8() + '\'';
}

} // namespace

void line(const QByteArray &object, const QByteArray &text)
{
    ++count;
    QByteArray out = object + '\t' + text;
    for (const auto &[from, to] : std::as_const(masks))
        out.replace(from, to);
    out.replace('\0', "\\0").replace('\n', "\\n");
    out += '\n';
    if (::write(STDOUT_FILENO, out.constData(), size_t(out.size())) != out.size())
        ::_exit(1);
}

void call(const QByteArray &object, const QByteArray &text)
{
    if (areCallsRecorded && unrecorded == 0)
        line(object, "> " + text);
}

void recordCalls()
{
    areCallsRecorded = true;
}

bool recordsCalls()
{
    return areCallsRecorded;
}

Unrecorded::Unrecorded()
{
    ++unrecorded;
}

Unrecorded::~Unrecorded()
{
    --unrecorded;
}

int lines()
{
    return count;
}

void mask(const QByteArray &text, const QByteArray &shown)
{
    masks.append({ text, shown });
}

void catchWarnings()
{
    qInstallMessageHandler(warning);
}

void setCurrent(const QByteArray &object)
{
    current = object;
}

QByteArray bytes(const QByteArray &data)
{
    const QByteArray size = QByteArray::number(data.size());
    if (data.isNull())
        return "null";
    if (data.size() <= 40)
        return size + " \"" + data + '"';
    return size + " sum " + QByteArray::number(qChecksum(data), 16);
}

QByteArray stateName(int state)
{
    switch (state) {
    case QLocalSocket::UnconnectedState: return "Unconnected";
    case QLocalSocket::ConnectingState: return "Connecting";
    case QLocalSocket::ConnectedState: return "Connected";
    case QLocalSocket::ClosingState: return "Closing";
    }
    return QByteArray::number(state);
}

QByteArray summary(const QLocalSocket &socket)
{
    const Unrecorded unrecorded;
    return stateName(socket.state()) + " mode " + QByteArray::number(int(socket.openMode()))
            + " available " + QByteArray::number(socket.bytesAvailable()) + " toWrite "
            + QByteArray::number(socket.bytesToWrite()) + " error "
            + QByteArray::number(int(socket.error())) + ' ' + quoted(socket.errorString()) + ' '
            + quoted(socket.serverName()) + ' ' + quoted(socket.fullServerName());
}

QByteArray summary(const QLocalServer &server)
{
    const Unrecorded unrecorded;
    return QByteArray(server.isListening() ? "listening" : "idle") + " pending "
            + QByteArray::number(int(server.hasPendingConnections())) + " error "
            + QByteArray::number(int(server.serverError())) + ' ' + quoted(server.errorString())
            + ' ' + quoted(server.serverName()) + ' ' + quoted(server.fullServerName())
            + (server.socketDescriptor() == -1 ? " nofd" : " fd");
}

} // namespace trace
