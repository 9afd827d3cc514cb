// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A program that links the module needs no import path to find it.

#include <QtCore/QCoreApplication>
#include <QtQml/QQmlComponent>
#include <QtQml/QQmlEngine>
#include <QtQml/qqmlextensionplugin.h>

#include <memory>

Q_IMPORT_QML_PLUGIN(QLocalPlugin)

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    QQmlEngine engine;
    engine.setImportPathList(engine.importPathList().filter(QStringLiteral("qrc:")));
    QQmlComponent component(&engine);
    component.setData("import QLocal\nLocalServer { }", QUrl());
    const std::unique_ptr<QObject> server(component.create());
    if (!server)
        qCritical() << component.errors();
    return server ? 0 : 1;
}
