// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "library.h"

#include <QLocalServer>

bool isServer(QObject *object)
{
    return qobject_cast<QLocalServer *>(object);
}

bool hasServer(QObject *parent)
{
    return parent->findChildren<QLocalServer *>().size() == 1;
}

QLocalServer *newServer()
{
    return new QLocalServer;
}
