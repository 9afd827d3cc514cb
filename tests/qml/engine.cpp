// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Objects of an engine that is destroyed while they are connected.

#include <QtCore/QCoreApplication>
#include <QtCore/QElapsedTimer>
#include <QtCore/QUuid>
#include <QtQml/QQmlComponent>
#include <QtQml/QQmlEngine>
#include <QtQml/qqmlextensionplugin.h>

#include <memory>

Q_IMPORT_QML_PLUGIN(QLocalPlugin)

static const char source[] = R"(
import QtQml
import QLocal

QtObject {
    id: root
    property string name
    property int answers: 0
    property LocalServer server: LocalServer {
        name: root.name
        active: true
        allowFunction: peer => peer.valid
        handler: LocalSocket {
            id: handled
            framing: LocalSocket.Lines
            onTextReceived: text => handled.sendText(text)
        }
    }
    property Instantiator view: Instantiator {
        model: root.server.connections
        delegate: QtObject {
            required property LocalSocket socket
            required property double bytes
        }
    }
    property LocalSocket client: LocalSocket {
        serverName: root.name
        active: true
        framing: LocalSocket.Lines
        onConnected: sendText("1")
        onTextReceived: text => {
            ++root.answers;
            sendJson(root.answers);
        }
    }
}
)";

struct Tree
{
    std::unique_ptr<QQmlEngine> engine = std::make_unique<QQmlEngine>();
    std::unique_ptr<QObject> root;

    Tree()
    {
        QQmlComponent component(engine.get());
        component.setData(source, QUrl());
        const QString name = "qlocal-qml-" + QUuid::createUuid().toString(QUuid::WithoutBraces);
        root.reset(component.createWithInitialProperties({ { "name", name } }));
        if (!root)
            qCritical() << component.errors();
    }

    bool exchanges() const
    {
        QElapsedTimer timer;
        timer.start();
        while (root && root->property("answers").toInt() < 10 && timer.elapsed() < 10000)
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 100);
        return root && root->property("answers").toInt() >= 10;
    }
};

static void turn()
{
    for (int i = 0; i < 20; ++i) {
        QCoreApplication::processEvents();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    for (const bool engineFirst : { true, false }) {
        Tree tree;
        if (!tree.exchanges()) {
            qCritical("no answer");
            return 1;
        }
        if (engineFirst) {
            tree.engine.reset();
            turn();
            tree.root.reset();
        } else {
            tree.root.reset();
            turn();
            tree.engine.reset();
        }
        turn();
    }
    return 0;
}
