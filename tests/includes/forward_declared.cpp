// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Forward declarations before any header.

class QLocalSocket;
class QLocalServer;

QLocalSocket *takesBoth(QLocalServer *, QLocalSocket *socket);

#include <QLocalServer>
#include <QLocalSocket>

QLocalSocket *takesBoth(QLocalServer *, QLocalSocket *socket)
{
    return socket;
}

#include "class_view.h"

CLASS_VIEW(forwardDeclared)
