// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A descriptor that arrives in QML is forwarded to another socket, and to a C++ function.

#include <QtCore/QCoreApplication>
#include <QtCore/QElapsedTimer>
#include <QtCore/QTemporaryDir>
#include <QtQml/QQmlComponent>
#include <QtQml/QQmlEngine>
#include <QtQml/qqmlextensionplugin.h>
#include <qlocal/server.h>

#include <memory>
#include <unistd.h>

Q_IMPORT_QML_PLUGIN(QLocalPlugin)

static const char document[] = R"(
import QtQml
import QLocal

QtObject {
    id: root
    required property string from
    required property string to
    property var last
    readonly property LocalServer server: LocalServer {
        name: root.from
        active: true
        maxDescriptors: 1
        handler: Component {
            LocalSocket {
                onDescriptorReceived: descriptor => {
                    root.last = descriptor;
                    if (!root.forward.sendDescriptor("forwarded", descriptor))
                        console.error(root.forward.error.text);
                }
            }
        }
    }
    readonly property LocalSocket forward: LocalSocket {
        serverName: root.to
        active: true
    }
}
)";

template<typename Condition>
static bool waitFor(Condition condition)
{
    QElapsedTimer timer;
    timer.start();
    while (!condition() && !timer.hasExpired(10000))
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
    return condition();
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QTemporaryDir folder;
    const QString from = folder.filePath("from");
    const QString to = folder.filePath("to");
    qlocal::Server receiver;
    receiver.setMaxDescriptors(1);
    if (!receiver.listen(to))
        qFatal("%s", qPrintable(receiver.errorString()));

    QQmlEngine engine;
    QQmlComponent component(&engine);
    component.setData(document, QUrl());
    const std::unique_ptr<QObject> root(component.createWithInitialProperties(
            { { QStringLiteral("from"), from }, { QStringLiteral("to"), to } }));
    if (!root)
        qFatal("%s", qPrintable(component.errorString()));

    int ends[2];
    if (::pipe(ends) != 0)
        qFatal("no pipe");
    qlocal::Socket sender;
    sender.connectToServer(from);
    sender.writeWithDescriptor("x", qlocal::Descriptor(ends[1]));
    if (!waitFor([&] { return receiver.hasPendingConnections(); }))
        qFatal("not connected");
    const std::unique_ptr<qlocal::Socket> arrived(receiver.nextSocket());
    if (!waitFor([&] { return arrived->bytesAvailable() == 9; }))
        qFatal("nothing forwarded");
    const qlocal::Descriptor forwarded = arrived->takeDescriptor();
    const int inScript = root->property("last").toInt();
    char text[3] = {};
    const bool isRight = inScript > 2 && forwarded.isValid()
            && ::write(forwarded.get(), "a", 1) == 1 && ::write(inScript, "b", 1) == 1
            && ::read(ends[0], text, 2) == 2 && qstrcmp(text, "ab") == 0;
    if (!isRight)
        qCritical("the descriptors do not work");
    return isRight ? 0 : 1;
}
