// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Every spelling of the includes, in any order, gives the same pair of classes.

#include "class_view.h"

#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

extern "C" int plainAnswer(void);

ClassView socketThenNetwork();
ClassView networkThenSocket();
ClassView networkAlone();
ClassView networkFolder();
ClassView classFolder();
ClassView fileFolder();
ClassView fileQuoted();
ClassView everySpelling();
ClassView forwardDeclared();
ClassView forwardDeclaredByMacro();
ClassView forwardDeclaredInQt();
ClassView otherNamespace();
ClassView strictMacros();
ClassView afterOtherHeaders();
ClassView socketAlone();
ClassView serverAlone();
ClassView mocUser();

class tst_Includes : public QObject
{
    Q_OBJECT

private slots:
    void everyUnitSeesSameClasses_data();
    void everyUnitSeesSameClasses();
    void cFilesCompile();
#ifdef QLOCAL_DROPIN
    void classesAreQlocals();
#endif
    void mocSeesSameMacros();
};

namespace {

struct Unit
{
    const char *name;
    ClassView (*view)();
};

const Unit units[] = {
    { "socket_then_network", socketThenNetwork },
    { "network_then_socket", networkThenSocket },
    { "network_alone", networkAlone },
    { "network_folder", networkFolder },
    { "class_folder", classFolder },
    { "file_folder", fileFolder },
    { "file_quoted", fileQuoted },
    { "every_spelling", everySpelling },
    { "forward_declared", forwardDeclared },
    { "forward_declared_by_macro", forwardDeclaredByMacro },
    { "forward_declared_in_qt", forwardDeclaredInQt },
    { "other_namespace", otherNamespace },
    { "strict_macros", strictMacros },
    { "after_other_headers", afterOtherHeaders },
    { "socket_alone", socketAlone },
    { "server_alone", serverAlone },
    { "moc_user", mocUser },
};

template<typename Class>
void compare(const Side &side)
{
    QCOMPARE(side.size, sizeof(Class));
    QCOMPARE(side.metaObject, static_cast<const void *>(&Class::staticMetaObject));
    QCOMPARE(side.className, Class::staticMetaObject.className());
    QCOMPARE(side.typeName, typeid(Class).name());
}

} // namespace

void tst_Includes::everyUnitSeesSameClasses_data()
{
    QTest::addColumn<int>("unit");
    for (int unit = 0; unit < int(std::size(units)); ++unit)
        QTest::newRow(units[unit].name) << unit;
}

void tst_Includes::everyUnitSeesSameClasses()
{
    QFETCH(int, unit);
    const ClassView view = units[unit].view();
    QVERIFY(view.socket.metaObject || view.server.metaObject);
    if (view.socket.metaObject)
        compare<QLocalSocket>(view.socket);
    if (view.server.metaObject)
        compare<QLocalServer>(view.server);
}

void tst_Includes::cFilesCompile()
{
    QCOMPARE(plainAnswer(), 42);
}

#ifdef QLOCAL_DROPIN
void tst_Includes::classesAreQlocals()
{
    QCOMPARE(typeid(QLocalSocket).name(), "12QLocalSocketB6qlocal");
    QCOMPARE(typeid(QLocalServer).name(), "12QLocalServerB6qlocal");
    QCOMPARE(QLocalSocket::staticMetaObject.className(), "QLocalSocket");
    QCOMPARE(QLocalServer::staticMetaObject.className(), "QLocalServer");
}
#endif

/// A test that only runs for the drop-in would be silently omitted if the compiler saw the macro
/// and moc did not.
void tst_Includes::mocSeesSameMacros()
{
#ifdef QLOCAL_DROPIN
    QVERIFY(metaObject()->indexOfSlot("classesAreQlocals()") >= 0);
#else
    QCOMPARE(metaObject()->indexOfSlot("classesAreQlocals()"), -1);
#endif
}

QTEST_GUILESS_MAIN(tst_Includes)
#include "tst_includes.moc"
