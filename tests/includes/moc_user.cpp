// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A moc'ed class that uses a forward declaration of the socket.

#include "moc_user.h"

#include <QLocalServer>
#include <QLocalSocket>

#include "class_view.h"

CLASS_VIEW(mocUser)
