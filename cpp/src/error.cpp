// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include <qlocal/error.h>
#include <qlocal/src/types.cxx.h>

namespace qlocal {

static_assert(int(_QLocal::ErrorKind::InvalidName) == Error::InvalidName);
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
