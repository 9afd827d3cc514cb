// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "script.h"

#include "loop.h"
#include "recording.h"
#include "trace.h"

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QCoreApplication>
#include <QtCore/QTimer>

#include <algorithm>

namespace {

// The work of one thread is done in a few turns of its event loop. Only a client that waits for
// room in a backlog needs time: it retries periodically.
constexpr int quietTurns = 12;
constexpr int blockingQuietTurns = 3;
constexpr qint64 connectingNsecs = 40'000'000;

// The maximum duration counted for a turn: time that this process doesn't get on a busy machine
// does not count.
constexpr qint64 longestTurnNsecs = 2'000'000;

QLocalServer *newServer(const QByteArray &name)
{
    return trace::recordsCalls() ? new RecordingServer(name) : new QLocalServer;
}

QLocalSocket *newSocket(const QByteArray &name)
{
    return trace::recordsCalls() ? new RecordingSocket(name) : new QLocalSocket;
}

} // namespace

Script::Script(const QByteArray &folder, const QByteArray &suffix, bool isSecond)
    : m_isSecond(isSecond), m_folder(folder), m_suffix(suffix), m_descriptors(folder)
{
    for (const char *name : { "v", "w" }) {
        m_servers[own(name)] = newServer(own(name));
        watch(name, m_servers[own(name)]);
    }
    for (int i = 1; i <= clients; ++i) {
        const QByteArray name = 'c' + QByteArray::number(i);
        m_sockets[own(name)] = newSocket(own(name));
        watch(name, m_sockets[own(name)]);
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
    trace::line("#", "end");
    end();
    if (m_second.isRunning()) {
        m_second.ask("end");
        m_second.leave(false);
    }
}

void Script::serve(int descriptor)
{
    Process::serve(descriptor, [this](const QByteArray &request) { return playAsked(request); });
}

void Script::step(const QByteArray &text)
{
    static const QList<QByteArray> turns = { "settle", "rest", "poll", "exclude" };
    const QList<QByteArray> words = text.split(' ');
    const QByteArray &first = words.first();
    const QByteArray object = first == "on" ? words.value(1) : first;
    const bool isForSecond = object != object.toLower();
    if (turns.contains(first))
        turn(first);
    else if (isForSecond && !m_isSecond && m_second.isRunning())
        m_second.ask(text);
    else if (isForSecond != m_isSecond)
        trace::line(object, text + " -> no such process");
    else if (first == "fork" || first == "exec")
        startProcess(first);
    else if (first == "leave" || first == "vanish") {
        if (m_second.isRunning())
            m_second.leave(first == "vanish");
    } else if (first == "on")
        addHook(words);
    else if (first != "coalescing" && first != "virtuals" && first != "loop")
        call(first, words.mid(1));
}

// Two processes take turns until nothing happens in either.
bool Script::turn(const QByteArray &how)
{
    bool happened = turnHere(how);
    if (!m_second.isRunning() || m_depth > 0 || m_handlers > 0)
        return happened;
    while (m_second.ask(how) && turnHere(how)) { }
    return true;
}

// True when anything has happened here.
bool Script::turnHere(const QByteArray &how)
{
    const int linesBefore = trace::lines();
    const qint64 bytesBefore = bytes();
    if (how == "settle")
        settle(0, quietTurns);
    else if (how == "rest")
        settle(1, blockingQuietTurns);
    else if (how == "poll")
        poll(Loop::turn);
    else
        poll([] { QCoreApplication::processEvents(QEventLoop::ExcludeSocketNotifiers); });
    return trace::lines() != linesBefore || bytes() != bytesBefore;
}

void Script::startProcess(const QByteArray &how)
{
    if (m_second.isRunning() || m_depth > 0 || m_handlers > 0)
        return;
    if (how == "exec") {
        m_second.exec({ "differential", "--second", Loop::chosen(), m_folder, m_suffix,
                        QByteArray::number(int(trace::recordsCalls())) });
    } else {
        m_second.fork([this](const QByteArray &request) {
            if (!m_isSecond)
                becomeSecond();
            return playAsked(request);
        });
    }
    m_second.ask("start");
}

// Copied objects have separate names from now on.
void Script::becomeSecond()
{
    const auto rename = [this](auto &objects) {
        for (const QByteArray &name : objects.keys())
            objects[name.toUpper()] = objects.take(name);
    };
    m_isSecond = true;
    m_shown.clear();
    m_hooks.clear();
    m_emissions.clear();
    rename(m_servers);
    rename(m_sockets);
    rename(m_written);
    for (auto it = m_servers.cbegin(); it != m_servers.cend(); ++it)
        RecordingServer::rename(it.value(), it.key());
    for (auto it = m_sockets.cbegin(); it != m_sockets.cend(); ++it)
        RecordingSocket::rename(it.value(), it.key());
}

// Handles a request of the first process in the second.
bool Script::playAsked(const QByteArray &request)
{
    bool happened = false;
    if (request == "end")
        end();
    else if (request == "settle" || request == "rest" || request == "poll" || request == "exclude")
        happened = turnHere(request);
    else if (request != "start")
        step(request);
    if (request != "end")
        printChanges();
    return happened;
}

QByteArray Script::own(const QByteArray &object) const
{
    return m_isSecond ? object.toUpper() : object;
}

// A timer drives the loop.
void Script::settle(int interval, int turns)
{
    startTurning();
    Loop loop;
    QTimer timer;
    Quiet quiet;
    const int depth = ++m_depth;
    QObject::connect(&timer, &QTimer::timeout, &timer, [&] {
        // A nested loop may be quiet while this one is not.
        if (m_depth == depth && isQuiet(quiet, turns))
            loop.quit();
    });
    timer.start(interval);
    loop.exec();
    --m_depth;
}

void Script::poll(void (*turn)())
{
    startTurning();
    ++m_depth;
    Quiet quiet;
    do
        turn();
    while (!isQuiet(quiet, quietTurns));
    --m_depth;
}

// Work deferred earlier is due now, even if nothing else has woken the dispatcher since.
void Script::startTurning()
{
    trace::setCurrent("-");
    QAbstractEventDispatcher::instance()->wakeUp();
}

bool Script::isQuiet(Quiet &quiet, int turns) const
{
    const bool connecting = std::any_of(m_sockets.cbegin(), m_sockets.cend(),
                                        [](const auto &socket) {
                                            return socket
                                                    && socket->state()
                                                    == QLocalSocket::ConnectingState;
                                        });
    if (trace::lines() != quiet.lines || bytes() != quiet.bytes) {
        quiet.lines = trace::lines();
        quiet.bytes = bytes();
        quiet.turns = 0;
        quiet.nsecs = 0;
    } else {
        quiet.nsecs += std::min(quiet.turn.nsecsElapsed(), longestTurnNsecs);
    }
    quiet.turn.start();
    return ++quiet.turns > turns && (!connecting || quiet.nsecs > connectingNsecs);
}

// Changes whenever bytes move.
qint64 Script::bytes() const
{
    const trace::Unrecorded unrecorded;
    qint64 bytes = 0;
    for (const auto &socket : m_sockets) {
        if (socket)
            bytes += 2 * socket->bytesAvailable() + socket->bytesToWrite();
    }
    return bytes;
}

void Script::addHook(const QList<QByteArray> &words)
{
    if (words.size() >= 5)
        m_hooks.append({ words[1], words[2], words[3].toInt(), words.mid(4).join(' ') });
}

void Script::signalled(const QByteArray &name, const QByteArray &signal, const QByteArray &text)
{
    const QByteArray object = own(name);
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
            ++m_handlers;
            step(hook.step);
            --m_handlers;
            trace::line(object, "}");
        }
    }
}

void Script::watch(const QByteArray &name, QLocalServer *server)
{
    QObject::connect(server, &QLocalServer::newConnection, server,
                     [=, this] { signalled(name, "newConnection", "newConnection"); });
}

void Script::watch(const QByteArray &name, QLocalSocket *socket)
{
    // Each signal, by its own name.
    const auto plain = [&](auto signal, const QByteArray &signalName) {
        QObject::connect(socket, signal, socket,
                         [=, this] { signalled(name, signalName, signalName); });
    };
    plain(&QLocalSocket::connected, "connected");
    plain(&QLocalSocket::disconnected, "disconnected");
    plain(&QLocalSocket::readyRead, "readyRead");
    plain(&QLocalSocket::aboutToClose, "aboutToClose");
    plain(&QLocalSocket::readChannelFinished, "readChannelFinished");
    QObject::connect(socket, &QLocalSocket::bytesWritten, socket, [=, this](qint64 bytes) {
        signalled(name, "bytesWritten", "bytesWritten " + QByteArray::number(bytes));
    });
    QObject::connect(socket, &QLocalSocket::errorOccurred, socket, [=, this](auto error) {
        signalled(name, "errorOccurred", "errorOccurred " + QByteArray::number(int(error)));
    });
    QObject::connect(socket, &QLocalSocket::stateChanged, socket, [=, this](auto state) {
        const QByteArray stateName = trace::stateName(state);
        signalled(name, stateName, "stateChanged " + stateName);
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

// Announcements of the destructors belong to the trace.
void Script::end()
{
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
