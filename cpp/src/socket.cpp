// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <qlocal/socket.h>

namespace qlocal {

Socket::Socket(QObject *parent) : QLocalSocket(parent) { }

Socket::~Socket() = default;

} // namespace qlocal
