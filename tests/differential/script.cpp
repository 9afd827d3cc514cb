// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "script.h"

#include "trace.h"

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QCoreApplication>
#include <QtCore/QEventLoop>
#include <QtCore/QTimer>

#include <algorithm>

namespace {

// What there is to do in one thread is done in a few turns of its event loop. Only a client that
// waits for room in a backlog has to be given time: it tries again now and then.
constexpr int quietTurns = 12;
constexpr int quietTurnsThatBlock = 3;
constexpr qint64 connectingNsecs = 40'000'000;

// What one turn counts at most: time that this process doesn't get on a busy machine is no turn.
constexpr qint64 longestTurnNsecs = 2'000'000;

} // namespace

Script::Script(const QByteArray &folder, const QByteArray &suffix)
    : m_suffix(suffix), m_descriptors(folder)
{
    for (const char *name : { "v", "w" }) {
        m_servers[name] = new QLocalServer;
        watch(name, m_servers[name]);
    }
    for (int i = 1; i <= clients; ++i) {
        const QByteArray name = 'c' + QByteArray::number(i);
        m_sockets[name] = new QLocalSocket;
        watch(name, m_sockets[name]);
    }
}

void Script::run(const QList<QByteArray> &steps)
{
    printChanges();
    for (qsizetype i = 0; i < steps.size(); ++i) {
        trace::line("#", QByteArray::number(i + 1));
        step(steps.at(i));
        printChanges();
    }
    end();
}

void Script::step(const QByteArray &text)
{
    const QList<QByteArray> words = text.split(' ');
    if (words.first() == "settle")
        settle(0, quietTurns);
    else if (words.first() == "rest")
        settle(1, quietTurnsThatBlock);
    else if (words.first() == "poll")
        poll();
    else if (words.first() == "on")
        addHook(words);
    else if (words.first() != "coalescing")
        call(words.first(), words.mid(1));
}

// A timer makes the loop turn.
void Script::settle(int interval, int turns)
{
    startTurning();
    QEventLoop loop;
    QTimer timer;
    Quiet quiet;
    const int depth = ++m_depth;
    QObject::connect(&timer, &QTimer::timeout, &loop, [&] {
        // What is quiet in a loop inside of this one need not be so here.
        if (m_depth == depth && isQuiet(quiet, turns))
            loop.quit();
    });
    timer.start(interval);
    loop.exec();
    --m_depth;
}

void Script::poll()
{
    startTurning();
    ++m_depth;
    Quiet quiet;
    do
        QCoreApplication::processEvents();
    while (!isQuiet(quiet, quietTurns));
    --m_depth;
}

// What was left for later before is due now, even if nothing else has woken the dispatcher since.
void Script::startTurning()
{
    trace::setCurrent("-");
    QAbstractEventDispatcher::instance()->wakeUp();
}

bool Script::isQuiet(Quiet &quiet, int turns) const
{
    qint64 bytes = 0;
    bool connecting = false;
    for (const auto &socket : m_sockets) {
        if (!socket)
            continue;
        bytes += 2 * socket->bytesAvailable() + socket->bytesToWrite();
        connecting |= socket->state() == QLocalSocket::ConnectingState;
    }
    if (trace::lines() != quiet.lines || bytes != quiet.bytes) {
        quiet.lines = trace::lines();
        quiet.bytes = bytes;
        quiet.turns = 0;
        quiet.nsecs = 0;
    } else {
        quiet.nsecs += std::min(quiet.turn.nsecsElapsed(), longestTurnNsecs);
    }
    quiet.turn.start();
    return ++quiet.turns > turns && (!connecting || quiet.nsecs > connectingNsecs);
}

void Script::addHook(const QList<QByteArray> &words)
{
    if (words.size() >= 5)
        m_hooks.append({ words[1], words[2], words[3].toInt(), words.mid(4).join(' ') });
}

void Script::signalled(const QByteArray &object, const QByteArray &signal, const QByteArray &text)
{
    QByteArray state;
    if (m_servers.value(object))
        state = trace::summary(*m_servers.value(object));
    else if (m_sockets.value(object))
        state = trace::summary(*m_sockets.value(object));
    trace::line(object, '!' + text + " | " + state);
    const int emission = ++m_emissions[object + ' ' + signal];
    const QList<Hook> hooks = m_hooks;
    for (const Hook &hook : hooks) {
        if (hook.object == object && hook.signal == signal && hook.emission == emission) {
            trace::line(object, "{ " + hook.step);
            step(hook.step);
            trace::line(object, "}");
        }
    }
}

void Script::watch(const QByteArray &object, QLocalServer *server)
{
    QObject::connect(server, &QLocalServer::newConnection, server,
                     [=, this] { signalled(object, "newConnection", "newConnection"); });
}

void Script::watch(const QByteArray &object, QLocalSocket *socket)
{
    // Each signal, by its own name.
    const auto plain = [&](auto signal, const QByteArray &name) {
        QObject::connect(socket, signal, socket, [=, this] { signalled(object, name, name); });
    };
    plain(&QLocalSocket::connected, "connected");
    plain(&QLocalSocket::disconnected, "disconnected");
    plain(&QLocalSocket::readyRead, "readyRead");
    plain(&QLocalSocket::aboutToClose, "aboutToClose");
    plain(&QLocalSocket::readChannelFinished, "readChannelFinished");
    QObject::connect(socket, &QLocalSocket::bytesWritten, socket, [=, this](qint64 bytes) {
        signalled(object, "bytesWritten", "bytesWritten " + QByteArray::number(bytes));
    });
    QObject::connect(socket, &QLocalSocket::errorOccurred, socket, [=, this](auto error) {
        signalled(object, "errorOccurred", "errorOccurred " + QByteArray::number(int(error)));
    });
    QObject::connect(socket, &QLocalSocket::stateChanged, socket, [=, this](auto state) {
        const QByteArray name = trace::stateName(state);
        signalled(object, name, "stateChanged " + name);
    });
}

void Script::printChanges()
{
    const auto show = [this](const QByteArray &object, const QByteArray &state) {
        if (m_shown.value(object) != state)
            trace::line(object, "= " + state);
        m_shown[object] = state;
    };
    for (auto it = m_servers.cbegin(); it != m_servers.cend(); ++it)
        show(it.key(), it.value() ? trace::summary(*it.value()) : QByteArray("gone"));
    for (auto it = m_sockets.cbegin(); it != m_sockets.cend(); ++it) {
        const QLocalSocket *socket = it.value();
        const bool descriptor = socket && socket->socketDescriptor() != -1;
        show(it.key(), socket ? trace::summary(*socket) + (descriptor ? " fd" : " nofd") : "gone");
    }
}

// What the destructors announce belongs to the trace.
void Script::end()
{
    trace::line("#", "end");
    m_hooks.clear();
    for (const QByteArray &object : m_sockets.keys()) {
        trace::setCurrent(object);
        delete m_sockets.value(object);
    }
    for (const QByteArray &object : m_servers.keys()) {
        trace::setCurrent(object);
        delete m_servers.value(object);
    }
}
