// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// An accept error ends nothing: the server keeps listening, reports it, and accepts once it can
// again.

#include "exhaustion.h"
#include "fact.h"

#include <QtCore/QSocketNotifier>

namespace {

#ifdef QLOCAL_DROPIN
using Server = qlocal::Server;
#else
using Server = QLocalServer;
#endif

void descriptorsRunOut()
{
    Server server;
    NEEDS(server.listen(testing::uniqueName("accept")));
    const QString path = server.fullServerName();
    int reported = 0;
#ifdef QLOCAL_DROPIN
    QObject::connect(&server, &Server::acceptError, [&server, &reported] {
        ++reported;
        const qlocal::Error error = server.lastError();
        HOLDS(error.kind() == qlocal::Error::ResourceExhausted);
        HOLDS(error.numberName() == "EMFILE" && error.operation() == "accept");
    });
#endif
    int client = -1;
    {
        const testing::Exhaustion exhaustion(1);
        client = fact::connectTo(path);
        NEEDS(client >= 0);
        fact::turnFor(200);
        HOLDS(server.isListening());
        HOLDS(QFile::exists(path));
        HOLDS(reported == 1);
        HOLDS(server.serverError() == QAbstractSocket::SocketResourceError);
    }
    HOLDS(fact::turnUntil([&server] { return server.hasPendingConnections(); }));
    ::close(client);
}

/// Another process may have taken the connection already: then there is none, which is not an
/// error.
void connectionIsGone()
{
    const QString path = fact::path("spurious");
    const int listening = fact::listenAt(path, 5);
    NEEDS(listening >= 0);
    const int copy = ::dup(listening);
    int taken = 0;
    // It comes first, and both are activated by the same poll.
    QSocketNotifier otherReader(copy, QSocketNotifier::Read);
    QObject::connect(&otherReader, &QSocketNotifier::activated, [copy, &taken] {
        const int connection = ::accept(copy, nullptr, nullptr);
        if (connection >= 0)
            ::close(connection);
        ++taken;
    });
    QLocalServer server;
    NEEDS(server.listen(qintptr(listening)));
    const int client = fact::connectTo(path);
    NEEDS(client >= 0);
    fact::turnUntil([&taken] { return taken > 0; });
    fact::turnFor(100);
    HOLDS(server.isListening());
    HOLDS(QFile::exists(path));
    ::close(client);
    ::close(copy);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog;
    NEEDS(testing::allowDescriptors(64));
    connectionIsGone();
    descriptorsRunOut();
}
