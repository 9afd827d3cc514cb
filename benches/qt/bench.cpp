// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The workloads as a Qt program, as a QtTest and as benchmarks.
//
// One source, compiled against stock QtNetwork (bench_stock) and against the drop-in (bench_qlocal).

#include "descriptorlimit.h"
#include "holder.h"
#include "run.h"
#include "workload.h"

#include <QtCore/QCommandLineParser>
#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QUuid>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QTest>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include <unistd.h>

Q_DECLARE_METATYPE(Workload)

namespace {

struct Options
{
    QString serverName;
    Amount amount;
    /// The maximum number of connections, for a short form.
    int connections = std::numeric_limits<int>::max();
    int timeoutSeconds = 120;
    /// Until the process ends.
    bool leavesSocketsOpen = false;
};

QString uniqueServerName()
{
    return QStringLiteral("qlocal-bench-") + QUuid::createUuid().toString(QUuid::Id128);
}

/// Returns what failed, or nothing.
QString measure(Workload workload, const Options &options, Result *result)
{
    workload.connections = std::min(workload.connections, options.connections);
    Amount amount = options.amount;
    if (amount.count == 0)
        amount.count = workload.usualCount();
    const QString error = checkDescriptorLimit(workload.connections);
    if (!error.isEmpty())
        return error;
    std::unique_ptr<Run> run = Run::of(workload,
                                       options.serverName.isEmpty() ? uniqueServerName()
                                                                    : options.serverName,
                                       options.timeoutSeconds);
    // The run ends at its time-out, unless its event loop hangs: then alarm(2) ends the process.
    alarm(unsigned(options.timeoutSeconds) + 10);
    run->run(amount);
    *result = run->result();
    const QString failed = run->errorString();
    // Closing thousands of sockets one by one takes stock Qt longer than some of the workloads.
    if (options.leavesSocketsOpen)
        run.release()->stopListening();
    else
        run.reset();
    alarm(0);
    return failed;
}

/// Distinguishes the two programs by their behaviour, not by how they were built: Qt's own class
/// derives from QIODevice directly, the drop-in has intermediate classes.
bool isStock()
{
    return QLocalSocket::staticMetaObject.superClass() == &QIODevice::staticMetaObject;
}

} // namespace

class Benchmarks : public QObject
{
    Q_OBJECT

public:
    explicit Benchmarks(const Options &options) : m_options(options) { }

private slots:
    void everyByteComesBack_data()
    {
        QTest::addColumn<Workload>("workload");
        for (const Workload &workload : Workload::all())
            QTest::newRow(qPrintable(workload.name)) << workload;
    }

    void everyByteComesBack()
    {
        QFETCH(Workload, workload);
        Result result;
        const QString error = measure(workload, m_options, &result);
        QVERIFY2(error.isEmpty(), qPrintable(error));
        QVERIFY(result.count > 0);
        qInfo("%.1f", result.value);
    }

private:
    const Options m_options;
};

namespace {

QByteArray toJson(QJsonObject object, const QString &workload)
{
    object[QStringLiteral("implementation")] = isStock() ? QStringLiteral("stock")
                                                         : QStringLiteral("qlocal");
    object[QStringLiteral("qt")] = QString::fromLatin1(qVersion());
    object[QStringLiteral("workload")] = workload;
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

QJsonObject toJson(const Result &result)
{
    QJsonObject object = {
        { QStringLiteral("value"), result.value },
        { QStringLiteral("count"), result.count },
    };
    if (result.p99)
        object[QStringLiteral("p99")] = *result.p99;
    return object;
}

int complain(const QString &what)
{
    std::fprintf(stderr, "%s\n", qPrintable(what));
    return 1;
}

int runWorkload(const QString &name, const Options &options)
{
    const std::optional<Workload> workload = Workload::fromName(name);
    if (!workload)
        return complain(QStringLiteral("There is no workload \"%1\"; --list prints their names.")
                                .arg(name));
    Result result;
    const QString error = measure(*workload, options, &result);
    if (!error.isEmpty())
        return complain(error);
    std::fputs(toJson(toJson(result), name).constData(), stdout);
    std::fflush(stdout);
    std::_Exit(0);
}

/// Reads a number of at least `minimum`; ends the process otherwise.
double number(const QCommandLineParser &parser, const QCommandLineOption &option, double minimum)
{
    bool isNumber = false;
    const double number = parser.value(option).toDouble(&isNumber);
    if (!isNumber || number < minimum)
        std::exit(complain(QStringLiteral("--%1 needs a number, at least %2")
                                   .arg(option.names().constFirst())
                                   .arg(minimum)));
    return number;
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);

    const auto option = [](const char *name, const char *description, const char *value = "",
                           const char *usual = "") {
        return QCommandLineOption(QString::fromLatin1(name), QString::fromLatin1(description),
                                  QString::fromLatin1(value), QString::fromLatin1(usual));
    };
    const QCommandLineOption list = option("list", "Print the names of all workloads.");
    const QCommandLineOption workload =
            option("workload", "Run this workload only, and print the result as JSON.", "name");
    const QCommandLineOption name = option("name", "Name of the server; random by default.",
                                           "name");
    const QCommandLineOption count =
            option("count",
                   "Round trips, writes or timed connections, whichever the workload counts; 0 "
                   "means its default.",
                   "count", "0");
    const QCommandLineOption seconds = option("seconds",
                                              "How long a data exchange or an idle crowd lasts.",
                                              "seconds", "1");
    const QCommandLineOption connections = option("connections", "Maximum number of connections.",
                                                  "count", "1000000");
    const QCommandLineOption noWarmUp =
            option("no-warm-up", "Skip the untimed tenth that precedes the timed part.");
    const QCommandLineOption noLingering =
            option("no-lingering", "Never poll before a thread goes to sleep; qlocal only.");
    const QCommandLineOption timeout = option("timeout", "Time-out in seconds.", "seconds", "120");
    const QCommandLineOption hold =
            option("hold",
                   "Run as the second process, which holds connections to the socket at this path.",
                   "path");

    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
            "Traffic between a QLocalServer in its own thread and sockets in the main thread; "
            "every byte that arrives is compared with the one sent.\n\n"
            "Without --workload this is a QtTest of all workloads."));
    parser.addHelpOption();
    parser.addOptions({ list, workload, name, count, seconds, connections, noWarmUp, noLingering,
                        timeout, hold });
    parser.addPositionalArgument(QStringLiteral("arguments"),
                                 QStringLiteral("Arguments for QtTest, after --."),
                                 QStringLiteral("[-- arguments...]"));
    parser.process(application);

    if (parser.isSet(list)) {
        for (const Workload &row : Workload::all())
            std::puts(qPrintable(row.name));
        return 0;
    }

    Options options;
    options.serverName = parser.value(name);
    options.amount.count = qint64(number(parser, count, 0));
    options.amount.seconds = number(parser, seconds, 0.001);
    options.amount.warmUp = !parser.isSet(noWarmUp);
    options.amount.lingers = !parser.isSet(noLingering);
    options.connections = int(number(parser, connections, 1));
    options.timeoutSeconds = int(number(parser, timeout, 1));

    raiseDescriptorLimit();
    if (parser.isSet(hold))
        return holdConnections(parser.value(hold).toLocal8Bit().constData(), options.connections);
    options.leavesSocketsOpen = parser.isSet(workload);
    if (options.leavesSocketsOpen)
        return runWorkload(parser.value(workload), options);
    Benchmarks benchmarks(options);
    return QTest::qExec(&benchmarks,
                        QStringList(application.arguments().first())
                                + parser.positionalArguments());
}

#include "bench.moc"
