// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Threads that each have one socket, or none, and a short event loop: the difference is the cost of
// a thread's first socket. A test counts its system calls.

#include <QtCore/QCoreApplication>
#include <QtCore/QEventLoop>
#include <QtCore/QThread>
#include <QtNetwork/QLocalSocket>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

namespace {

void haveASocket()
{
    QLocalSocket socket;
    socket.connectToServer(QStringLiteral("/"));
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const int threads = argc == 3 ? std::atoi(argv[1]) : 0;
    const bool haveSockets = argc == 3 && std::atoi(argv[2]) != 0;
    if (threads < 1) {
        std::fprintf(stderr, "Usage: bench_firstsocket THREADS HAVE_SOCKETS\n");
        return 1;
    }
    // Exclude the one-time cost of the process.
    if (haveSockets)
        haveASocket();
    for (int index = 0; index < threads; ++index) {
        std::unique_ptr<QThread> thread(QThread::create([haveSockets] {
            QEventLoop loop;
            if (haveSockets)
                haveASocket();
            QCoreApplication::processEvents();
        }));
        thread->start();
        thread->wait();
    }
}
