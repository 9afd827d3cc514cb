// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Behind the headers of the system, of other Qt modules and of other classes of this one.

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

#include "face.h"

FACE(afterOtherHeaders)
