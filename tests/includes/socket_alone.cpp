// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The socket's header is enough for a program without a server.

#include <QLocalSocket>

#include "class_view.h"

ClassView socketAlone()
{
    return { sideOf<QLocalSocket>(), {} };
}
