// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Qt's macro for forward declarations, before and after the headers.

#include <QtCore/qglobal.h>

QT_FORWARD_DECLARE_CLASS(QLocalServer)
QT_FORWARD_DECLARE_CLASS(QLocalSocket)

#include <QLocalServer>
#include <QLocalSocket>

QT_FORWARD_DECLARE_CLASS(QLocalServer)
QT_FORWARD_DECLARE_CLASS(QLocalSocket)
class QLocalSocket;

#include "class_view.h"

CLASS_VIEW(forwardDeclaredByMacro)
