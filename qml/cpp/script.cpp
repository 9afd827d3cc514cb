// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "script.h"

#include <QtQml/qjsengine.h>

namespace qlocal::script {

void throwTypeError(const QObject *object, const QString &message)
{
    if (QJSEngine *engine = qjsEngine(object))
        engine->throwError(QJSValue::TypeError, message);
}

static QString typeOf(const QJSValue &value)
{
    if (value.isUndefined())
        return QStringLiteral("undefined");
    if (value.isNull())
        return QStringLiteral("null");
    if (value.isBool())
        return QStringLiteral("a boolean");
    if (value.isNumber())
        return QStringLiteral("a number");
    if (value.isString())
        return QStringLiteral("a string");
    if (value.isCallable())
        return QStringLiteral("a function");
    if (value.isArray())
        return QStringLiteral("an array");
    return QStringLiteral("an object");
}

static void expect(const QObject *object, const char *what, const QJSValue &value)
{
    throwTypeError(object,
                   QStringLiteral("%1 is expected, not %2")
                           .arg(QLatin1String(what), typeOf(value)));
}

/// Calls a function of a global object.
static QJSValue call(QJSEngine *engine, const char *object, const char *function,
                     const QJSValue &value)
{
    const QJSValue owner = engine->globalObject().property(QLatin1String(object));
    return owner.property(QLatin1String(function)).callWithInstance(owner, { value });
}

static std::optional<QByteArray> bytes(const QObject *object, const QJSValue &value)
{
    // Qt 6.4 crashes when it converts a symbol.
    if (!value.isObject())
        return std::nullopt;
    const QVariant variant = value.toVariant();
    if (variant.metaType() == QMetaType::fromType<QByteArray>())
        return variant.toByteArray();
    QJSEngine *engine = qjsEngine(object);
    if (!engine || !call(engine, "ArrayBuffer", "isView", value).toBool())
        return std::nullopt;
    const QByteArray buffer = value.property(QStringLiteral("buffer")).toVariant().toByteArray();
    return buffer.mid(value.property(QStringLiteral("byteOffset")).toInt(),
                      value.property(QStringLiteral("byteLength")).toInt());
}

std::optional<QByteArray> text(const QObject *object, const QJSValue &value)
{
    if (value.isString())
        return value.toString().toUtf8();
    expect(object, "A string", value);
    return std::nullopt;
}

std::optional<QByteArray> binary(const QObject *object, const QJSValue &value)
{
    auto found = bytes(object, value);
    if (!found)
        expect(object, "An ArrayBuffer, a typed array or a DataView", value);
    return found;
}

std::optional<QByteArray> data(const QObject *object, const QJSValue &value)
{
    if (value.isString())
        return value.toString().toUtf8();
    auto found = bytes(object, value);
    if (!found)
        expect(object, "A string or an ArrayBuffer", value);
    return found;
}

std::optional<QByteArray> stringify(const QObject *object, const QJSValue &value)
{
    QJSEngine *engine = qjsEngine(object);
    if (!engine)
        return std::nullopt;
    const QJSValue json = call(engine, "JSON", "stringify", value);
    if (json.isString())
        return json.toString().toUtf8();
    if (json.isError())
        throwTypeError(object, json.property(QStringLiteral("message")).toString());
    else
        throwTypeError(object, QStringLiteral("JSON has no value for %1").arg(typeOf(value)));
    return std::nullopt;
}

std::optional<QJSValue> parse(const QObject *object, const QByteArray &json)
{
    QJSEngine *engine = qjsEngine(object);
    if (!engine)
        return std::nullopt;
    const QJSValue value = call(engine, "JSON", "parse", QString::fromUtf8(json));
    if (value.isError())
        return std::nullopt;
    return value;
}

} // namespace qlocal::script
