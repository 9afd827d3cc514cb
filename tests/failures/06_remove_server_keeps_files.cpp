// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// removeServer() removes sockets, and no other file.

#include "fact.h"

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog;
    const QString path = fact::path("file");
    QFile file(path);
    NEEDS(file.open(QIODevice::WriteOnly) && file.write("precious") == 8);
    file.close();
    const bool answer = QLocalServer::removeServer(path);
    const bool isThere = QFile::exists(path);
    QFile::remove(path);
    HOLDS(isThere);
    HOLDS(!answer);
}
