// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The files behind the class headers, in quotes.

#include "qlocalsocket.h"
#include "qlocalserver.h"

#include "class_view.h"

CLASS_VIEW(fileQuoted)
