// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A chat between the windows of one user: start it several times.
//
//     chat [--as NAME] [--room ROOM] [--guest] [--dark | --light]

#include <QGuiApplication>
#include <QQmlApplicationEngine>
#include <QtQml/qqmlextensionplugin.h>

Q_IMPORT_QML_PLUGIN(QLocalPlugin)

int main(int argc, char **argv)
{
    QGuiApplication application(argc, argv);
    QQmlApplicationEngine engine;
    engine.load(QUrl("qrc:/qt/qml/Chat/Main.qml"));
    return engine.rootObjects().isEmpty() ? 1 : application.exec();
}
