// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Programs written for KDSingleApplication and for QtSingleApplication. This program is its own child.

#include <qlocal/compat/kdsingleapplication.h>
#include <qlocal/compat/qtsingleapplication.h>
#include <qlocal/compat/qtsinglecoreapplication.h>

#include <QtCore/QProcess>
#include <QtTest/QtTest>

#include "testing.h"

#include <cstdio>

static void print(const QString &text)
{
    std::printf("%s\n", qPrintable(text));
    std::fflush(stdout);
}

/// The first process receives one message, and the others send theirs.
static int runKd(QCoreApplication &application, const QString &id)
{
    const KDSingleApplication single(id);
    if (!single.isPrimaryInstance())
        return KDSingleApplication(id).sendMessage("hello") ? 0 : 1;
    QObject::connect(&single, &KDSingleApplication::messageReceived, &application,
                     [](const QByteArray &message) {
                         print(message);
                         QCoreApplication::quit();
                     });
    print("primary " + single.name());
    return application.exec();
}

template<typename Application>
int runQt(Application &application)
{
    if (application.isRunning())
        return application.sendMessage("h\u00e9llo") ? 0 : 1;
    // As in old programs.
    QObject::connect(&application, SIGNAL(messageReceived(QString)), &application, SLOT(quit()));
    QObject::connect(&application, &Application::messageReceived, print);
    print("primary " + application.id());
    return application.exec();
}

static int runChild(int argc, char **argv)
{
    const QByteArray kind = argv[2];
    const QString id = argv[3];
    if (kind == "core") {
        QtSingleCoreApplication application(id, argc, argv);
        return runQt(application);
    }
    if (kind == "widgets") {
        QtSingleApplication application(id, argc, argv);
        QWidget window;
        application.setActivationWindow(&window);
        window.setWindowState(Qt::WindowMinimized);
        const int code = runQt(application);
        return window.isMinimized() ? code : code + 100;
    }
    QCoreApplication application(argc, argv);
    return runKd(application, id);
}

class tst_Compat : public QObject
{
    Q_OBJECT

private slots:
    void firstReceivesMessage_data();
    void firstReceivesMessage();
    void primaryCannotSend();
    void sessionIsPartOfName();
};

void tst_Compat::firstReceivesMessage_data()
{
    QTest::addColumn<QString>("message");
    QTest::addColumn<int>("exitCode");
    QTest::newRow("kd") << "hello" << 0;
    QTest::newRow("core") << QStringLiteral("h\u00e9llo") << 0;
    // Its window is no longer minimised.
    QTest::newRow("widgets") << QStringLiteral("h\u00e9llo") << 100;
}

void tst_Compat::firstReceivesMessage()
{
    const testing::Watchdog watchdog;
    QFETCH(const QString, message);
    QFETCH(const int, exitCode);
    const QString id = testing::uniqueName("compat");
    const QStringList arguments { "child", QTest::currentDataTag(), id };
    QProcess first;
    first.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    first.start(QCoreApplication::applicationFilePath(), arguments);
    QTRY_VERIFY_WITH_TIMEOUT(first.canReadLine(), 20000);
    QCOMPARE(QString::fromUtf8(first.readLine()).trimmed(), "primary " + id);
    QCOMPARE(QProcess::execute(QCoreApplication::applicationFilePath(), arguments), 0);
    QVERIFY(first.waitForFinished());
    QCOMPARE(QString::fromLocal8Bit(first.readAll()).trimmed(), message);
    QCOMPARE(first.exitCode(), exitCode);
}

void tst_Compat::primaryCannotSend()
{
    const KDSingleApplication single(testing::uniqueName("compat"));
    QVERIFY(single.isPrimaryInstance());
    QVERIFY(!const_cast<KDSingleApplication &>(single).sendMessageWithTimeout("x", 10));
}

void tst_Compat::sessionIsPartOfName()
{
    qputenv("XDG_SESSION_ID", "7");
    KDSingleApplication single(testing::uniqueName("compat"),
                               KDSingleApplication::Option::IncludeSessionInSocketName);
    qunsetenv("XDG_SESSION_ID");
    QVERIFY(single.isPrimaryInstance());
    QCOMPARE(single.instance()->scope(), qlocal::SingleInstance::Session);
}

int main(int argc, char **argv)
{
    if (argc > 3 && qstrcmp(argv[1], "child") == 0)
        return runChild(argc, argv);
    QCoreApplication application(argc, argv);
    tst_Compat test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_compat.moc"
