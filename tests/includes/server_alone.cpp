// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The server's header is enough for a program that only listens.

#include <QLocalServer>

#include "face.h"

// The pointer is all that is known of a socket for certain.
QLocalSocket *takeFrom(QLocalServer &server)
{
    return server.nextPendingConnection();
}

Face serverAlone()
{
    return { {}, sideOf<QLocalServer>() };
}
