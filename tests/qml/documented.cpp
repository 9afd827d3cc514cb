// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Runs the QML examples in pages of the documentation. The block of text after one or more examples is what they print
// together. An example that begins with "// Not run" is skipped.

#include <QtCore/QCoreApplication>
#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QStringList>
#include <QtCore/QTemporaryDir>
#include <QtQml/QQmlComponent>
#include <QtQml/QQmlEngine>
#include <QtQml/qqmlextensionplugin.h>

#include <cstdio>
#include <memory>
#include <vector>

Q_IMPORT_QML_PLUGIN(QLocalPlugin)

struct Block
{
    QByteArray language;
    QByteArray text;
    int line;
};

static std::vector<Block> blocksOf(const QString &page)
{
    QFile file(page);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("cannot read %s", qPrintable(page));
    std::vector<Block> blocks;
    bool isInside = false;
    int number = 0;
    for (const QByteArray &line : file.readAll().split('\n')) {
        ++number;
        if (line.startsWith("```")) {
            isInside = !isInside;
            if (isInside)
                blocks.push_back({ line.mid(3), QByteArray(), number });
        } else if (isInside) {
            blocks.back().text += line + '\n';
        }
    }
    return blocks;
}

static QStringList printed;

static void keep(QtMsgType, const QMessageLogContext &, const QString &message)
{
    printed.append(message);
}

/// Whether these examples print exactly this.
static bool run(const QString &page, const std::vector<Block> &examples,
                const QStringList &expected)
{
    printed.clear();
    QQmlEngine engine;
    std::vector<std::unique_ptr<QObject>> objects;
    for (const Block &example : examples) {
        QQmlComponent component(&engine);
        const QString place = QStringLiteral("%1:%2").arg(page).arg(example.line);
        component.setData(example.text, QUrl::fromLocalFile(place));
        objects.emplace_back(component.create());
        if (!objects.back())
            printed.append(component.errorString());
    }
    QElapsedTimer timer;
    timer.start();
    while (printed.size() < expected.size() && !timer.hasExpired(10000))
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
    // Nothing else is printed.
    for (timer.start(); !timer.hasExpired(50);)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
    if (printed == expected)
        return true;
    std::fprintf(stderr, "%s:%d prints\n%s\ninstead of\n%s\n", qPrintable(page), examples[0].line,
                 qPrintable(printed.join('\n')), qPrintable(expected.join('\n')));
    return false;
}

static bool runPage(const QString &page)
{
    bool isRight = true;
    std::vector<Block> examples;
    const auto finish = [&](const QStringList &expected) {
        if (!examples.empty())
            isRight = run(page, examples, expected) && isRight;
        examples.clear();
    };
    for (const Block &block : blocksOf(page)) {
        if (block.language == "qml" && !block.text.startsWith("// Not run"))
            examples.push_back(block);
        else if (block.language == "text")
            finish(QString::fromUtf8(block.text).split('\n', Qt::SkipEmptyParts));
    }
    finish({});
    return isRight;
}

int main(int argc, char **argv)
{
    // The names of the examples are their own.
    const QTemporaryDir folder;
    qputenv("XDG_RUNTIME_DIR", QFile::encodeName(folder.path()));
    QCoreApplication application(argc, argv);
    qInstallMessageHandler(keep);
    bool isRight = true;
    const QStringList pages = QCoreApplication::arguments().mid(1);
    for (const QString &page : pages)
        isRight = runPage(page) && isRight;
    return isRight && !pages.isEmpty() ? 0 : 1;
}
