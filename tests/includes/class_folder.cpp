// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Each class's header by its full name, the server first.

#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

#include "class_view.h"

CLASS_VIEW(classFolder)
