// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A failure of the engine, passed to qlocal::Error.

#ifndef _QLOCAL_ERROR_PARTS_H
#define _QLOCAL_ERROR_PARTS_H

#include <rust/cxx.h>

#include <QtCore/QString>

#include <cstdint>

namespace _QLocal {

/// See types.rs.
enum class ErrorKind : std::uint32_t;

/// The engine's description of a failure.
struct ErrorParts
{
    ErrorKind kind {};
    std::int32_t number = 0;
    QString operation;
    QString numberName;
    QString path;
    QString hint;
    QString text;

    void setCause(ErrorKind newKind, ::rust::Str newOperation, std::int32_t newNumber,
                  ::rust::Str newNumberName)
    {
        kind = newKind;
        operation = toQString(newOperation);
        number = newNumber;
        numberName = toQString(newNumberName);
    }

    void setTexts(const QString &newPath, ::rust::Str newHint, ::rust::Str newText)
    {
        path = newPath;
        hint = toQString(newHint);
        text = toQString(newText);
    }

private:
    static QString toQString(::rust::Str text)
    {
        return QString::fromUtf8(text.data(), qsizetype(text.size()));
    }
};

} // namespace _QLocal

#endif // _QLOCAL_ERROR_PARTS_H
