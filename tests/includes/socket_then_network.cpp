// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Each class's own header, then the whole module.

#include <QLocalSocket>
#include <QLocalServer>
#include <QtNetwork>

#include "class_view.h"

CLASS_VIEW(socketThenNetwork)
