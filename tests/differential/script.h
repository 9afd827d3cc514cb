// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A script of calls to both classes, and its objects.
//
// Each line is a step:
//   virtuals                         the trace shows the calls of virtual functions, as of a subclass
//   loop <kind>                      first of all: which event loop runs, see Loop::choose()
//   <object> <verb> [arguments]      a call: `v` and `w` are servers, `c1`.. clients, `a1`.. accepted
//   settle                           an event loop runs without a pause until nothing happens any more
//   rest                             the same with a loop that blocks between its turns
//   poll                             the same by single turns, with no loop at all
//   exclude                          the same by processEvents(ExcludeSocketNotifiers)
//   fork                             a second process starts as a copy of this one
//   exec                             a second process starts from the program
//   leave                            the second process ends by exit(), with its objects as they are
//   vanish                           the same by _exit()
//   on <object> <signal> <n> <step>  does the step inside the n-th emission of that signal
// A change of state counts as a signal of the name of the state. For the verbs see calls.cpp.
//
// The objects of the second process have names in capitals: `V`, `C1`, `A1`. While it does what a
// step says the first one waits. Outside of handlers `settle` and its like turn both in turn until
// nothing happens in either.

#ifndef QLOCAL_TESTS_DIFFERENTIAL_SCRIPT_H
#define QLOCAL_TESTS_DIFFERENTIAL_SCRIPT_H

#include "descriptors.h"
#include "process.h"

#include <QtCore/QByteArray>
#include <QtCore/QElapsedTimer>
#include <QtCore/QList>
#include <QtCore/QMap>
#include <QtCore/QPointer>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

class Script
{
public:
    /// Files are in `folder`; `suffix` goes after abstract names, which all processes share.
    Script(const QByteArray &folder, const QByteArray &suffix, bool isSecond = false);

    void run(const QList<QByteArray> &steps);

    /// The body of a second process that was started from the program.
    [[noreturn]] void serve(int descriptor);

private:
    struct Hook
    {
        QByteArray object;
        QByteArray signal;
        int emission;
        QByteArray step;
    };

    /// How long nothing has happened, and the state seen meanwhile.
    struct Quiet
    {
        int turns = 0;
        qint64 nsecs = 0;
        QElapsedTimer turn;
        int lines = -1;
        qint64 bytes = 0;
    };

    static constexpr int clients = 4;

    void step(const QByteArray &text);
    bool turn(const QByteArray &how);
    bool turnHere(const QByteArray &how);
    void settle(int interval, int turns);
    void poll(void (*turn)());
    static void startTurning();
    bool isQuiet(Quiet &quiet, int turns) const;
    qint64 bytes() const;
    void startProcess(const QByteArray &how);
    void becomeSecond();
    bool playAsked(const QByteArray &request);
    QByteArray own(const QByteArray &object) const;
    void addHook(const QList<QByteArray> &words);
    void signalled(const QByteArray &name, const QByteArray &signal, const QByteArray &text);
    void printChanges();
    void end();

    void call(const QByteArray &object, const QList<QByteArray> &words);
    QByteArray callServer(const QByteArray &object, const QList<QByteArray> &words);
    QByteArray callSocket(const QByteArray &object, QLocalSocket *socket,
                          const QList<QByteArray> &words);
    QByteArray callReader(QLocalSocket *socket, const QList<QByteArray> &words);
    QByteArray callTransaction(QLocalSocket *socket, const QByteArray &verb);
    QByteArray callWaiter(QLocalSocket *socket, const QList<QByteArray> &words);

    void watch(const QByteArray &name, QLocalServer *server);
    void watch(const QByteArray &name, QLocalSocket *socket);
    QByteArray accept(QLocalServer *server);
    QByteArray write(const QByteArray &object, QLocalSocket *socket, int size);
    static void setSendBuffer(const QLocalSocket *socket, int size);
    QString name(const QByteArray &word, bool abstract) const;

    /// The number of nested loops.
    int m_depth = 0;
    /// The number of nested handlers.
    int m_handlers = 0;
    bool m_isSecond;
    Process m_second;
    QByteArray m_folder;
    QByteArray m_suffix;
    Descriptors m_descriptors;
    QMap<QByteArray, QPointer<QLocalServer>> m_servers;
    QMap<QByteArray, QPointer<QLocalSocket>> m_sockets;
    QMap<QByteArray, QByteArray> m_shown;
    QMap<QByteArray, int> m_emissions;
    QMap<QByteArray, int> m_written;
    QList<Hook> m_hooks;
};

#endif // QLOCAL_TESTS_DIFFERENTIAL_SCRIPT_H
