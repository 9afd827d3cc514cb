// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// LocalInstance in several processes. This program is its own child.

#include "testing.h"

#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtQml/QQmlApplicationEngine>
#include <QtQml/QQmlComponent>
#include <QtQml/qqmlextensionplugin.h>
#include <QtTest/QtTest>

#include <cstdio>
#include <memory>

Q_IMPORT_QML_PLUGIN(QLocalPlugin)

using Object = std::unique_ptr<QObject>;

static Object create(QQmlEngine &engine, const QByteArray &document)
{
    QQmlComponent component(&engine);
    component.setData("import QtQml\nimport QLocal\n" + document, QUrl());
    Object object(component.createWithInitialProperties({ { "name", "org.example.test" } }));
    if (!object)
        qFatal("%s", qPrintable(component.errorString()));
    return object;
}

/// A process that starts and is to be answered.
class Child : public QProcess
{
public:
    explicit Child(const QStringList &words = {})
    {
        setProcessChannelMode(ForwardedErrorChannel);
        start(QCoreApplication::applicationFilePath(), QStringList("child") + words);
    }
    ~Child() override
    {
        kill();
        waitForFinished();
    }

    /// What it has printed.
    QByteArray end()
    {
        while (state() != NotRunning)
            QTest::qWait(1);
        return readAll();
    }
};

static int runChild()
{
    QQmlEngine engine;
    const Object instance = create(engine, R"(
        LocalInstance {
            property string report: [role === LocalInstance.Secondary, primary, active, answerText,
                                     answer.byteLength].join()
            message: "grüße"
            environmentVariables: ["QLOCAL_TEST_GIVEN"]
            timeout: 60000
            active: true
        }
    )");
    std::puts(instance->property("report").toByteArray().constData());
    return instance->property("exitCode").toInt();
}

static int runFile(const QString &path)
{
    QQmlApplicationEngine engine;
    engine.load(path);
    return QCoreApplication::exec();
}

class tst_QmlInstance : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void secondaryHandsOver();
    void answerMayBeBytes();
    void secondaryWithoutAnswerEndsAtOnce();
    void answerMayComeLater();
    void otherAnswersAreTypeErrors();
    void exampleAnswersSecondStart();

private:
    Object primary(const QByteArray &handler)
    {
        Object instance = create(m_engine,
                                 R"(
            LocalInstance {
                id: instance
                property var seen
                property var kept
                active: true
                onHandedOver: (handOver, reply) => {)"
                                         + handler + R"(}
            })");
        if (!instance->property("primary").toBool())
            qFatal("it is not the primary");
        return instance;
    }

    std::optional<testing::Watchdog> m_watchdog;
    std::optional<QTemporaryDir> m_folder;
    QQmlEngine m_engine;
};

void tst_QmlInstance::init()
{
    m_watchdog.emplace();
    m_folder.emplace();
    // Instances of this test only.
    qputenv("XDG_RUNTIME_DIR", QFile::encodeName(m_folder->path()));
    qputenv("QLOCAL_TEST_GIVEN", "1=2");
}

void tst_QmlInstance::cleanup()
{
    m_folder.reset();
    m_watchdog.reset();
}

void tst_QmlInstance::secondaryHandsOver()
{
    qputenv("XDG_ACTIVATION_TOKEN", "token");
    const Object instance = primary(R"(
        seen = [handOver.arguments.slice(1).join(" "), handOver.workingFolder, handOver.text,
                handOver.message.byteLength, handOver.environment.QLOCAL_TEST_GIVEN,
                handOver.activationToken, reply.awaited, reply.peer.pid].join("|");
        reply.answer(7, "done");
        seen += reply.awaited + reply.answer(8);
    )");
    Child child({ "a b", "c" });
    const qint64 pid = child.processId();
    QCOMPARE(child.end(), "true,false,false,done,4\n");
    QCOMPARE(child.exitCode(), 7);
    const QString seen =
            QString("child a b c|%1|grüße|7|1=2|token|true|%2").arg(QDir::currentPath()).arg(pid);
    QCOMPARE(instance->property("seen").toString(), seen + "0");
    qunsetenv("XDG_ACTIVATION_TOKEN");
}

void tst_QmlInstance::answerMayBeBytes()
{
    const Object instance = primary("reply.answer(1, new Uint8Array([104, 105]).buffer)");
    Child child;
    QCOMPARE(child.end(), "true,false,false,hi,2\n");
    QCOMPARE(child.exitCode(), 1);
}

void tst_QmlInstance::secondaryWithoutAnswerEndsAtOnce()
{
    // The answer must not wait until the garbage is collected.
    const Object instance = primary("kept = reply");
    Child child;
    QCOMPARE(child.end(), "true,false,false,,0\n");
    QCOMPARE(child.exitCode(), 0);
}

void tst_QmlInstance::answerMayComeLater()
{
    const Object instance = primary(R"(
        reply.answerLater();
        kept = reply;
        Qt.callLater(() => Qt.callLater(() => seen = instance.kept.answer(4, "late")));
    )");
    Child child;
    QCOMPARE(child.end(), "true,false,false,late,4\n");
    QCOMPARE(child.exitCode(), 4);
    QVERIFY(instance->property("seen").toBool());
}

void tst_QmlInstance::otherAnswersAreTypeErrors()
{
    const Object instance = primary(R"(
        seen = 0;
        for (const value of [1, null, {}, []]) {
            try {
                reply.answer(1, value);
            } catch (error) {
                seen += error instanceof TypeError;
            }
        }
        reply.answer(seen);
    )");
    Child child;
    child.end();
    QCOMPARE(child.exitCode(), 4);
}

void tst_QmlInstance::exampleAnswersSecondStart()
{
    Child first({ "file", VIEWER, "a" });
    // It listens before it serves.
    QTRY_VERIFY(QFile::exists(m_folder->filePath("org.example.viewer,user")));
    QProcess second;
    second.start(QCoreApplication::applicationFilePath(), { "child", "file", VIEWER, "b" });
    QVERIFY(second.waitForFinished());
    QCOMPARE(second.exitCode(), 0);
    QVERIFY(second.readAllStandardError().contains("opened b"));
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments();
    if (words.value(1) == "child")
        return words.value(2) == "file" ? runFile(words.value(3)) : runChild();
    tst_QmlInstance test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_qml_instance.moc"
