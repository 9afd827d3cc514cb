// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A script of calls of both classes, and the objects that it plays on.
//
// Each line is a step:
//   <object> <verb> [arguments]      a call: `v` is the server, `c1`.. are clients, `a1`.. accepted
//   settle                           the event loop runs until nothing happens any more
//   on <object> <signal> <n> <step>  does the step inside the n-th emission of that signal
// A change of state counts as a signal of the name of the state.

#ifndef QLOCAL_TESTS_DIFFERENTIAL_SCRIPT_H
#define QLOCAL_TESTS_DIFFERENTIAL_SCRIPT_H

#include <QtCore/QByteArray>
#include <QtCore/QList>
#include <QtCore/QMap>
#include <QtCore/QPointer>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

class Script
{
public:
    /// `suffix` goes after abstract names, which all processes of the machine share.
    explicit Script(const QByteArray &suffix);

    void run(const QList<QByteArray> &steps);

private:
    struct Hook
    {
        QByteArray object;
        QByteArray signal;
        int emission;
        QByteArray step;
    };

    void step(const QByteArray &text);
    void settle();
    void addHook(const QList<QByteArray> &words);
    void signalled(const QByteArray &object, const QByteArray &signal, const QByteArray &text);
    void printChanges();
    void end();

    void call(const QByteArray &object, const QList<QByteArray> &words);
    QByteArray callServer(const QList<QByteArray> &words);
    QByteArray callSocket(const QByteArray &object, QLocalSocket *socket,
                          const QList<QByteArray> &words);
    QByteArray callReader(QLocalSocket *socket, const QList<QByteArray> &words);
    QByteArray callWaiter(QLocalSocket *socket, const QList<QByteArray> &words);

    void watch(const QByteArray &object, QLocalSocket *socket);
    QByteArray accept();
    QByteArray write(const QByteArray &object, QLocalSocket *socket, int size);
    QString name(const QByteArray &word, bool abstract) const;

    QByteArray m_suffix;
    QPointer<QLocalServer> m_server;
    QMap<QByteArray, QPointer<QLocalSocket>> m_sockets;
    QMap<QByteArray, QByteArray> m_shown;
    QMap<QByteArray, int> m_emissions;
    QMap<QByteArray, int> m_written;
    QList<Hook> m_hooks;
};

#endif // QLOCAL_TESTS_DIFFERENTIAL_SCRIPT_H
