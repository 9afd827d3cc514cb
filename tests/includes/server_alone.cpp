// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The server's header is enough for a program that only listens.

#include <QLocalServer>

#include "class_view.h"

// Only a pointer to a socket is guaranteed to compile.
QLocalSocket *takeFrom(QLocalServer &server)
{
    return server.nextPendingConnection();
}

ClassView serverAlone()
{
    return { {}, sideOf<QLocalServer>() };
}
