// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The whole module, then each class's own header.

#include <QtNetwork>
#include <QLocalServer>
#include <QLocalSocket>

#include "class_view.h"

CLASS_VIEW(networkThenSocket)
