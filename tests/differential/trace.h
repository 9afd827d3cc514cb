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

/// Prints a line about `object`; every line is out at once, so that a crash loses none.
void line(const QByteArray &object, const QByteArray &text);

/// Prints that a virtual function of `object` is called, when calls are recorded: from recordCalls() on,
/// but not while the driver itself asks for something.
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

/// How many lines there were: as long as it grows something goes on.
int lines();

/// Texts that differ from run to run, and what is printed in their place.
void mask(const QByteArray &text, const QByteArray &shown);

/// Has the warnings of Qt printed as lines about the object whose call goes on.
void catchWarnings();
void setCurrent(const QByteArray &object);

/// Bytes as they are when they are few, else their number and a checksum.
QByteArray bytes(const QByteArray &data);

QByteArray stateName(int state);

/// What a program can ask a socket or a server for, in one line.
QByteArray summary(const QLocalSocket &socket);
QByteArray summary(const QLocalServer &server);

} // namespace trace

#endif // QLOCAL_TESTS_DIFFERENTIAL_TRACE_H
