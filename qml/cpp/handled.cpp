// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "handled.h"

#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtQml/qqmlinfo.h>

namespace qlocal {

Handled::Handled(LocalServerBase *server, QQmlComponent *component) : m_component(component)
{
    QObject *object = component ? begin(server) : nullptr;
    if (object)
        object->setParent(server);
    m_socket = qobject_cast<LocalSocket *>(object);
    if (!m_socket) {
        m_socket = new LocalSocket(object ? object : server);
        QQmlEngine::setContextForObject(m_socket, qmlContext(object ? object : server));
        if (object) {
            component->setInitialProperties(
                    object, { { QStringLiteral("socket"), QVariant::fromValue(m_socket.get()) } });
            QObject::connect(m_socket, &QObject::destroyed, object, &QObject::deleteLater);
        }
    }
    // So that QML can destroy them. As they have a parent, the collector leaves them alone.
    QQmlEngine::setObjectOwnership(m_socket, QQmlEngine::JavaScriptOwnership);
    if (object)
        QQmlEngine::setObjectOwnership(object, QQmlEngine::JavaScriptOwnership);
    QObject::connect(m_socket, &QLocalSocket::disconnected, m_socket, &QObject::deleteLater);
}

QObject *Handled::begin(LocalServerBase *server)
{
    QQmlContext *context = m_component->creationContext();
    if (!context)
        context = qmlContext(server);
    if (!context)
        context = m_component->engine()->rootContext();
    QObject *object = m_component->beginCreate(context);
    if (!object)
        qmlWarning(server, m_component->errors()) << "The handler can't be created";
    return object;
}

void Handled::complete()
{
    if (!m_component)
        return;
    m_component->completeCreate();
    if (m_component->isError())
        qmlWarning(m_component, m_component->errors());
}

} // namespace qlocal
