// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The installed QML plugin, a C++ plugin and the program each have a copy of the classes, and serve
// the same thread.

#include "echo_pair.h"
#include "testing.h"

#include <QtCore/QPluginLoader>
#include <QtQml/QQmlComponent>
#include <QtQml/QQmlEngine>
#include <QtTest/QtTest>

#include <memory>
#include <optional>

class tst_QmlPlugin : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(60); }
    void cleanup() { m_watchdog.reset(); }

    void worksWithOtherCopies();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

static const char document[] = R"(
import QtQml
import QLocal

QtObject {
    id: echo

    required property string name
    property int echoes: 0
    property LocalServer server: LocalServer {
        onNewConnection: socket => socket.readyRead.connect(() => socket.write(socket.readText()))
    }
    property LocalSocket client: LocalSocket {
        serverName: echo.name
        onReadyRead: echo.echoes += readText().length
    }

    function start() {
        if (!server.listen(name))
            return false;
        client.connectToServer();
        return true;
    }
    function ping() {
        client.write("x");
    }
}
)";

void tst_QmlPlugin::worksWithOtherCopies()
{
    EchoPair own;
    QVERIFY(own.start(testing::uniqueName()));
    QPluginLoader loader(QStringLiteral(PLUGINS "/echo_plugin.so"));
    auto *plugin = qobject_cast<Echo *>(loader.instance());
    QVERIFY2(plugin, qPrintable(loader.errorString()));
    QVERIFY(plugin->start(testing::uniqueName()));

    QQmlEngine engine;
    QQmlComponent component(&engine);
    component.setData(document, QUrl());
    std::unique_ptr<QObject> object(component.createWithInitialProperties(
            { { QStringLiteral("name"), testing::uniqueName() } }));
    QVERIFY2(object, qPrintable(component.errorString()));
    QVariant isStarted;
    QVERIFY(QMetaObject::invokeMethod(object.get(), "start", Q_RETURN_ARG(QVariant, isStarted)));
    QVERIFY(isStarted.toBool());

    for (int round = 1; round <= 5; ++round) {
        own.ping();
        QTRY_COMPARE(own.echoes(), round);
        QVERIFY(QMetaObject::invokeMethod(object.get(), "ping"));
        QTRY_COMPARE(object->property("echoes").toInt(), round);
        plugin->ping();
        QTRY_COMPARE(plugin->echoes(), round);
    }
    object.reset();
    plugin->stop();
    QVERIFY(loader.unload());
    own.ping();
    QTRY_COMPARE(own.echoes(), 6);
}

QTEST_GUILESS_MAIN(tst_QmlPlugin)
#include "tst_qml_plugin.moc"
