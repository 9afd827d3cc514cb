// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "handled.h"

#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtQml/qqmlinfo.h>

namespace qlocal {

/// The settings that a server applies to its sockets.
static const char *const settingNames[] = { "readBufferSize", "writeLimit", "slowPeerPolicy",
                                            "highWater",      "lowWater",   "delimiter",
                                            "prefixSize",     "byteOrder",  "maxMessageSize",
                                            "maxDescriptors", "framing" };

static QVariantList settingsOf(const LocalSocket &socket)
{
    QVariantList values;
    for (const char *name : settingNames)
        values.append(socket.property(name));
    return values;
}

Handled::Handled(LocalServerBase *server, QQmlComponent *component) : m_component(component)
{
    QObject *object = component ? begin(server) : nullptr;
    m_socket = qobject_cast<LocalSocket *>(object);
    if (object)
        object->setParent(server);
    if (m_socket) {
        m_settings = settingsOf(*m_socket);
    } else {
        QObject *owner = object ? object : server;
        m_socket = new LocalSocket(owner);
        QQmlEngine::setContextForObject(m_socket, qmlContext(owner));
        if (object) {
            component->setInitialProperties(object,
                                            { { QStringLiteral("socket"),
                                                QVariant::fromValue(m_socket.get()) } });
            QObject::connect(m_socket, &QObject::destroyed, object, &QObject::deleteLater);
        }
    }
    // So that QML can destroy them. As they have a parent, the collector leaves them alone.
    QQmlEngine::setObjectOwnership(m_socket, QQmlEngine::JavaScriptOwnership);
    if (object)
        QQmlEngine::setObjectOwnership(object, QQmlEngine::JavaScriptOwnership);
    QObject *first = object ? object : m_socket;
    QObject::connect(m_socket, &QLocalSocket::disconnected, first, &QObject::deleteLater);
}

QObject *Handled::begin(LocalServerBase *server)
{
    QQmlContext *context = m_component->creationContext();
    if (!context)
        context = qmlContext(server);
    if (!context)
        context = m_component->engine()->rootContext();
    QObject *object = m_component->beginCreate(context);
    if (!object) {
        qmlWarning(server, m_component->errors()) << "The handler can't be created";
        m_component = nullptr;
    }
    return object;
}

void Handled::restoreSettings()
{
    static const QVariantList defaults = settingsOf(LocalSocket());
    for (qsizetype i = 0; i < m_settings.size(); ++i) {
        if (m_settings.at(i) != defaults.at(i))
            m_socket->setProperty(settingNames[i], m_settings.at(i));
    }
}

void Handled::complete()
{
    if (!m_component)
        return;
    m_component->completeCreate();
    if (m_component && m_component->isError())
        qmlWarning(m_component, m_component->errors());
}

} // namespace qlocal
