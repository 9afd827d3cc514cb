// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Headers that nearly every test includes; not QtTest, which differs between folders. Each test
// still includes what it uses.

#ifndef QLOCAL_TEST_PRECOMPILED_H
#define QLOCAL_TEST_PRECOMPILED_H

#include <QtCore/QtCore>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#endif // QLOCAL_TEST_PRECOMPILED_H
