// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Succeeds if the library and the program recognise each other's servers.

#include "library.h"

#include <QCoreApplication>
#include <QLocalServer>

#include <memory>

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    QObject parent;
    auto *own = new QLocalServer(&parent);
    const std::unique_ptr<QLocalServer> theirs(newServer());
    return isServer(own) && hasServer(&parent) && qobject_cast<QLocalServer *>(theirs.get()) ? 0
                                                                                             : 1;
}
