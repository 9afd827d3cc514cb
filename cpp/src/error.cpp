// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <qlocal/error.h>
#include <qlocal/error_parts.h>

namespace qlocal {

// The engine's kinds and those of C++ are the same numbers.
static_assert(int(_QLocal::ErrorKind::None) == Error::None);
static_assert(int(_QLocal::ErrorKind::InvalidName) == Error::InvalidName);
static_assert(int(_QLocal::ErrorKind::NameTooLong) == Error::NameTooLong);
static_assert(int(_QLocal::ErrorKind::NotFound) == Error::NotFound);
static_assert(int(_QLocal::ErrorKind::ConnectionRefused) == Error::ConnectionRefused);
static_assert(int(_QLocal::ErrorKind::AccessDenied) == Error::AccessDenied);
static_assert(int(_QLocal::ErrorKind::AddressInUse) == Error::AddressInUse);
static_assert(int(_QLocal::ErrorKind::ResourceExhausted) == Error::ResourceExhausted);
static_assert(int(_QLocal::ErrorKind::TimedOut) == Error::TimedOut);
static_assert(int(_QLocal::ErrorKind::LimitExceeded) == Error::LimitExceeded);
static_assert(int(_QLocal::ErrorKind::PeerClosed) == Error::PeerClosed);
static_assert(int(_QLocal::ErrorKind::NotConnected) == Error::NotConnected);
static_assert(int(_QLocal::ErrorKind::InvalidState) == Error::InvalidState);
static_assert(int(_QLocal::ErrorKind::InvalidMessage) == Error::InvalidMessage);
static_assert(int(_QLocal::ErrorKind::Unsupported) == Error::Unsupported);
static_assert(int(_QLocal::ErrorKind::NotActivated) == Error::NotActivated);
static_assert(int(_QLocal::ErrorKind::Other) == Error::Other);

Error::Error(const _QLocal::ErrorParts &parts)
    : m_kind(Kind(parts.kind)), m_number(parts.number), m_operation(parts.operation),
      m_numberName(parts.numberName), m_path(parts.path), m_hint(parts.hint), m_text(parts.text)
{ }

#ifndef QT_NO_DEBUG_STREAM
QDebug operator<<(QDebug debug, const Error &error)
{
    const QDebugStateSaver saver(debug);
    return debug.nospace().noquote() << "qlocal::Error(" << error.text() << ')';
}
#endif

} // namespace qlocal
