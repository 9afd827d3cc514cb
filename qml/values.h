// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// C++ value types of properties and signal arguments.

#ifndef QLOCAL_QML_VALUES_H
#define QLOCAL_QML_VALUES_H

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

public:
    enum Kind {
        None = Error::None,
        InvalidName = Error::InvalidName,
        NameTooLong = Error::NameTooLong,
        NotFound = Error::NotFound,
        ConnectionRefused = Error::ConnectionRefused,
        AccessDenied = Error::AccessDenied,
        AddressInUse = Error::AddressInUse,
        ResourceExhausted = Error::ResourceExhausted,
        TimedOut = Error::TimedOut,
        LimitExceeded = Error::LimitExceeded,
        PeerClosed = Error::PeerClosed,
        NotConnected = Error::NotConnected,
        InvalidState = Error::InvalidState,
        InvalidMessage = Error::InvalidMessage,
        Unsupported = Error::Unsupported,
        NotActivated = Error::NotActivated,
        Other = Error::Other
    };
    Q_ENUM(Kind)
};

} // namespace qlocal

#endif // QLOCAL_QML_VALUES_H
