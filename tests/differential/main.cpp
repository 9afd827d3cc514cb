// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Plays scripts from standard input, each in a process of its own and in a folder of its own, and
// prints their traces. A script ends with an empty line, its trace with a line `=` and how it ended.

#include "script.h"
#include "trace.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QTemporaryDir>

#include <cstdio>
#include <iostream>
#include <string>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// Far more than the longest script takes. Time on a processor finds who spins soon, on a busy
// machine too.
constexpr unsigned hangSeconds = 30;
constexpr itimerval spinTime = { {}, { 1, 0 } };

[[noreturn]] void play(int argc, char **argv, const QByteArray &folder,
                       const QList<QByteArray> &steps)
{
    ::alarm(hangSeconds);
    ::setitimer(ITIMER_PROF, &spinTime, nullptr);
    qputenv("TMPDIR", folder);
    QCoreApplication application(argc, argv);
    const QByteArray suffix = "-qlocal-" + QByteArray::number(::getpid());
    trace::mask(folder, "TMP");
    trace::mask(suffix, "");
    trace::catchWarnings();
    {
        Script script(folder, suffix);
        script.run(steps);
    }
    ::_exit(0);
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
