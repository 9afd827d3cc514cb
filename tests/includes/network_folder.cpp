// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The whole module by its full name.

#include <QtNetwork/QtNetwork>
#include <QtNetwork/QLocalServer>

#include "class_view.h"

CLASS_VIEW(networkFolder)
