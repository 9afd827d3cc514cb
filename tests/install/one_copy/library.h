// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef LIBRARY_H
#define LIBRARY_H

#include <QtCore/QObject>

class QLocalServer;

Q_DECL_EXPORT bool isServer(QObject *object);
Q_DECL_EXPORT bool hasServer(QObject *parent);
Q_DECL_EXPORT QLocalServer *newServer();

#endif // LIBRARY_H
