// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "decode.h"

#include <vector>

namespace {

// Longer scripts find nothing that shorter ones don't.
constexpr int mostSteps = 40;

struct Verb
{
    const char *name;
    std::vector<const char *> arguments;
};

const std::vector<const char *> sizes = { "0", "1", "3", "11", "100", "1000", "65536", "300000" };
const std::vector<const char *> modes = { "1", "2", "3", "34", "35" };
const std::vector<const char *> names = { "n1", "n2", "empty", "dir/n1", "long" };
const std::vector<const char *> times = { "0", "1", "5" };
const std::vector<const char *> options = { "0", "1", "7", "8" };

const std::vector<Verb> serverVerbs = {
    { "accept", {} },
    { "listen", names },
    { "close", {} },
    { "waitForNewConnection", times },
    { "listenOn", { "listening", "bound", "fresh", "closed", "none" } },
    { "remove", names },
    { "setMaxPendingConnections", { "0", "1", "2", "30" } },
    { "setListenBacklogSize", { "0", "1", "50" } },
    { "setSocketOptions", options },
    { "delete", {} },
    { "deleteLater", {} },
};

const std::vector<Verb> socketVerbs = {
    { "write", sizes },
    { "flush", {} },
    { "read", sizes },
    { "readAll", {} },
    { "readLine", sizes },
    { "getChar", {} },
    { "canReadLine", {} },
    { "peek", sizes },
    { "skip", sizes },
    { "ungetChar", { "x", "y" } },
    { "atEnd", {} },
    { "startTransaction", {} },
    { "commitTransaction", {} },
    { "rollbackTransaction", {} },
    { "connectToServer", names },
    { "connectToServer n1", modes },
    { "connect", modes },
    { "open", modes },
    { "setServerName", names },
    { "setSocketOptions", options },
    { "setReadBufferSize", { "0", "1", "5", "100" } },
    { "setSocketDescriptor", { "live", "pair", "other", "lonely", "fresh", "closed", "none" } },
    { "waitForConnected", times },
    { "waitForReadyRead", times },
    { "waitForBytesWritten", times },
    { "waitForDisconnected", times },
    { "disconnectFromServer", {} },
    { "close", {} },
    { "abort", {} },
    { "delete", {} },
    { "deleteLater", {} },
};

const std::vector<const char *> objects = { "v", "w", "c1", "c2", "c3", "c4", "a1", "a2", "a3" };

const std::vector<const char *> signalNames = {
    "readyRead",     "bytesWritten", "connected",           "disconnected",
    "errorOccurred", "aboutToClose", "readChannelFinished", "Connecting",
    "Connected",     "Closing",      "Unconnected",         "newConnection",
};

class Decoder
{
public:
    Decoder(const uchar *bytes, size_t size) : m_at(bytes), m_end(bytes + size) { }

    bool isAtEnd() const { return m_at == m_end; }

    uchar byte() { return isAtEnd() ? 0 : *m_at++; }

    QByteArray step(bool inHandler)
    {
        const uchar kind = byte() % 10;
        if (kind == 0)
            return pick({ "settle", "poll", "rest" });
        if (kind <= 2 && !inHandler) {
            const QByteArray where = pick(objects) + ' ' + pick(signalNames);
            const QByteArray emission = pick({ "1", "2" });
            return "on " + where + ' ' + emission + ' ' + step(true);
        }
        const QByteArray object = pick(objects);
        const bool isServer = object == "v" || object == "w";
        const std::vector<Verb> &verbs = isServer ? serverVerbs : socketVerbs;
        const Verb &verb = verbs[byte() % verbs.size()];
        QByteArray text = object + ' ' + verb.name;
        if (!verb.arguments.empty())
            text += ' ' + pick(verb.arguments);
        return text;
    }

private:
    QByteArray pick(const std::vector<const char *> &from) { return from[byte() % from.size()]; }

    const uchar *m_at;
    const uchar *m_end;
};

} // namespace

QList<QByteArray> decode(const uchar *bytes, size_t size)
{
    Decoder decoder(bytes, size);
    QList<QByteArray> steps;
    // Most scripts are about a connection.
    if (decoder.byte() % 8 != 0)
        steps = { "v listen n1", "c1 connectToServer n1", "v waitForNewConnection 5", "v accept" };
    while (!decoder.isAtEnd() && steps.size() < mostSteps)
        steps.append(decoder.step(false));
    return steps;
}
