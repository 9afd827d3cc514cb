// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Enums that the engine and the public classes both declare, under the same names.

#ifndef _QLOCAL_NAMED_H
#define _QLOCAL_NAMED_H

#include <QtCore/qmetaobject.h>
#include <QtCore/qstring.h>

namespace _QLocal {

/// The value with this name. The check `check.enums` makes sure that there is one.
template<typename Enum>
Enum valueNamed(const QString &name)
{
    return Enum(QMetaEnum::fromType<Enum>().keyToValue(name.toLatin1().constData()));
}

} // namespace _QLocal

#endif // _QLOCAL_NAMED_H
