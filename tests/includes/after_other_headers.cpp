// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// After system headers, other Qt modules, and other classes of this module.

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <QtCore>
#include <QtNetwork/QAbstractSocket>
#include <QtNetwork/QHostAddress>
#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>
#include <QtTest/QtTest>

#include <QLocalServer>
#include <QLocalSocket>

#include "class_view.h"

CLASS_VIEW(afterOtherHeaders)
