// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_HELDCONNECTIONS_H
#define QLOCAL_BENCHES_HELDCONNECTIONS_H

#include "exchange.h"

/// Opens many connections one after the other and holds them; the figure is microseconds per
/// connection.
///
/// Amount::count says how many of them are timed: those, in ten parts from the first to the last,
/// are accepted in the event loop, the others by waiting. At the end a byte makes a round trip over
/// each connection.
class HeldConnections : public Exchange
{
    Q_OBJECT

public:
    using Exchange::Exchange;

protected:
    bool measure(const Amount &amount) override;
};

#endif // QLOCAL_BENCHES_HELDCONNECTIONS_H
