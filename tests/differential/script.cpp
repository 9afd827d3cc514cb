// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "script.h"

#include "trace.h"

#include <QtCore/QEventLoop>
#include <QtCore/QTimer>

Script::Script(const QByteArray &suffix) : m_suffix(suffix), m_server(new QLocalServer)
{
    QObject::connect(m_server, &QLocalServer::newConnection, m_server,
                     [this] { signalled("v", "newConnection", "newConnection"); });
    for (const char *client : { "c1", "c2", "c3" }) {
        auto *socket = new QLocalSocket;
        m_sockets[client] = socket;
        watch(client, socket);
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
        settle();
    else if (words.first() == "on")
        addHook(words);
    else
        call(words.first(), words.mid(1));
}

// A timer that is always due makes the loop turn; it ends when several turns brought nothing.
void Script::settle()
{
    constexpr int quietTurns = 12;

    trace::setCurrent("-");
    QEventLoop loop;
    QTimer timer;
    int quiet = 0;
    auto before = trace::lines();
    qint64 bytesBefore = 0;
    QObject::connect(&timer, &QTimer::timeout, &loop, [&] {
        qint64 bytes = 0;
        for (const auto &socket : std::as_const(m_sockets)) {
            if (socket)
                bytes += 2 * socket->bytesAvailable() + socket->bytesToWrite();
        }
        quiet = trace::lines() == before && bytes == bytesBefore ? quiet + 1 : 0;
        before = trace::lines();
        bytesBefore = bytes;
        if (quiet == quietTurns)
            loop.quit();
    });
    timer.start(0);
    loop.exec();
}

void Script::addHook(const QList<QByteArray> &words)
{
    if (words.size() >= 5)
        m_hooks.append({ words[1], words[2], words[3].toInt(), words.mid(4).join(' ') });
}

void Script::signalled(const QByteArray &object, const QByteArray &signal, const QByteArray &text)
{
    QByteArray state;
    if (object == "v")
        state = trace::summary(*m_server);
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
    show("v", m_server ? trace::summary(*m_server) : QByteArray("gone"));
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
    for (const QByteArray &object : m_sockets.keys()) {
        trace::setCurrent(object);
        delete m_sockets.value(object);
    }
    trace::setCurrent("v");
    delete m_server;
}
