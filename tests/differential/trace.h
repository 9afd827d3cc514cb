// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The trace of a script: one line for each call, signal, warning and change of state.

#ifndef QLOCAL_TESTS_DIFFERENTIAL_TRACE_H
#define QLOCAL_TESTS_DIFFERENTIAL_TRACE_H

#include <QtCore/QByteArray>
#include <QtCore/QString>

class QLocalServer;
class QLocalSocket;

namespace trace {

/// Prints a line about `object`; every line is flushed, so that a crash loses none.
void line(const QByteArray &object, const QByteArray &text);

/// Prints a call of a virtual function of `object` if calls are recorded: from recordCalls() on,
/// but not for queries by the driver itself.
void call(const QByteArray &object, const QByteArray &text);
void recordCalls();
bool recordsCalls();

class Unrecorded
{
public:
    Unrecorded();
    ~Unrecorded();
    Unrecorded(const Unrecorded &) = delete;
    Unrecorded &operator=(const Unrecorded &) = delete;
};

/// The number of lines so far: as long as it grows something is happening.
int lines();

/// Registers a text that differs from run to run, and what is printed in its place.
void mask(const QByteArray &text, const QByteArray &shown);

/// Prints Qt's warnings as lines about the object whose call is in progress.
void catchWarnings();
void setCurrent(const QByteArray &object);

/// Short data as it is, otherwise its size and a checksum.
QByteArray bytes(const QByteArray &data);

QByteArray stateName(int state);

/// The state that a program can query from a socket or a server, in one line.
QByteArray summary(const QLocalSocket &socket);
QByteArray summary(const QLocalServer &server);

} // namespace trace

#endif // QLOCAL_TESTS_DIFFERENTIAL_TRACE_H
