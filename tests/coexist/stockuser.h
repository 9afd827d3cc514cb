// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A library independent of this project: it is compiled against stock QtNetwork, and uses its local
// sockets behind functions that name neither class.

#ifndef QLOCAL_TESTS_STOCKUSER_H
#define QLOCAL_TESTS_STOCKUSER_H

#include <QtCore/QByteArray>
#include <QtCore/QObject>
#include <QtCore/QString>

#ifdef STOCKUSER_BUILD
#  define STOCKUSER_EXPORT Q_DECL_EXPORT
#else
#  define STOCKUSER_EXPORT Q_DECL_IMPORT
#endif

namespace stockuser {

struct Side
{
    const char *className;
    const char *typeName;
    const void *metaObject;
};

STOCKUSER_EXPORT Side socketSide();
STOCKUSER_EXPORT Side serverSide();

/// An echo server in the caller's thread, as an opaque child of `parent`; null if it cannot listen.
STOCKUSER_EXPORT QObject *startEcho(const QString &name, QObject *parent);

/// A socket that connects to a server; its signals can be connected to by string.
STOCKUSER_EXPORT QObject *connectTo(const QString &name, QObject *parent);

/// Asks a server with blocking calls; empty on failure.
STOCKUSER_EXPORT QByteArray ask(const QString &name, const QByteArray &question);

/// A conversation of a pair inside the library, through the event loop; returns the answer.
STOCKUSER_EXPORT QByteArray askOwnServer(const QString &name, const QByteArray &question);

} // namespace stockuser

#endif // QLOCAL_TESTS_STOCKUSER_H
