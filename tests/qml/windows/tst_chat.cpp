// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The windows of examples/chat: what one says all show, and the end of the hub is the end of nothing else.

#include "testing.h"
#include "window.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

class tst_Chat : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void nameIsAskedFor();
    void messagesReachAllWindows();
    void killedHubIsReplaced();
    void messageWaitsForHub();
    void keysReachEverything();

private:
    QStringList named(const QString &name, const QStringList &more = {}) const
    {
        return QStringList { "--light", "--as", name } + more;
    }

    QTemporaryDir m_folder;
};

/// The texts of all messages, the newest first.
static const QByteArray texts =
        "(() => { let all = []; for (let i = 0; i < conversation.messages.count; ++i) {"
        " const row = conversation.messages.get(i); if (row.author !== '') all.push(row.content); }"
        " return all.join('|'); })()";

static QByteArray shows(const QByteArray &expected)
{
    return texts + " === '" + expected + "'";
}

static QByteArray present(int count)
{
    return "conversation.online && conversation.people.filter(person => person.online).length === "
            + QByteArray::number(count);
}

void tst_Chat::init()
{
    QVERIFY(m_folder.isValid());
}

void tst_Chat::nameIsAskedFor()
{
    const testing::Watchdog watchdog;
    Window window(m_folder.path(), {});
    QCOMPARE(window.value("conversation.joined"), QByteArray("false"));
    window.tell("key Return");
    QCOMPARE(window.value("conversation.joined"), QByteArray("false"));
    window.enter("Ada Lovelace");
    QVERIFY(window.await(present(1)));
    QCOMPARE(window.value("conversation.host"), QByteArray("Ada Lovelace"));
}

void tst_Chat::messagesReachAllWindows()
{
    const testing::Watchdog watchdog;
    Window ada(m_folder.path(), named("Ada"));
    QVERIFY(ada.await(present(1)));
    Window grace(m_folder.path(), named("Grace"));
    Window alan(m_folder.path(), named("Alan"));
    for (Window *window : { &ada, &grace, &alan })
        QVERIFY(window->await(present(3)));
    ada.enter("one");
    for (Window *window : { &ada, &grace, &alan })
        QVERIFY(window->await(shows("one")));
    grace.enter("two");
    for (Window *window : { &ada, &grace, &alan })
        QVERIFY(window->await(shows("two|one")));
    alan.enter("three");
    for (Window *window : { &ada, &grace, &alan })
        QVERIFY(window->await(shows("three|two|one")));
    QVERIFY(alan.await("conversation.messages.get(0).sent"));
    // One that comes later shows what was said before.
    Window edith(m_folder.path(), named("Edith"));
    QVERIFY(edith.await(shows("three|two|one")));
}

void tst_Chat::killedHubIsReplaced()
{
    const testing::Watchdog watchdog;
    Window ada(m_folder.path(), named("Ada"));
    QVERIFY(ada.await(present(1)));
    Window grace(m_folder.path(), named("Grace"));
    Window alan(m_folder.path(), named("Alan"));
    for (Window *window : { &ada, &grace, &alan })
        QVERIFY(window->await(present(3)));
    ada.enter("one");
    for (Window *window : { &grace, &alan })
        QVERIFY(window->await(shows("one")));

    ada.kill();
    for (Window *window : { &grace, &alan }) {
        QVERIFY(window->await("conversation.host === 'Grace' || conversation.host === 'Alan'"));
        QVERIFY(window->await(present(2)));
    }
    QCOMPARE(grace.value("conversation.host"), alan.value("conversation.host"));
    grace.enter("two");
    QVERIFY(alan.await(shows("two|one")));
    Window again(m_folder.path(), named("Ada"));
    QVERIFY(again.await(shows("two|one")));
    again.enter("three");
    for (Window *window : { &grace, &alan })
        QVERIFY(window->await(shows("three|two|one")));
}

void tst_Chat::messageWaitsForHub()
{
    const testing::Watchdog watchdog;
    Window guest(m_folder.path(), named("Grace", { "--guest" }));
    QVERIFY(guest.await("conversation.attempt > 0 && !conversation.online"));
    guest.enter("early");
    QVERIFY(guest.await(shows("early")));
    QCOMPARE(guest.value("conversation.messages.get(0).sent"), QByteArray("false"));
    Window ada(m_folder.path(), named("Ada"));
    QVERIFY(ada.await(shows("early")));
    QVERIFY(guest.await("conversation.messages.get(0).sent"));
}

void tst_Chat::keysReachEverything()
{
    const testing::Watchdog watchdog;
    Window window(m_folder.path(), named("Ada"));
    QVERIFY(window.await(present(1)));
    window.tell("type not this");
    window.tell("key Escape");
    window.enter("hello");
    QVERIFY(window.await(shows("hello")));
    // A second line, and not a second message.
    window.tell("type first");
    window.tell("key Shift+Return");
    window.enter("second");
    QVERIFY(window.await(shows("first\\nsecond|hello")));

    QVERIFY(window.await("active"));
    const QByteArray light = window.value("color");
    window.tell("key Ctrl+T");
    QVERIFY(window.value("color") != light);

    // The list of people, the button for the look, the messages, and the field again.
    const QByteArray item = "String(activeFocusItem)";
    const QByteArray field = window.value(item);
    int stops = 0;
    do {
        window.tell("key Tab");
        ++stops;
    } while (stops < 20 && window.value(item) != field);
    QCOMPARE(stops, 4);
    window.tell("key Backtab");
    QVERIFY(window.value(item) != field);
    window.tell("key Escape");
    QCOMPARE(window.value(item), field);
}

QTEST_GUILESS_MAIN(tst_Chat)
#include "tst_chat.moc"
