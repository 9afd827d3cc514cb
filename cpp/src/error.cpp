// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <qlocal/error.h>
#include <qlocal/error_parts.h>

namespace qlocal {

// The engine's kinds and those of C++ are the same numbers.
static_assert(int(ErrorKind::None) == Error::None);
static_assert(int(ErrorKind::InvalidName) == Error::InvalidName);
static_assert(int(ErrorKind::NameTooLong) == Error::NameTooLong);
static_assert(int(ErrorKind::NotFound) == Error::NotFound);
static_assert(int(ErrorKind::ConnectionRefused) == Error::ConnectionRefused);
static_assert(int(ErrorKind::AccessDenied) == Error::AccessDenied);
static_assert(int(ErrorKind::AddressInUse) == Error::AddressInUse);
static_assert(int(ErrorKind::ResourceExhausted) == Error::ResourceExhausted);
static_assert(int(ErrorKind::TimedOut) == Error::TimedOut);
static_assert(int(ErrorKind::LimitExceeded) == Error::LimitExceeded);
static_assert(int(ErrorKind::PeerClosed) == Error::PeerClosed);
static_assert(int(ErrorKind::NotConnected) == Error::NotConnected);
static_assert(int(ErrorKind::InvalidState) == Error::InvalidState);
static_assert(int(ErrorKind::InvalidMessage) == Error::InvalidMessage);
static_assert(int(ErrorKind::Unsupported) == Error::Unsupported);
static_assert(int(ErrorKind::NotActivated) == Error::NotActivated);
static_assert(int(ErrorKind::Other) == Error::Other);

Error::Error(const ErrorParts &parts)
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
