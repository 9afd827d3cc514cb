// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "descriptors.h"

#include <algorithm>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace {

constexpr int numberOfNone = 1000;

int fresh()
{
    return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

template<typename Call>
int named(Call call, const QByteArray &path)
{
    const int descriptor = fresh();
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    call(descriptor, reinterpret_cast<const sockaddr *>(&address), socklen_t(sizeof address));
    return descriptor;
}

} // namespace

int Descriptors::socket(const QByteArray &kind)
{
    int ends[2] = { -1, -1 };
    if (kind == "live")
        return named(::connect, m_folder + "/n1");
    if (kind == "other")
        return std::exchange(m_other, -1);
    if (kind == "pair" || kind == "lonely")
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends);
    if (kind == "pair")
        m_other = ends[1];
    if (kind == "lonely")
        ::close(ends[1]);
    if (kind == "fresh")
        return fresh();
    return kind == "closed" ? numberOfNone : ends[0];
}

int Descriptors::server(const QByteArray &kind)
{
    if (kind == "fresh")
        return fresh();
    if (kind != "bound" && kind != "listening")
        return kind == "closed" ? numberOfNone : -1;
    const int descriptor = named(::bind, m_folder + "/d" + QByteArray::number(++m_bound));
    if (kind == "listening")
        ::listen(descriptor, 50);
    return descriptor;
}
