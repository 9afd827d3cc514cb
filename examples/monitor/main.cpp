// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Shows the throughput, the latency and the connections of an echo server.
//
//     monitor [--server NAME] [--clients COUNT] [--dark | --light]

#include <QGuiApplication>
#include <QQmlApplicationEngine>
#include <QtQml/qqmlextensionplugin.h>

Q_IMPORT_QML_PLUGIN(QLocalPlugin)

int main(int argc, char **argv)
{
    QGuiApplication application(argc, argv);
    QQmlApplicationEngine engine;
    engine.addImportPath(":/qt/qml"); // The default since Qt 6.5.
    engine.load(QUrl("qrc:/qt/qml/Monitor/Main.qml"));
    return engine.rootObjects().isEmpty() ? 1 : application.exec();
}
