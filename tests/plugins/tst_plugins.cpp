// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Several copies of the classes in one process: each plugin has one, the program another. They
// serve the same thread, and no code of a plugin is called after it was unloaded.
//
// PLUGINS_ARE_QLOCAL says which classes the plugins have; the program may have Qt's.

#include "echo_pair.h"
#include "testing.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QLibrary>
#include <QtCore/QPluginLoader>
#include <QtCore/QRandomGenerator>
#include <QtCore/QTemporaryDir>
#include <QtCore/QThread>
#include <QtTest/QtTest>

#include <dlfcn.h>
#include <functional>
#include <memory>
#include <optional>

namespace {

enum class How { DlOpen, Library, PluginLoader };

/// A loaded plugin, with the object that it creates.
class Plugin
{
public:
    Plugin(How how, const QString &file) : m_how(how), m_library(file), m_loader(file)
    {
        switch (how) {
        case How::DlOpen:
            m_handle = dlopen(qPrintable(file), RTLD_NOW | RTLD_LOCAL);
            make(reinterpret_cast<Make>(m_handle ? dlsym(m_handle, "makeEcho") : nullptr));
            break;
        case How::Library: make(reinterpret_cast<Make>(m_library.resolve("makeEcho"))); break;
        case How::PluginLoader: m_object = m_loader.instance(); break;
        }
    }
    ~Plugin() { unload(); }

    Echo *operator->() const { return qobject_cast<Echo *>(m_object); }
    bool isLoaded() const { return m_object; }

    /// Leaves the plugin's open sockets as they are.
    void abandon()
    {
        m_object = nullptr;
        close();
    }

    void unload()
    {
        if (!m_object)
            return;
        // A loader deletes its instance itself.
        if (m_how != How::PluginLoader)
            delete m_object;
        abandon();
    }

private:
    using Make = QObject *(*)();

    void make(Make function) { m_object = function ? function() : nullptr; }

    void close()
    {
        switch (m_how) {
        case How::DlOpen: dlclose(m_handle); break;
        case How::Library: m_library.unload(); break;
        case How::PluginLoader: m_loader.unload(); break;
        }
    }

    How m_how;
    QLibrary m_library;
    QPluginLoader m_loader;
    void *m_handle = nullptr;
    QObject *m_object = nullptr;
};

/// A thread with an event loop.
class LoopThread : public QThread
{
public:
    LoopThread()
    {
        m_context.moveToThread(this);
        start();
    }
    ~LoopThread() override { end(); }

    void run(const std::function<void()> &body)
    {
        QMetaObject::invokeMethod(&m_context, body, Qt::BlockingQueuedConnection);
    }

    void end()
    {
        quit();
        wait();
    }

private:
    QObject m_context;
};

} // namespace

class tst_Plugins : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(120); }
    void cleanup() { m_watchdog.reset(); }

    void copiesServeOneThread_data() { waysToLoad(); }
    void copiesServeOneThread();
    void copiesServeTwoThreads_data() { waysToLoad(); }
    void copiesServeTwoThreads();
    void unloadAfterUse_data() { waysToLoad(); }
    void unloadAfterUse();
    void unloadAfterListening_data() { waysToLoad(); }
    void unloadAfterListening();
    void unloadUnused();
    void reloadAndUse_data() { waysToLoad(); }
    void reloadAndUse();
    void unloadBeforeThreadEnds();
    void unloadAfterThreadEnded();
    void unloadWithOpenSockets_data() { waysToLoad(); }
    void unloadWithOpenSockets();
    void randomOrder();

private:
    static void waysToLoad();
    QString newCopy(const char *plugin = "echo_plugin");
    static bool start(Echo &echo) { return echo.start(testing::uniqueName()); }
    /// Pings alternately, so that each copy has to end a turn of the same event loop.
    static bool allEcho(const QList<Echo *> &all, int rounds = 5);
    static void turnLoop();

    std::optional<testing::Watchdog> m_watchdog;
    QTemporaryDir m_folder;
    int m_copies = 0;
};

void tst_Plugins::waysToLoad()
{
    QTest::addColumn<How>("how");
    QTest::newRow("dlopen") << How::DlOpen;
    QTest::newRow("QLibrary") << How::Library;
    QTest::newRow("QPluginLoader") << How::PluginLoader;
}

/// A plugin that was not loaded before: the same file would be loaded only once.
QString tst_Plugins::newCopy(const char *plugin)
{
    const QString copy = m_folder.filePath(QStringLiteral("plugin%1.so").arg(++m_copies));
    const QString file = QStringLiteral(PLUGINS "/%1.so").arg(QLatin1String(plugin));
    return QFile::copy(file, copy) ? copy : QString();
}

bool tst_Plugins::allEcho(const QList<Echo *> &all, int rounds)
{
    for (int round = 0; round < rounds; ++round) {
        for (Echo *echo : all) {
            const int before = echo->echoes();
            echo->ping();
            if (!QTest::qWaitFor([&] { return echo->echoes() > before; }, 10000))
                return false;
        }
    }
    return true;
}

void tst_Plugins::turnLoop()
{
    for (int i = 0; i < 5; ++i) {
        QEventLoop loop;
        QTimer::singleShot(1, &loop, &QEventLoop::quit);
        loop.exec();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
}

void tst_Plugins::copiesServeOneThread()
{
    QFETCH(How, how);
    EchoPair own;
    QVERIFY(start(own));
    QVERIFY(allEcho({ &own }));
    Plugin first(how, newCopy());
    Plugin second(how, newCopy());
    Plugin symbolic(how, newCopy("echo_plugin_symbolic"));
    for (Plugin *plugin : { &first, &second, &symbolic }) {
        QVERIFY(plugin->isLoaded());
        QVERIFY(start(*plugin->operator->()));
    }
    QVERIFY(allEcho({ &own, first.operator->(), second.operator->(), symbolic.operator->() }));
    first->stop();
    turnLoop();
    QVERIFY(allEcho({ symbolic.operator->(), second.operator->(), &own }));
    symbolic->stop();
    second->stop();
    QVERIFY(allEcho({ &own }));
}

void tst_Plugins::copiesServeTwoThreads()
{
    QFETCH(How, how);
    EchoPair own;
    QVERIFY(start(own));
    Plugin first(how, newCopy());
    Plugin second(how, newCopy());
    QVERIFY(first.isLoaded() && second.isLoaded());
    QVERIFY(start(*first.operator->()));
    bool served = false;
    LoopThread thread;
    thread.run([&] {
        served = start(*second.operator->()) && allEcho({ second.operator->() });
        second->stop();
    });
    QVERIFY(served);
    QVERIFY(allEcho({ first.operator->(), &own }));
    thread.end();
    QVERIFY(allEcho({ first.operator->(), &own }));
    first->stop();
}

void tst_Plugins::unloadAfterUse()
{
    QFETCH(How, how);
    EchoPair own;
    QVERIFY(start(own));
    Plugin plugin(how, newCopy());
    QVERIFY(plugin.isLoaded());
    QVERIFY(start(*plugin.operator->()));
    QVERIFY(allEcho({ plugin.operator->(), &own }));
    plugin->stop();
    plugin.unload();
    turnLoop();
    QVERIFY(allEcho({ &own }));
}

// No byte is received, so only Qt's pointers keep the plugin's code in use.
void tst_Plugins::unloadAfterListening()
{
    QFETCH(How, how);
    EchoPair own;
    QVERIFY(start(own));
    Plugin plugin(how, newCopy());
    QVERIFY(plugin.isLoaded());
    QVERIFY(plugin->listen(testing::uniqueName()));
    plugin->stop();
    plugin.unload();
    turnLoop();
    QVERIFY(allEcho({ &own }));
}

void tst_Plugins::unloadUnused()
{
    const QString file = newCopy();
    Plugin plugin(How::DlOpen, file);
    QVERIFY(plugin.isLoaded());
    plugin.unload();
    turnLoop();
    QVERIFY(!dlopen(qPrintable(file), RTLD_NOW | RTLD_NOLOAD));
}

void tst_Plugins::reloadAndUse()
{
    QFETCH(How, how);
    const QString file = newCopy();
    for (int i = 0; i < 3; ++i) {
        Plugin plugin(how, file);
        QVERIFY(plugin.isLoaded());
        QVERIFY(start(*plugin.operator->()));
        QVERIFY(allEcho({ plugin.operator->() }));
        plugin->stop();
        plugin.unload();
        turnLoop();
    }
}

void tst_Plugins::unloadBeforeThreadEnds()
{
    Plugin plugin(How::DlOpen, newCopy());
    QVERIFY(plugin.isLoaded());
    bool served = false;
    LoopThread thread;
    thread.run([&] {
        served = start(*plugin.operator->()) && allEcho({ plugin.operator->() });
        plugin->stop();
    });
    QVERIFY(served);
    plugin.unload();
    thread.run(&turnLoop);
    thread.end();
    turnLoop();
}

void tst_Plugins::unloadAfterThreadEnded()
{
    Plugin plugin(How::DlOpen, newCopy());
    QVERIFY(plugin.isLoaded());
    bool served = false;
    LoopThread thread;
    thread.run([&] {
        served = start(*plugin.operator->()) && allEcho({ plugin.operator->() });
        plugin->stop();
    });
    QVERIFY(served);
    thread.end();
    plugin.unload();
    turnLoop();
}

void tst_Plugins::unloadWithOpenSockets()
{
#ifdef PLUGINS_ARE_QLOCAL
    // In stock Qt the program crashes as soon as a slot of the plugin is called.
    QFETCH(How, how);
    if (how == How::PluginLoader)
        QSKIP("It deletes the instance");
    EchoPair own;
    QVERIFY(start(own));
    Plugin plugin(how, newCopy());
    QVERIFY(plugin.isLoaded());
    Echo *echo = plugin.operator->();
    QVERIFY(start(*echo));
    plugin.abandon();
    turnLoop();
    QVERIFY(allEcho({ echo, &own }));
    delete echo;
    QVERIFY(allEcho({ &own }));
#else
    QSKIP("A mistake of the program, which crashes with stock Qt");
#endif
}

void tst_Plugins::randomOrder()
{
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo("seed %u", seed);
    QRandomGenerator random(seed);
    EchoPair own;
    QVERIFY(start(own));
    const QStringList files { newCopy(), newCopy(), newCopy("echo_plugin_symbolic") };
    std::optional<LoopThread> thread;
    for (int step = 0; step < 60; ++step) {
        const bool inThread = random.bounded(2);
        bool served = false;
        {
            Plugin plugin(How(random.bounded(3)), files.at(random.bounded(int(files.size()))));
            QVERIFY(plugin.isLoaded());
            const auto use = [&] {
                served = start(*plugin.operator->()) && allEcho({ plugin.operator->() }, 2);
                plugin->stop();
            };
            if (!thread)
                thread.emplace();
            if (inThread)
                thread->run(use);
            else
                use();
            if (random.bounded(3) == 0)
                thread.reset();
        }
        QVERIFY(served);
        if (random.bounded(2))
            turnLoop();
        if (random.bounded(4) == 0)
            thread.reset();
    }
    QVERIFY(allEcho({ &own }));
}

QTEST_GUILESS_MAIN(tst_Plugins)
#include "tst_plugins.moc"
