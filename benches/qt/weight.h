// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_BENCHES_WEIGHT_H
#define QLOCAL_BENCHES_WEIGHT_H

#include "run.h"

#include <QtCore/QProcess>

/// The memory growth of the server's process per accepted connection, in bytes; the clients are in
/// another process.
class Weight : public Run
{
    Q_OBJECT

public:
    Weight(const Workload &workload, const QString &serverName, int timeoutSeconds);

protected:
    bool measure(const Amount &amount) override;

private:
    QProcess m_holder;
};

#endif // QLOCAL_BENCHES_WEIGHT_H
