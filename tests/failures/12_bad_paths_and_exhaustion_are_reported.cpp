// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A bad path is reported as nonexistent, for servers and clients, and a lack of descriptors as a
// resource error.

#include "exhaustion.h"
#include "fact.h"

#include <QtCore/QTemporaryDir>

namespace {

QAbstractSocket::SocketError listenError(const QString &name)
{
    // A previous errno must not matter.
    errno = EBUSY;
    QLocalServer server;
    HOLDS(!server.listen(name));
    HOLDS(!server.errorString().isEmpty());
    return server.serverError();
}

QLocalSocket::LocalSocketError connectError(const QString &name)
{
    errno = EBUSY;
    QLocalSocket socket;
    int reported = 0;
    QObject::connect(&socket, &QLocalSocket::errorOccurred, [&reported] { ++reported; });
    socket.connectToServer(name);
    HOLDS(reported == 1 && !socket.errorString().isEmpty());
    return socket.error();
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog;
    NEEDS(testing::allowDescriptors(64));
    const QTemporaryDir folder;
    QFile file(folder.filePath("file"));
    NEEDS(file.open(QIODevice::WriteOnly));
    const QByteArray loop = QFile::encodeName(folder.filePath("loop"));
    NEEDS(::symlink(loop.constData(), loop.constData()) == 0);
    const QStringList badPaths {
        folder.filePath("file/socket"),
        folder.filePath("loop/socket"),
        folder.filePath(QString(300, u'x')),
        folder.filePath(QString(300, u'x') + "/socket"),
    };
    for (const QString &path : badPaths) {
        HOLDS(listenError(path) == QAbstractSocket::HostNotFoundError);
        HOLDS(connectError(path) == QLocalSocket::ServerNotFoundError);
    }

    QLocalServer server;
    NEEDS(server.listen(testing::uniqueName("full")));
    const testing::Exhaustion exhaustion;
    HOLDS(listenError(folder.filePath("full")) == QAbstractSocket::SocketResourceError);
    HOLDS(connectError(server.fullServerName()) == QLocalSocket::SocketResourceError);
}
