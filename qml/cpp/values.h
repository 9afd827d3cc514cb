// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// C++ value types of properties and signal arguments.

#ifndef QLOCAL_QML_VALUES_H
#define QLOCAL_QML_VALUES_H

#include "descriptorvalue.h"
#include "instancebase.h"

#include <QtCore/qobject.h>
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

struct LocalDescriptorValue
{
    Q_GADGET
    QML_FOREIGN(qlocal::LocalDescriptor)
    QML_ANONYMOUS
};

struct HandOverValue
{
    Q_GADGET
    QML_FOREIGN(qlocal::HandOver)
    QML_ANONYMOUS
};

struct LocalHandOverValue
{
    Q_GADGET
    QML_FOREIGN(qlocal::LocalHandOver)
    QML_ANONYMOUS
};

struct LocalReplyValue
{
    Q_GADGET
    QML_FOREIGN(qlocal::LocalReply)
    QML_ANONYMOUS
};

struct ErrorValue
{
    Q_GADGET
    QML_FOREIGN(qlocal::Error)
    QML_ANONYMOUS
};

/// Error kinds, such as LocalError.AddressInUse. QML cannot name the enum of a value type.
class LocalError : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("It is a list of names.")
    QML_EXTENDED_NAMESPACE(qlocal::Error)
};

} // namespace qlocal

#endif // QLOCAL_QML_VALUES_H
