// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Single-instance programs: written for stock Qt and compiled against either implementation, and
// written for this one.

#include "testing.h"

#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

class tst_SingleInstance : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void secondStartForwardsArguments_data();
    void secondStartForwardsArguments();
    void startAfterKillServesImmediately_data();
    void startAfterKillServesImmediately();
    void concurrentStartsLeaveOne_data();
    void concurrentStartsLeaveOne();
    void startsDuringKillLeaveOne();

private:
    std::optional<QTemporaryDir> m_folder;
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

const std::pair<const char *, const char *> programs[] = {
    { "qlocal", SINGLE_INSTANCE },
    { "classic on qlocal", SINGLE_INSTANCE_CLASSIC_QLOCAL },
    { "classic on stock", SINGLE_INSTANCE_CLASSIC_STOCK },
};

/// A start of the program, with its own temp folder.
class Start : public QProcess
{
public:
    Start(const QTemporaryDir &folder, const QString &program, const QStringList &arguments)
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("TMPDIR", folder.path());
        environment.insert("LC_ALL", "C.UTF-8");
        setProcessEnvironment(environment);
        setProcessChannelMode(QProcess::ForwardedErrorChannel);
        connect(this, &QProcess::readyReadStandardOutput, this,
                [this] { m_output += readAllStandardOutput(); });
        start(program, arguments);
    }
    ~Start() override
    {
        kill();
        waitForFinished();
    }

    /// The starts that it has handled so far, each as its arguments separated by bars.
    QStringList opened() const
    {
        QStringList opened;
        for (const QByteArray &line : m_output.split('\n')) {
            if (line.startsWith("opens "))
                opened << QString::fromUtf8(line.mid(6));
        }
        return opened;
    }

    bool isOver() const { return state() == QProcess::NotRunning; }

    /// Whether it ended by itself, with success.
    bool handedOver() const
    {
        return isOver() && exitStatus() == QProcess::NormalExit && exitCode() == 0;
    }

private:
    QByteArray m_output;
};

using Starts = std::vector<std::unique_ptr<Start>>;

/// Starts several at once, the first with the argument `from`, the next with `from + 1` and so on.
Starts startAtOnce(const QTemporaryDir &folder, int from, int to)
{
    Starts starts;
    for (int i = from; i < to; ++i)
        starts.push_back(
                std::make_unique<Start>(folder, SINGLE_INSTANCE, QStringList(QString::number(i))));
    return starts;
}

int handedOver(const Starts &starts)
{
    return int(std::count_if(starts.begin(), starts.end(),
                             [](const auto &start) { return start->handedOver(); }));
}

/// The numbers that these have handled, in order.
QList<int> numbersOpenedBy(const Starts &starts)
{
    QList<int> numbers;
    for (const auto &start : starts) {
        for (const QString &opened : start->opened())
            numbers << opened.toInt();
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

QList<int> numbersUpTo(int end)
{
    QList<int> numbers;
    for (int i = 0; i < end; ++i)
        numbers << i;
    return numbers;
}

} // namespace

void tst_SingleInstance::init()
{
    m_folder.emplace();
    m_watchdog.emplace();
}

void tst_SingleInstance::cleanup()
{
    m_watchdog.reset();
    m_folder.reset();
}

void tst_SingleInstance::secondStartForwardsArguments_data()
{
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    for (const auto &first : programs) {
        for (const auto &second : programs)
            QTest::addRow("%s, then %s", first.first, second.first)
                    << first.second << second.second;
    }
}

void tst_SingleInstance::secondStartForwardsArguments()
{
    QFETCH(QString, first);
    QFETCH(QString, second);
    Start one(*m_folder, first, { "one" });
    QTRY_COMPARE_WITH_TIMEOUT(one.opened(), QStringList("one"), 10000);
    Start two(*m_folder, second, { "a file", QString(), "\u00e4\u20ac" });
    QTRY_VERIFY_WITH_TIMEOUT(two.handedOver(), 10000);
    QTRY_COMPARE_WITH_TIMEOUT(one.opened(), QStringList({ "one", "a file||\u00e4\u20ac" }), 10000);
    QVERIFY(!one.isOver());
    Start big(*m_folder, second, { QString(100000, 'x') });
    QTRY_VERIFY_WITH_TIMEOUT(big.handedOver(), 10000);
    QTRY_COMPARE_WITH_TIMEOUT(one.opened().value(2), QString(100000, 'x'), 10000);
}

void tst_SingleInstance::startAfterKillServesImmediately_data()
{
    QTest::addColumn<QString>("program");
    for (const auto &program : programs)
        QTest::newRow(program.first) << program.second;
}

void tst_SingleInstance::startAfterKillServesImmediately()
{
    QFETCH(QString, program);
    Start one(*m_folder, program, { "one" });
    QTRY_COMPARE_WITH_TIMEOUT(one.opened(), QStringList("one"), 10000);
    Start two(*m_folder, program, { "two" });
    QTRY_VERIFY_WITH_TIMEOUT(two.handedOver(), 10000);
    one.kill();
    QVERIFY(one.waitForFinished());
    QVERIFY(QFile::exists(m_folder->filePath("qlocal-single-instance")));

    Start three(*m_folder, program, { "three" });
    QTRY_COMPARE_WITH_TIMEOUT(three.opened(), QStringList("three"), 10000);
    Start four(*m_folder, program, { "four" });
    QTRY_VERIFY_WITH_TIMEOUT(four.handedOver(), 10000);
    QTRY_COMPARE_WITH_TIMEOUT(three.opened(), QStringList({ "three", "four" }), 10000);
}

void tst_SingleInstance::concurrentStartsLeaveOne_data()
{
    QTest::addColumn<bool>("afterAKill");
    QTest::newRow("in an empty folder") << false;
    QTest::newRow("after a kill") << true;
}

void tst_SingleInstance::concurrentStartsLeaveOne()
{
    QFETCH(bool, afterAKill);
    if (afterAKill) {
        Start killed(*m_folder, SINGLE_INSTANCE, { "killed" });
        QTRY_COMPARE_WITH_TIMEOUT(killed.opened(), QStringList("killed"), 10000);
        killed.kill();
        QVERIFY(killed.waitForFinished());
    }
    const Starts starts = startAtOnce(*m_folder, 0, 20);
    QTRY_COMPARE_WITH_TIMEOUT(handedOver(starts), 19, 30000);
    QTRY_COMPARE_WITH_TIMEOUT(numbersOpenedBy(starts), numbersUpTo(20), 10000);
    for (const auto &start : starts)
        QCOMPARE(start->opened().size(), start->isOver() ? 0 : 20);
}

void tst_SingleInstance::startsDuringKillLeaveOne()
{
    Starts starts = startAtOnce(*m_folder, 0, 1);
    QTRY_COMPARE_WITH_TIMEOUT(numbersOpenedBy(starts), numbersUpTo(1), 10000);
    for (auto &start : startAtOnce(*m_folder, 1, 20))
        starts.push_back(std::move(start));
    QTRY_VERIFY_WITH_TIMEOUT(handedOver(starts) > 2, 10000);
    starts.front()->kill();
    for (auto &start : startAtOnce(*m_folder, 20, 25))
        starts.push_back(std::move(start));
    QTRY_COMPARE_WITH_TIMEOUT(handedOver(starts), 23, 30000);
    // None is lost. A start that was handled when the first was killed, but not acknowledged, may
    // appear twice.
    const auto distinct = [&] {
        QList<int> all = numbersOpenedBy(starts);
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return all;
    };
    QTRY_COMPARE_WITH_TIMEOUT(distinct(), numbersUpTo(25), 10000);
}

QTEST_GUILESS_MAIN(tst_SingleInstance)
#include "tst_single_instance.moc"
