// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Values of JavaScript that are sent and received.

#ifndef QLOCAL_QML_SCRIPT_H
#define QLOCAL_QML_SCRIPT_H

#include <QtQml/qjsvalue.h>

#include <optional>

class QJSEngine;

namespace qlocal::script {

/// Throws a TypeError in the function that calls a method of this object.
void throwTypeError(const QObject *object, const QString &message);

/// Calls a function, and returns what it returns, or nothing if it throws; `thrown` is what it throws
/// then.
std::optional<QJSValue> call(QJSEngine *engine, const QJSValue &function, const QJSValue &object,
                             const QJSValue &argument, QJSValue &thrown);

/// The text in UTF-8, in which half of a surrogate pair becomes U+FFFD. Throws a TypeError for anything but a string.
std::optional<QByteArray> text(const QObject *object, const QJSValue &value);
/// The bytes of an ArrayBuffer, a typed array or a DataView. Throws a TypeError for anything else.
std::optional<QByteArray> binary(const QObject *object, const QJSValue &value);
/// Text or bytes. Throws a TypeError for anything else.
std::optional<QByteArray> data(const QObject *object, const QJSValue &value);
/// What JSON.stringify() returns. Throws a TypeError for a value that JSON does not have, and what a
/// toJSON() throws.
std::optional<QByteArray> stringify(const QObject *object, const QJSValue &value);
/// What JSON.parse() returns; nothing for what is not JSON.
std::optional<QJSValue> parse(const QObject *object, const QByteArray &json);

} // namespace qlocal::script

#endif // QLOCAL_QML_SCRIPT_H
