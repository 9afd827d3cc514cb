// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Plays scripts from standard input, each in its own process and folder, and prints their traces. A
// script ends with an empty line, its trace with a line `=` and how it ended.

#include "loop.h"
#include "process.h"
#include "script.h"
#include "trace.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QTemporaryDir>

#include <cstdio>
#include <iostream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

void begin(const QByteArray &loop, bool recordsCalls, const QByteArray &folder,
           const QByteArray &suffix)
{
    Process::startWatchdog();
    qputenv("TMPDIR", folder);
    Loop::choose(loop);
    if (recordsCalls)
        trace::recordCalls();
    trace::mask(folder, "TMP");
    trace::mask(suffix, "");
    trace::catchWarnings();
}

[[noreturn]] void play(int argc, char **argv, const QByteArray &folder,
                       const QList<QByteArray> &steps)
{
    const QByteArray &first = steps.first();
    const QByteArray suffix = "-qlocal-" + QByteArray::number(::getpid());
    begin(first.startsWith("loop ") ? first.mid(5) : QByteArray("qt"), steps.contains("virtuals"),
          folder, suffix);
    QCoreApplication application(argc, argv);
    {
        Script script(folder, suffix);
        script.run(steps);
    }
    ::_exit(0);
}

// The arguments are those passed by Script.
[[noreturn]] void playSecond(int argc, char **argv)
{
    begin(argv[2], QByteArray(argv[5]) == "1", argv[3], argv[4]);
    QCoreApplication application(argc, argv);
    Script script(argv[3], argv[4], true);
    script.serve(QByteArray(argv[6]).toInt());
}

std::string ending(int status)
{
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGPROF))
        return "hang";
    if (WIFSIGNALED(status))
        return "crash " + std::to_string(WTERMSIG(status));
    return "exit " + std::to_string(WEXITSTATUS(status));
}

void playApart(int argc, char **argv, const QList<QByteArray> &steps)
{
    const QTemporaryDir folder;
    const pid_t child = ::fork();
    if (child == 0)
        play(argc, argv, folder.path().toUtf8(), steps);
    int status = 0;
    ::waitpid(child, &status, 0);
    std::cout << "=\t" << ending(status) << std::endl;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc > 6)
        playSecond(argc, argv);
    QList<QByteArray> steps;
    for (std::string line; std::getline(std::cin, line);) {
        if (line.empty()) {
            playApart(argc, argv, steps);
            steps.clear();
        } else {
            steps.append(QByteArray::fromStdString(line));
        }
    }
    return 0;
}
