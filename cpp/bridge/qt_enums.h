// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Qt's enums that the engine's states and errors are converted to.

#ifndef _QLOCAL_QT_ENUMS_H
#define _QLOCAL_QT_ENUMS_H

#include <QtNetwork/qabstractsocket.h>

namespace _QLocal {

using SocketState = QAbstractSocket::SocketState;
using SocketError = QAbstractSocket::SocketError;

} // namespace _QLocal

#endif // _QLOCAL_QT_ENUMS_H
