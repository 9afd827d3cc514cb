// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The threads of a process, and objects that move between them.

#ifndef QLOCAL_TESTS_SOAK_THREADS_H
#define QLOCAL_TESTS_SOAK_THREADS_H

class QObject;

namespace threads {

/// Starts two threads in addition to the main one.
void start();

/// Ends them.
void stop();

/// Moves an object without a parent to any of the threads; call it in the thread of the object.
void moveAnywhere(QObject *object);

} // namespace threads

#endif // QLOCAL_TESTS_SOAK_THREADS_H
