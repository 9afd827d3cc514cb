// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A plugin for each way of loading one: QPluginLoader uses the class, QLibrary and dlopen(3) the
// function.

#include "echo_pair.h"

class EchoPlugin : public QObject, public EchoPair
{
    Q_OBJECT
    Q_PLUGIN_METADATA(IID Echo_iid)
    Q_INTERFACES(Echo)
};

extern "C" Q_DECL_EXPORT QObject *makeEcho()
{
    return new EchoPlugin;
}

#include "echo_plugin.moc"
