// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "named.h"

#include <qlocal/error.h>
#include <qlocal/src/types.cxx.h>

namespace qlocal {

Error::Error(const _QLocal::ErrorParts &parts)
    : m_kind(_QLocal::valueNamed<Kind>(parts.kind)), m_number(parts.number),
      m_operation(parts.operation), m_numberName(parts.numberName), m_path(parts.path),
      m_hint(parts.hint), m_text(parts.text)
{ }

#ifndef QT_NO_DEBUG_STREAM
QDebug operator<<(QDebug debug, const Error &error)
{
    const QDebugStateSaver saver(debug);
    return debug.nospace().noquote() << "qlocal::Error(" << error.text() << ')';
}
#endif

} // namespace qlocal
