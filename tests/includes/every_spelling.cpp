// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Every spelling, one after the other.

#include "qlocalserver.h"
#include <QtNetwork/qlocalserver.h>
#include <QtNetwork/QLocalServer>
#include <QLocalServer>
#include "qlocalsocket.h"
#include <QtNetwork/qlocalsocket.h>
#include <QtNetwork/QLocalSocket>
#include <QLocalSocket>
#include <QtNetwork/QtNetwork>
#include <QtNetwork>

#include "class_view.h"

CLASS_VIEW(everySpelling)
