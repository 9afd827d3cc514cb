// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Only the whole module by its short name.

#include <QtNetwork>

#include "class_view.h"

CLASS_VIEW(networkAlone)
