// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The main job: ping-pong and data exchange over many connections, as a QtTest and as a benchmark.
//
// One source, compiled against stock QtNetwork (bench_stock) and against the drop-in (bench_qlocal).

#include "descriptorlimit.h"
#include "exchange.h"
#include "workload.h"

#include <QtCore/QCommandLineParser>
#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QUuid>
#include <QtTest/QTest>

#include <cstdio>

#include <unistd.h>

Q_DECLARE_METATYPE(Workload)

namespace {

struct Options
{
    QString serverName;
    Amount amount;
    int timeoutSeconds = 120;
};

QString uniqueServerName()
{
    return QStringLiteral("qlocal-bench-") + QUuid::createUuid().toString(QUuid::Id128);
}

/// Returns what failed, or nothing.
QString measure(const Workload &workload, const Options &options, Result *result)
{
    const QString error = checkDescriptorLimit(workload.connections);
    if (!error.isEmpty())
        return error;
    Exchange exchange(workload,
                      options.serverName.isEmpty() ? uniqueServerName() : options.serverName,
                      options.timeoutSeconds);
    // The run ends itself at its time-out, unless its event loop hangs: then alarm(2) ends the process.
    alarm(unsigned(options.timeoutSeconds) + 10);
    exchange.run(options.amount);
    alarm(0);
    *result = exchange.result();
    return exchange.errorString();
}

} // namespace

class MainJob : public QObject
{
    Q_OBJECT

public:
    explicit MainJob(const Options &options) : m_options(options) { }

private slots:
    void pingPongReturnsEveryByte_data() { addRows(Workload::PingPong); }
    void pingPongReturnsEveryByte() { runRow(); }
    void dataExchangeReturnsEveryByte_data() { addRows(Workload::DataExchange); }
    void dataExchangeReturnsEveryByte() { runRow(); }

private:
    static void addRows(Workload::Kind kind)
    {
        QTest::addColumn<Workload>("workload");
        for (const Workload &workload : Workload::all()) {
            if (workload.kind == kind)
                QTest::newRow(qPrintable(workload.name())) << workload;
        }
    }

    void runRow() const
    {
        QFETCH(Workload, workload);
        Result result;
        const QString error = measure(workload, m_options, &result);
        QVERIFY2(error.isEmpty(), qPrintable(error));
        if (workload.kind == Workload::PingPong)
            QCOMPARE(result.roundTrips, m_options.amount.roundTrips);
        QVERIFY(result.roundTrips > 0);
        qInfo("%.1f %s", result.value(workload.kind), qPrintable(workload.unit()));
    }

    const Options m_options;
};

namespace {

/// Tells the two programs apart by what they do, not by how they were built: Qt's own class derives from QIODevice
/// directly, the drop-in has classes of its own between.
QString implementation()
{
    const bool stock = QLocalSocket::staticMetaObject.superClass() == &QIODevice::staticMetaObject;
    return stock ? QStringLiteral("stock Qt") : QStringLiteral("qlocal");
}

QByteArray toJson(const Workload &workload, const Result &result)
{
    const QJsonObject object = {
        { QStringLiteral("implementation"), implementation() },
        { QStringLiteral("qt"), QString::fromLatin1(qVersion()) },
        { QStringLiteral("workload"), workload.name() },
        { QStringLiteral("unit"), workload.unit() },
        { QStringLiteral("value"), result.value(workload.kind) },
        { QStringLiteral("round_trips"), result.roundTrips },
        { QStringLiteral("bytes"), result.bytes },
        { QStringLiteral("seconds"), result.seconds },
        { QStringLiteral("connect_seconds"), result.connectSeconds },
    };
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

int complain(const QString &what)
{
    std::fprintf(stderr, "%s\n", qPrintable(what));
    return 1;
}

int runWorkload(const QString &name, const Options &options, const QString &jsonFile)
{
    const std::optional<Workload> workload = Workload::fromName(name);
    if (!workload)
        return complain(QStringLiteral("No workload is called \"%1\"; --list prints their names.")
                                .arg(name));
    Result result;
    const QString error = measure(*workload, options, &result);
    if (!error.isEmpty())
        return complain(error);

    if (jsonFile.isEmpty()) {
        std::printf("%s: %.1f %s\n", qPrintable(workload->name()), result.value(workload->kind),
                    qPrintable(workload->unit()));
        return 0;
    }
    QFile file(jsonFile);
    const bool opened = jsonFile == QLatin1String("-") ? file.open(stdout, QIODevice::WriteOnly)
                                                       : file.open(QIODevice::WriteOnly);
    if (!opened || file.write(toJson(*workload, result)) < 0 || !file.flush())
        return complain(QStringLiteral("Writing %1: %2").arg(jsonFile, file.errorString()));
    return 0;
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    Options options;

    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
            "Ping-pong and data exchange between a QLocalServer in a thread of its own and sockets "
            "in "
            "the main thread; every byte that comes back is compared with the one sent.\n\n"
            "Without --workload this is a QtTest of all rows."));
    parser.addHelpOption();
    const QCommandLineOption list(QStringLiteral("list"),
                                  QStringLiteral("Print the names of all workloads."));
    const QCommandLineOption workload(QStringLiteral("workload"),
                                      QStringLiteral("Run this workload only, as a benchmark."),
                                      QStringLiteral("name"));
    const QCommandLineOption
            json(QStringLiteral("json"),
                 QStringLiteral("With --workload: write the result as JSON; - is standard output."),
                 QStringLiteral("file"));
    const QCommandLineOption name(QStringLiteral("name"),
                                  QStringLiteral("Name of the server; random by default."),
                                  QStringLiteral("name"));
    const QCommandLineOption
            roundTrips(QStringLiteral("round-trips"),
                       QStringLiteral("Round trips of a ping-pong, over all connections."),
                       QStringLiteral("count"), QString::number(options.amount.roundTrips));
    const QCommandLineOption seconds(QStringLiteral("seconds"),
                                     QStringLiteral("How long a data exchange lasts."),
                                     QStringLiteral("seconds"),
                                     QString::number(options.amount.seconds));
    const QCommandLineOption
            noWarmUp(QStringLiteral("no-warm-up"),
                     QStringLiteral(
                             "Leave out the untimed tenth that comes before the timed part."));
    const QCommandLineOption timeout(QStringLiteral("timeout"),
                                     QStringLiteral("Give up after so many seconds."),
                                     QStringLiteral("seconds"),
                                     QString::number(options.timeoutSeconds));
    parser.addOptions({ list, workload, json, name, roundTrips, seconds, noWarmUp, timeout });
    parser.addPositionalArgument(QStringLiteral("arguments"),
                                 QStringLiteral("Arguments for QtTest, after --."),
                                 QStringLiteral("[-- arguments...]"));
    parser.process(application);

    bool countIsGood = false;
    bool secondsAreGood = false;
    bool timeoutIsGood = false;
    options.serverName = parser.value(name);
    options.amount.roundTrips = parser.value(roundTrips).toLongLong(&countIsGood);
    options.amount.seconds = parser.value(seconds).toDouble(&secondsAreGood);
    options.amount.warmUp = !parser.isSet(noWarmUp);
    options.timeoutSeconds = parser.value(timeout).toInt(&timeoutIsGood);
    if (!countIsGood || options.amount.roundTrips < 1 || !secondsAreGood
        || !(options.amount.seconds > 0) || !timeoutIsGood || options.timeoutSeconds < 1)
        return complain(
                QStringLiteral("--round-trips, --seconds and --timeout want a number above zero."));

    if (parser.isSet(list)) {
        for (const Workload &row : Workload::all())
            std::puts(qPrintable(row.name()));
        return 0;
    }

    raiseDescriptorLimit();
    if (parser.isSet(workload))
        return runWorkload(parser.value(workload), options, parser.value(json));
    MainJob job(options);
    return QTest::qExec(&job,
                        QStringList(application.arguments().first())
                                + parser.positionalArguments());
}

#include "bench.moc"
