// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The whole module by its short name, and nothing else.

#include <QtNetwork>

#include "face.h"

FACE(networkAlone)
