// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "script.h"

#include <QtQml/qjsengine.h>

namespace qlocal::script {

static QJSEngine *engineOf(const QObject *object)
{
    return object ? qjsEngine(object) : nullptr;
}

void throwTypeError(const QObject *object, const QString &message)
{
    if (QJSEngine *engine = engineOf(object))
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

std::optional<QJSValue> call(QJSEngine *engine, const QJSValue &function, const QJSValue &object,
                             const QJSValue &argument, QJSValue &thrown)
{
    // QJSValue::call() returns what a function throws, which need not be an error.
    static const char name[] = "_qlocal_call";
    QJSValue guard = engine->property(name).value<QJSValue>();
    if (!guard.isCallable()) {
        guard = engine->evaluate(
                QStringLiteral("(function(f, o, a) { try { return [true, f.call(o, a)] } catch (e) "
                               "{ return [false, e] } })"));
        engine->setProperty(name, QVariant::fromValue(guard));
    }
    const QJSValue outcome = guard.call({ function, object, argument });
    const QJSValue value = outcome.property(1);
    if (outcome.property(0).toBool())
        return value;
    thrown = value;
    return std::nullopt;
}

static QByteArray utf8(QString text)
{
    for (qsizetype i = 0; i < text.size() && !text.isValidUtf16(); ++i) {
        if (text.at(i).isHighSurrogate() && i + 1 < text.size() && text.at(i + 1).isLowSurrogate())
            ++i;
        else if (text.at(i).isSurrogate())
            text[i] = QChar::ReplacementCharacter;
    }
    return text.toUtf8();
}

static std::optional<QByteArray> contents(const QJSValue &buffer)
{
    const QVariant variant = buffer.toVariant();
    if (variant.metaType() != QMetaType::fromType<QByteArray>())
        return std::nullopt;
    return variant.toByteArray();
}

static std::optional<QByteArray> bytes(const QObject *object, const QJSValue &value)
{
    // Qt 6.4 crashes when it converts a symbol, and converts views and arrays one element at a time.
    QJSEngine *engine = value.isObject() ? engineOf(object) : nullptr;
    if (!engine)
        return std::nullopt;
    const QJSValue type = engine->globalObject().property(QStringLiteral("ArrayBuffer"));
    if (value.prototype().strictlyEquals(type.property(QStringLiteral("prototype"))))
        return contents(value);
    if (!type.property(QStringLiteral("isView")).call({ value }).toBool())
        return std::nullopt;
    const auto buffer = contents(value.property(QStringLiteral("buffer")));
    const int offset = value.property(QStringLiteral("byteOffset")).toInt();
    const int length = value.property(QStringLiteral("byteLength")).toInt();
    if (!buffer || offset < 0 || length < 0 || length > buffer->size() - offset)
        return std::nullopt;
    return buffer->mid(offset, length);
}

std::optional<QByteArray> text(const QObject *object, const QJSValue &value)
{
    if (value.isString())
        return utf8(value.toString());
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
        return utf8(value.toString());
    auto found = bytes(object, value);
    if (!found)
        expect(object, "A string or an ArrayBuffer", value);
    return found;
}

std::optional<QByteArray> stringify(const QObject *object, const QJSValue &value)
{
    QJSEngine *engine = engineOf(object);
    if (!engine)
        return std::nullopt;
    const QJSValue json = engine->globalObject().property(QStringLiteral("JSON"));
    QJSValue thrown;
    const auto text = call(engine, json.property(QStringLiteral("stringify")), json, value, thrown);
    if (!text)
        engine->throwError(thrown);
    else if (!text->isString())
        throwTypeError(object, QStringLiteral("JSON has no value for %1").arg(typeOf(value)));
    else
        return utf8(text->toString());
    return std::nullopt;
}

std::optional<QJSValue> parse(const QObject *object, const QByteArray &json)
{
    QJSEngine *engine = engineOf(object);
    if (!engine)
        return std::nullopt;
    const QJSValue parser = engine->globalObject().property(QStringLiteral("JSON"));
    const QJSValue value = parser.property(QStringLiteral("parse"))
                                   .call({ QString::fromUtf8(json) });
    if (value.isError())
        return std::nullopt;
    return value;
}

} // namespace qlocal::script
