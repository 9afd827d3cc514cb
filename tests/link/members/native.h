// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef NATIVE_H
#define NATIVE_H

#include <qlocal/server.h>

/// Admits sockets that it makes itself.
class NativeServer : public qlocal::Server
{
    Q_OBJECT

public:
    using qlocal::Server::Server;

protected:
    void incomingConnection(quintptr socketDescriptor) override;
};

/// Names every member of the native classes. False when a connection is not what it should be.
bool nativeClassesServe(const QString &name);

#endif // NATIVE_H
