// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The module as a plugin, for programs that import it from their import path.

#include <QtQml/qqmlextensionplugin.h>

extern void qml_register_types_QLocal();

class QLocalPlugin : public QQmlEngineExtensionPlugin
{
    Q_OBJECT
    Q_PLUGIN_METADATA(IID QQmlEngineExtensionInterface_iid)

public:
    explicit QLocalPlugin(QObject *parent = nullptr) : QQmlEngineExtensionPlugin(parent)
    {
        // Keeps the registration, which nothing else references, in the program.
        volatile auto registration = &qml_register_types_QLocal;
        Q_UNUSED(registration)
    }
};

#include "plugin.moc"
