// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Traffic between QML objects while the collector runs, and clients in QML whose server is killed again and again; see
// script/soak-qml.

#include <QtCore/QCoreApplication>
#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QUuid>
#include <QtQml/QQmlComponent>
#include <QtQml/QQmlEngine>
#include <QtQml/qqmlextensionplugin.h>

#include <cstdio>
#include <memory>

Q_IMPORT_QML_PLUGIN(QLocalPlugin)

using Root = std::unique_ptr<QObject>;

static Root load(QQmlEngine &engine, const char *file, const QVariantMap &properties)
{
    QQmlComponent component(&engine,
                            QUrl::fromLocalFile(QStringLiteral(SOAK_QML "/")
                                                + QLatin1String(file)));
    Root root(component.createWithInitialProperties(properties));
    if (!root)
        qFatal("%s", qPrintable(component.errorString()));
    return root;
}

/// Runs the event loop until the condition holds; false after a minute without.
template<typename Condition>
static bool waitFor(Condition condition)
{
    QElapsedTimer timer;
    timer.start();
    while (!condition()) {
        if (timer.hasExpired(60000))
            return false;
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents, 100);
    }
    return true;
}

/// The resident memory of this process in KiB.
static qint64 residentMemory()
{
    QFile status(QStringLiteral("/proc/self/status"));
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray &line : status.readAll().split('\n')) {
        if (line.startsWith("VmRSS:"))
            return line.mid(6).trimmed().split(' ').first().toLongLong();
    }
    return 0;
}

static QString uniqueName()
{
    return QStringLiteral("qlocal-soak-") + QUuid::createUuid().toString(QUuid::Id128);
}

static bool runTraffic(int count)
{
    QQmlEngine engine;
    const Root root = load(engine, "Traffic.qml",
                           { { QStringLiteral("name"), uniqueName() },
                             { QStringLiteral("count"), count } });
    const auto received = [&] { return root->property("received").toInt(); };
    const auto fault = [&] { return root->property("fault").toString(); };
    qint64 before = 0;
    int reached = 0;
    // A fifth of the messages warms up; the rest must not take more memory.
    for (const int goal : { count / 5, count }) {
        while (reached < goal) {
            const int last = reached;
            if (!waitFor([&] { return received() > last || !fault().isEmpty(); })
                || !fault().isEmpty()) {
                std::printf("after %d messages: %s\n", received(), qPrintable(fault()));
                return false;
            }
            reached = received();
        }
        if (goal < count)
            before = residentMemory();
    }
    const qint64 after = residentMemory();
    std::printf(
            "%d messages each way; resident memory %lld KiB after a fifth, %lld KiB at the end\n",
            reached, static_cast<long long>(before), static_cast<long long>(after));
    return after - before < 16 * 1024;
}

static bool runKills(int kills, int clients)
{
    const QString name = uniqueName();
    QQmlEngine engine;
    const Root root = load(engine, "Clients.qml",
                           { { QStringLiteral("name"), name },
                             { QStringLiteral("count"), clients } });
    for (int generation = 1; generation <= kills + 1; ++generation) {
        root->setProperty("generation", generation);
        QProcess server;
        server.setProcessChannelMode(QProcess::ForwardedChannels);
        server.start(QCoreApplication::applicationFilePath(),
                     { QStringLiteral("--server"), name, QString::number(generation) });
        const bool areBack = waitFor([&] { return root->property("back").toInt() == clients; });
        if (!areBack)
            std::printf("%d of %d clients are back after %d kills\n",
                        root->property("back").toInt(), clients, generation - 1);
        server.kill();
        server.waitForFinished();
        if (!areBack)
            return false;
    }
    std::printf("%d clients came back after each of %d kills\n", clients, kills);
    return true;
}

static int runServer(const QString &name, int generation)
{
    QQmlEngine engine;
    const Root root = load(engine, "Server.qml",
                           { { QStringLiteral("name"), name },
                             { QStringLiteral("generation"), generation },
                             { QStringLiteral("active"), true } });
    return QCoreApplication::exec();
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments();
    const QString role = words.value(1);
    const int count = words.value(2).toInt();
    if (role == QLatin1String("--traffic") && count > 0)
        return runTraffic(count) ? 0 : 1;
    if (role == QLatin1String("--kills") && count > 0)
        return runKills(count, words.value(3, QStringLiteral("40")).toInt()) ? 0 : 1;
    if (role == QLatin1String("--server"))
        return runServer(words.value(2), words.value(3).toInt());
    std::fputs("Usage: qml_soak --traffic MESSAGES, or --kills N [CLIENTS]; script/soak-qml builds "
               "it\n",
               stderr);
    return 2;
}
