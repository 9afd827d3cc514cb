// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Values of C++ that properties have and signals bring.

#ifndef QLOCAL_QML_VALUES_H
#define QLOCAL_QML_VALUES_H

#include <QtQml/qqml.h>
#include <qlocal/server.h>

namespace qlocal {

struct PeerCredentialsValue
{
    Q_GADGET
    QML_FOREIGN(qlocal::PeerCredentials)
    QML_ANONYMOUS
};

struct ServerCountersValue
{
    Q_GADGET
    QML_FOREIGN(qlocal::ServerCounters)
    QML_ANONYMOUS
};

} // namespace qlocal

#endif // QLOCAL_QML_VALUES_H
