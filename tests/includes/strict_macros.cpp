// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The macros with which strict programs disable Qt features.

#define QT_NO_KEYWORDS
#define QT_NO_FOREACH
#define QT_NO_CAST_FROM_ASCII
#define QT_NO_CAST_TO_ASCII
#define QT_NO_CAST_FROM_BYTEARRAY
#define QT_NO_URL_CAST_FROM_STRING
#define QT_NO_NARROWING_CONVERSIONS_IN_CONNECT
#define QT_STRICT_ITERATORS
#define QT_USE_QSTRINGBUILDER

#include <QLocalServer>
#include <QLocalSocket>

// The program may use these words.
int signals(int slots)
{
    int emit = slots;
    return emit;
}

#include "class_view.h"

CLASS_VIEW(strictMacros)
