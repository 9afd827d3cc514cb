// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The figures of staying connected.

#ifndef QLOCAL_TESTS_RECONNECT_FIGURES_H
#define QLOCAL_TESTS_RECONNECT_FIGURES_H

/// Prints how soon a server is met after it has appeared, and the processor time of a thousand clients that wait for
/// `seconds`.
void printFigures(int seconds);

#endif // QLOCAL_TESTS_RECONNECT_FIGURES_H
