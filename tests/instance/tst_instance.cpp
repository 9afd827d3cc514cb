// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// qlocal::SingleInstance among processes that are started at once, stopped and killed. This program is
// its own child.

#include <qlocal/singleinstance.h>

#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QTimer>
#include <QtTest/QtTest>

#include "testing.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <vector>

using qlocal::HandOver;
using qlocal::InstanceReply;
using qlocal::SingleInstance;

/// A child that starts an instance with this name, and reports what it is.
class Child : public QProcess
{
public:
    explicit Child(const QString &name, const QStringList &more = {})
    {
        setProcessChannelMode(ForwardedErrorChannel);
        setProgram(QCoreApplication::applicationFilePath());
        setArguments(QStringList { "child", name } + more);
    }
    ~Child() override
    {
        kill();
        waitForFinished();
    }

    /// The line in which it reports its role.
    QByteArray role()
    {
        while (!canReadLine() && waitForReadyRead(20000)) { }
        return readLine().trimmed();
    }
    void signal(int number) const { ::kill(pid_t(processId()), number); }
};

static int runChild(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    SingleInstance instance(arguments.at(2));
    instance.setTimeout(60000);
    instance.setEnvironmentVariables({ "QLOCAL_TEST_GIVEN", "QLOCAL_TEST_MISSING" });
    HandOver handOver = HandOver::ofThisProcess(instance.environmentVariables());
    if (arguments.contains("input"))
        handOver.passStandardInput();
    const SingleInstance::Role role = instance.start(handOver);
    if (role == SingleInstance::NoRole)
        std::fprintf(stderr, "%s\n", qPrintable(instance.lastError().text()));
    const char *name = QMetaEnum::fromType<SingleInstance::Role>().valueToKey(role);
    std::printf("%s %s\n", name, instance.answer().constData());
    std::fflush(stdout);
    if (role != SingleInstance::Primary)
        return instance.exitCode();
    QObject::connect(&instance, &SingleInstance::handedOver, &application,
                     [](const HandOver &, const InstanceReply &reply) {
                         reply.answer(3, QByteArray::number(QCoreApplication::applicationPid()));
                     });
    return application.exec();
}

class tst_Instance : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_name = testing::uniqueName("instance"); }

    void firstIsPrimary();
    void secondaryHandsOver();
    void secondaryPassesStandardInput();
    void replyMayComeLater();
    void unansweredReplyIsZero();
    void handlerMayDeleteInstance();
    void handlerMayRunAnEventLoop();
    void handlerMayThrow();
    void invalidInputIsReported();
    void closedInstanceIsReplaced();
    void claimHandsOverNothing();
    void handOverNeedsPrimary();
    void stoppedPrimaryTimesOut();
    void killedPrimaryIsReplaced();
    void oneOfManyIsPrimary();
    void scopesHaveDifferentPaths();
    void emptyIdIsInvalid();
    void longHandOverFails();
    void propertiesNotify();
    void parentSurvivesFork();
    void childWithoutItsCopyHoldsNothing();

private:
    QString m_name;
};

void tst_Instance::firstIsPrimary()
{
    const testing::Watchdog watchdog;
    SingleInstance instance(m_name);
    QSignalSpy changes(&instance, &SingleInstance::roleChanged);
    QCOMPARE(instance.role(), SingleInstance::NoRole);
    QCOMPARE(instance.start(), SingleInstance::Primary);
    QVERIFY(instance.isPrimary());
    QVERIFY(!instance.lastError());
    QCOMPARE(changes.count(), 1);
    QVERIFY(QFile::exists(instance.path()));
}

void tst_Instance::secondaryHandsOver()
{
    const testing::Watchdog watchdog;
    SingleInstance instance(m_name);
    QCOMPARE(instance.start(), SingleInstance::Primary);
    HandOver seen;
    qint64 peer = 0;
    connect(&instance, &SingleInstance::handedOver, this,
            [&](const HandOver &handOver, const InstanceReply &reply) {
                seen = handOver;
                peer = reply.peer().pid();
                QVERIFY(reply.answer(7, "done"));
                QVERIFY(!reply.answer(8));
            });
    Child child(m_name, { "a b", "c" });
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("QLOCAL_TEST_GIVEN", "1=2");
    environment.insert("XDG_ACTIVATION_TOKEN", "token");
    environment.insert("DESKTOP_STARTUP_ID", "startup");
    child.setProcessEnvironment(environment);
    child.setWorkingDirectory("/");
    child.start();
    QTRY_COMPARE(child.state(), QProcess::NotRunning);
    QCOMPARE(child.role(), "Secondary done");
    QCOMPARE(child.exitCode(), 7);
    QCOMPARE(seen.arguments, QStringList(child.program()) + child.arguments());
    QCOMPARE(seen.workingFolder, "/");
    QCOMPARE(seen.environment, (QVariantMap { { "QLOCAL_TEST_GIVEN", "1=2" } }));
    QCOMPARE(seen.activationToken, "token");
    QCOMPARE(seen.startupId, "startup");
    QVERIFY(seen.input.isNull() && !seen.inputDescriptor);
    QVERIFY(peer > 0);
}

void tst_Instance::secondaryPassesStandardInput()
{
    const testing::Watchdog watchdog;
    SingleInstance instance(m_name);
    QCOMPARE(instance.start(), SingleInstance::Primary);
    connect(&instance, &SingleInstance::handedOver, this,
            [](const HandOver &handOver, const InstanceReply &reply) {
                QVERIFY(handOver.inputDescriptor);
                QFile input;
                QVERIFY(input.open(handOver.inputDescriptor->get(), QFile::ReadOnly));
                reply.answer(0, input.readAll());
            });
    Child child(m_name, { "input" });
    child.start();
    QVERIFY(child.waitForStarted());
    child.write("piped");
    child.closeWriteChannel();
    QTRY_COMPARE(child.state(), QProcess::NotRunning);
    QCOMPARE(child.role(), "Secondary piped");
}

void tst_Instance::replyMayComeLater()
{
    const testing::Watchdog watchdog;
    SingleInstance instance(m_name);
    QCOMPARE(instance.start(), SingleInstance::Primary);
    connect(&instance, &SingleInstance::handedOver, this,
            [this](const HandOver &, const InstanceReply &reply) {
                QTimer::singleShot(50, this, [reply] {
                    QVERIFY(reply.isAwaited());
                    reply.answer(4, "late");
                });
            });
    Child child(m_name);
    child.start();
    QTRY_COMPARE(child.state(), QProcess::NotRunning);
    QCOMPARE(child.role(), "Secondary late");
    QCOMPARE(child.exitCode(), 4);
}

void tst_Instance::unansweredReplyIsZero()
{
    const testing::Watchdog watchdog;
    SingleInstance instance(m_name);
    QCOMPARE(instance.start(), SingleInstance::Primary);
    Child child(m_name);
    child.start();
    QTRY_COMPARE(child.state(), QProcess::NotRunning);
    QCOMPARE(child.role(), "Secondary");
    QCOMPARE(child.exitCode(), 0);
}

void tst_Instance::handlerMayDeleteInstance()
{
    const testing::Watchdog watchdog;
    auto *instance = new SingleInstance(m_name);
    QCOMPARE(instance->start(), SingleInstance::Primary);
    InstanceReply kept;
    connect(instance, &SingleInstance::handedOver, this,
            [&](const HandOver &, const InstanceReply &reply) {
                kept = reply;
                delete std::exchange(instance, nullptr);
            });
    Child child(m_name);
    child.start();
    QTRY_VERIFY(!instance);
    QVERIFY(!kept.isAwaited());
    QVERIFY(!kept.answer());
    // Without an answer the secondary starts again.
    QTRY_VERIFY(child.canReadLine());
    QCOMPARE(child.role(), "Primary");
}

void tst_Instance::handlerMayRunAnEventLoop()
{
    const testing::Watchdog watchdog;
    SingleInstance instance(m_name);
    QCOMPARE(instance.start(), SingleInstance::Primary);
    Child first(m_name);
    Child second(m_name);
    int depth = 0;
    connect(&instance, &SingleInstance::handedOver, this,
            [&](const HandOver &, const InstanceReply &reply) {
                if (++depth == 1) {
                    second.start();
                    QTRY_COMPARE(second.state(), QProcess::NotRunning);
                }
                reply.answer(depth--);
            });
    first.start();
    QTRY_COMPARE(first.state(), QProcess::NotRunning);
    QCOMPARE(second.exitCode(), 2);
    QCOMPARE(first.exitCode(), 1);
}

void tst_Instance::invalidInputIsReported()
{
    SingleInstance instance(m_name);
    HandOver handOver;
    const int closed = ::dup(0);
    handOver.inputDescriptor = std::make_shared<qlocal::Descriptor>(closed);
    ::close(closed);
    QCOMPARE(instance.start(handOver), SingleInstance::NoRole);
    QCOMPARE(instance.lastError().kind(), qlocal::Error::Unsupported);
    QCOMPARE(instance.lastError().numberName(), "EBADF");
    (void)handOver.inputDescriptor->release();
}

void tst_Instance::handlerMayThrow()
{
    const testing::Watchdog watchdog;
    SingleInstance instance(m_name);
    QCOMPARE(instance.start(), SingleInstance::Primary);
    bool throws = true;
    connect(&instance, &SingleInstance::handedOver, this,
            [&](const HandOver &, const InstanceReply &reply) {
                reply.answer(5);
                if (std::exchange(throws, false))
                    throw 1;
            });
    for (int count = 0; count < 2; ++count) {
        Child child(m_name);
        child.start();
        while (child.state() != QProcess::NotRunning) {
            try {
                QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
            } catch (int) { }
        }
        QCOMPARE(child.exitCode(), 5);
    }
    QVERIFY(!throws);
}

void tst_Instance::closedInstanceIsReplaced()
{
    const testing::Watchdog watchdog;
    SingleInstance first(m_name);
    SingleInstance second(m_name);
    QCOMPARE(first.start(), SingleInstance::Primary);
    first.close();
    QCOMPARE(first.role(), SingleInstance::NoRole);
    QCOMPARE(second.start(), SingleInstance::Primary);
}

void tst_Instance::claimHandsOverNothing()
{
    const testing::Watchdog watchdog;
    Child primary(m_name);
    primary.start();
    QCOMPARE(primary.role(), "Primary");
    SingleInstance instance(m_name);
    QCOMPARE(instance.claim(), SingleInstance::Secondary);
    QCOMPARE(instance.answer(), QByteArray());
    QVERIFY(instance.handOver(HandOver()));
    QCOMPARE(instance.answer(), QByteArray::number(primary.processId()));
    QCOMPARE(instance.exitCode(), 3);
}

void tst_Instance::handOverNeedsPrimary()
{
    const testing::Watchdog watchdog;
    SingleInstance instance(m_name);
    instance.setTimeout(50);
    QSignalSpy notified(&instance, &SingleInstance::roleChanged);
    QVERIFY(!instance.handOver(HandOver()));
    QCOMPARE(notified.size(), 1);
    QCOMPARE(instance.lastError().kind(), qlocal::Error::NotFound);
    QCOMPARE(instance.primaryProcess(), 0);
}

void tst_Instance::stoppedPrimaryTimesOut()
{
    const testing::Watchdog watchdog;
    Child primary(m_name);
    primary.start();
    QCOMPARE(primary.role(), "Primary");
    primary.signal(SIGSTOP);
    // It stops a moment later.
    int status = 0;
    QCOMPARE(::waitpid(pid_t(primary.processId()), &status, WUNTRACED), primary.processId());
    QVERIFY(WIFSTOPPED(status));
    SingleInstance instance(m_name);
    instance.setTimeout(200);
    QCOMPARE(instance.start(), SingleInstance::NoRole);
    QCOMPARE(instance.lastError().kind(), qlocal::Error::TimedOut);
    QCOMPARE(instance.lastError().operation(), "greeting");
    QVERIFY(instance.lastError().hint().contains("stopped or busy"));
    QCOMPARE(instance.primaryProcess(), primary.processId());
    primary.signal(SIGCONT);
    instance.setTimeout(20000);
    QCOMPARE(instance.start(), SingleInstance::Secondary);
}

void tst_Instance::killedPrimaryIsReplaced()
{
    const testing::Watchdog watchdog;
    Child primary(m_name);
    primary.start();
    QCOMPARE(primary.role(), "Primary");
    primary.signal(SIGKILL);
    SingleInstance instance(m_name);
    QCOMPARE(instance.start(), SingleInstance::Primary);
}

void tst_Instance::oneOfManyIsPrimary()
{
    const testing::Watchdog watchdog;
    std::vector<std::unique_ptr<Child>> children;
    for (int count = 0; count < 20; ++count)
        children.push_back(std::make_unique<Child>(m_name));
    for (const auto &child : children)
        child->start();
    int primaries = 0;
    for (const auto &child : children) {
        const QByteArray role = child->role();
        primaries += role == "Primary";
        QVERIFY(role == "Primary" || role.startsWith("Secondary "));
    }
    QCOMPARE(primaries, 1);
}

void tst_Instance::scopesHaveDifferentPaths()
{
    qputenv("XDG_SESSION_ID", "7");
    qputenv("WAYLAND_DISPLAY", "wayland-1");
    SingleInstance instance(m_name);
    const QString ofUser = instance.path();
    instance.setScope(SingleInstance::Session);
    const QString ofSession = instance.path();
    instance.setScope(SingleInstance::Display);
    const QString ofDisplay = instance.path();
    qunsetenv("XDG_SESSION_ID");
    qunsetenv("WAYLAND_DISPLAY");
    QVERIFY(ofUser.endsWith(m_name + ",user"));
    QVERIFY(ofSession.endsWith(m_name + ",session=7"));
    QVERIFY(ofDisplay.endsWith(m_name + ",display=wayland-1"));
}

void tst_Instance::emptyIdIsInvalid()
{
    SingleInstance instance;
    QCOMPARE(instance.start(), SingleInstance::NoRole);
    QCOMPARE(instance.lastError().kind(), qlocal::Error::InvalidName);
    QCOMPARE(instance.path(), QString());
}

void tst_Instance::longHandOverFails()
{
    SingleInstance instance(m_name);
    instance.setMaxSize(100);
    HandOver handOver;
    handOver.message = QByteArray(100, 'x');
    QCOMPARE(instance.start(handOver), SingleInstance::NoRole);
    QCOMPARE(instance.lastError().kind(), qlocal::Error::InvalidMessage);
}

void tst_Instance::propertiesNotify()
{
    SingleInstance instance(m_name);
    const QMetaObject *meta = instance.metaObject();
    for (int index = meta->propertyOffset(); index < meta->propertyCount(); ++index)
        QVERIFY2(meta->property(index).hasNotifySignal(), meta->property(index).name());
    QSignalSpy changes(&instance, &SingleInstance::timeoutChanged);
    instance.setTimeout(1);
    instance.setTimeout(1);
    QCOMPARE(changes.count(), 1);
}

void tst_Instance::parentSurvivesFork()
{
    const testing::Watchdog watchdog;
    auto instance = std::make_unique<SingleInstance>(m_name);
    QCOMPARE(instance->start(), SingleInstance::Primary);
    const pid_t pid = ::fork();
    if (pid == 0) {
        // A child that deletes its copy.
        instance.reset();
        ::_exit(0);
    }
    int status = -1;
    QCOMPARE(::waitpid(pid, &status, 0), pid);
    QVERIFY(QFile::exists(instance->path()));
    Child child(m_name);
    child.start();
    QTRY_COMPARE(child.state(), QProcess::NotRunning);
    QCOMPARE(child.role(), "Secondary");
}

void tst_Instance::childWithoutItsCopyHoldsNothing()
{
    const testing::Watchdog watchdog;
    int ends[2];
    QCOMPARE(::pipe(ends), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        // A primary that ends without giving up its place, and a child that lives on.
        auto instance = std::make_unique<SingleInstance>(m_name);
        const bool isPrimary = instance->start() == SingleInstance::Primary;
        if (::fork() == 0) {
            instance.reset();
            ::close(ends[1]);
            char end = 0;
            while (::read(ends[0], &end, 1) > 0) { }
            ::_exit(0);
        }
        ::_exit(isPrimary ? 0 : 1);
    }
    int status = -1;
    QCOMPARE(::waitpid(pid, &status, 0), pid);
    QCOMPARE(status, 0);
    SingleInstance next(m_name);
    next.setTimeout(60000);
    QCOMPARE(next.start(), SingleInstance::Primary);
    // That ends the child.
    ::close(ends[1]);
    ::close(ends[0]);
}

int main(int argc, char **argv)
{
    if (argc > 2 && qstrcmp(argv[1], "child") == 0)
        return runChild(argc, argv);
    QCoreApplication application(argc, argv);
    tst_Instance test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_instance.moc"
