// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The program in docs/single-instance.md hands over to the one that runs already.

#include "testing.h"

#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

class tst_Viewer : public QObject
{
    Q_OBJECT

private slots:
    void secondStartIsAnswered();
};

void tst_Viewer::secondStartIsAnswered()
{
    const testing::Watchdog watchdog;
    // Instances of this test only.
    const QTemporaryDir folder;
    QVERIFY(folder.isValid());
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("XDG_RUNTIME_DIR", folder.path());
    QProcess first;
    first.setProcessEnvironment(environment);
    first.start(VIEWER, { "a" });
    // It listens before it serves.
    QTRY_VERIFY(QFile::exists(folder.filePath("org.example.viewer,user")));
    QProcess second;
    second.setProcessEnvironment(environment);
    second.start(VIEWER, { "b", "c" });
    QVERIFY(second.waitForFinished());
    QCOMPARE(second.exitCode(), 0);
    QCOMPARE(second.readAll(), "opened\n");
    QVERIFY(first.waitForReadyRead());
    QCOMPARE(first.readAll(), "opens " VIEWER " b c\n");
    first.kill();
    QVERIFY(first.waitForFinished());
}

QTEST_GUILESS_MAIN(tst_Viewer)
#include "tst_viewer.moc"
