// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_QML_HANDLED_H
#define QLOCAL_QML_HANDLED_H

#include "serverbase.h"

#include <QtCore/qvariant.h>

namespace qlocal {

/// The socket of a new connection, with the object that a component makes for it.
///
/// Both belong to the server, or one to the other, and are destroyed once the connection has ended and
/// its handlers have returned, or when either is destroyed.
class Handled
{
public:
    Handled(LocalServerBase *server, QQmlComponent *component);

    LocalSocket *socket() const { return m_socket; }
    /// Sets again what the component sets of the socket, in place of the server's settings.
    void restoreSettings();
    /// Has the object evaluate its bindings, and calls its handlers of Component.completed.
    void complete();

private:
    Q_DISABLE_COPY(Handled)

    QObject *begin(LocalServerBase *server);

    QPointer<QQmlComponent> m_component;
    QPointer<LocalSocket> m_socket;
    /// Those that the component has set.
    QVariantList m_settings;
};

} // namespace qlocal

#endif // QLOCAL_QML_HANDLED_H
