// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "process.h"

#include <QtCore/QList>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

// Far more than the longest script takes. A limit on processor time finds a busy loop soon, even on
// a busy machine.
constexpr unsigned hangSeconds = 30;
constexpr itimerval spinTime = { {}, { 1, 0 } };

constexpr size_t longestRequest = 4096;
constexpr char leaveRequest[] = "leave";
constexpr char vanishRequest[] = "vanish";

} // namespace

void Process::startWatchdog()
{
    ::alarm(hangSeconds);
    ::setitimer(ITIMER_PROF, &spinTime, nullptr);
}

int Process::split()
{
    int ends[2] = { -1, -1 };
    ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
    m_process = ::fork();
    if (m_process == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::close(ends[0]);
        return ends[1];
    }
    ::close(ends[1]);
    m_descriptor = ends[0];
    return -1;
}

void Process::fork(const Play &play)
{
    const int descriptor = split();
    if (descriptor != -1) {
        startWatchdog();
        serve(descriptor, play);
    }
}

void Process::exec(QList<QByteArray> arguments)
{
    const int descriptor = split();
    if (descriptor == -1)
        return;
    arguments.append(QByteArray::number(::dup(descriptor)));
    std::vector<char *> pointers;
    for (QByteArray &argument : arguments)
        pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    ::execv("/proc/self/exe", pointers.data());
    ::_exit(1);
}

void Process::serve(int descriptor, const Play &play)
{
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    std::array<char, longestRequest> request;
    for (;;) {
        const ssize_t size = ::recv(descriptor, request.data(), request.size(), 0);
        if (size <= 0 || QByteArray(request.data(), size) == vanishRequest)
            ::_exit(0);
        const QByteArray text(request.data(), size);
        if (text == leaveRequest)
            std::exit(0);
        const char answer = play(text);
        ::send(descriptor, &answer, 1, MSG_NOSIGNAL);
    }
}

bool Process::ask(const QByteArray &request)
{
    char answer = 0;
    ::send(m_descriptor, request.constData(), size_t(request.size()), MSG_NOSIGNAL);
    if (::recv(m_descriptor, &answer, 1, 0) != 1)
        dieAlike();
    return answer;
}

void Process::leave(bool atOnce)
{
    const QByteArray request = atOnce ? vanishRequest : leaveRequest;
    ::send(m_descriptor, request.constData(), size_t(request.size()), MSG_NOSIGNAL);
    int status = 0;
    ::waitpid(m_process, &status, 0);
    ::close(m_descriptor);
    m_process = 0;
    if (WIFSIGNALED(status))
        ::raise(WTERMSIG(status));
}

void Process::dieAlike()
{
    int status = 0;
    ::waitpid(m_process, &status, 0);
    if (WIFSIGNALED(status))
        ::raise(WTERMSIG(status));
    ::_exit(WEXITSTATUS(status) ? WEXITSTATUS(status) : 1);
}
