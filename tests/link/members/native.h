// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef NATIVE_H
#define NATIVE_H

#include <qlocal/server.h>

/// Admits sockets that it creates itself.
class NativeServer : public qlocal::Server
{
    Q_OBJECT

public:
    using qlocal::Server::Server;

protected:
    void incomingConnection(quintptr socketDescriptor) override;
};

/// Names every member of the native classes. Returns false if a connection is not as expected.
bool nativeClassesServe(const QString &name);

#endif // NATIVE_H
