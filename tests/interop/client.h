// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The functions of a client, see side.h.

#ifndef QLOCAL_TESTS_CLIENT_H
#define QLOCAL_TESTS_CLIENT_H

#include "side.h"

namespace interop {

QString exchange(const QString &path, const Exchange &exchange);
QString oneWay(const QString &path, const OneWay &oneWay);
QString storm(const QString &path, const Storm &storm);
QString relay(const QString &path, const Seat &seat);
QString outlive(const QString &path, int connections, const std::function<void()> &end);
QString census(const QString &path, int connectionsSoFar);

} // namespace interop

#endif // QLOCAL_TESTS_CLIENT_H
