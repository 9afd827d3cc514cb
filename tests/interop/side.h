// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// One implementation of the local sockets in the pairing tests, behind functions that name none of
// its classes.
//
// The same sources are compiled into two libraries, one against this project and one against stock
// Qt. A client of either library connects to the service of either. The client functions run an
// event loop in the calling thread, and return an error message, or nothing.

#ifndef QLOCAL_TESTS_SIDE_H
#define QLOCAL_TESTS_SIDE_H

#include <QtCore/QObject>
#include <QtCore/QString>

#include <functional>
#include <memory>

#ifdef INTEROP_BUILD
#  define INTEROP_EXPORT Q_DECL_EXPORT
#else
#  define INTEROP_EXPORT Q_DECL_IMPORT
#endif

namespace interop {

/// `connections` connections are open at once; each sends `rounds` messages of `size` bytes, one
/// after the other, and receives each back. `idle` others are open meanwhile and send nothing.
struct Exchange
{
    int connections;
    int rounds;
    int size;
    int idle = 0;
};

/// One side calls `write` this many times with `size` bytes, letting the event loop turn
/// occasionally; the other reads.
struct OneWay
{
    bool toServer;
    int writes;
    int size;
    bool slowReader = false;
};

/// Connections that are opened one after the other, exchange a byte, and are closed.
struct Storm
{
    int times;
    bool serverCloses;
    /// Whether one socket is used for all of them.
    bool oneSocket;
};

/// A member of a ring: the server relays what `number` sends to the next of `parties`.
struct Seat
{
    int number;
    int parties;
    qsizetype size;
};

struct Side
{
    /// A service in the calling thread, or null when it can't listen.
    std::unique_ptr<QObject> (*serve)(const QString &path);

    QString (*exchange)(const QString &path, const Exchange &exchange);
    QString (*oneWay)(const QString &path, const OneWay &oneWay);
    QString (*storm)(const QString &path, const Storm &storm);
    QString (*relay)(const QString &path, const Seat &seat);

    /// Connects this many sockets, calls `end`, which has to end the server, and waits until each
    /// has announced that.
    QString (*outlive)(const QString &path, int connections, const std::function<void()> &end);

    /// Waits until the server has no other connections, and checks how many it has had and how they
    /// ended.
    QString (*census)(const QString &path, int connectionsSoFar);
};

INTEROP_EXPORT const Side &qlocalSide();
INTEROP_EXPORT const Side &stockSide();

} // namespace interop

#endif // QLOCAL_TESTS_SIDE_H
