// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A forward declaration between Qt's namespace macros, after a header that also has one.

#include <QtNetwork/qtnetworkglobal.h>

QT_BEGIN_NAMESPACE
class QLocalSocket;
class QLocalServer;
QT_END_NAMESPACE

struct Owner
{
    QLocalSocket *socket = nullptr;
    QLocalServer *server = nullptr;
};

#include <QtNetwork>

#include "class_view.h"

CLASS_VIEW(forwardDeclaredInQt)
