// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Each failure to connect has its own text, which says what failed and where.

#include "fact.h"

#include <QtCore/QSet>
#include <QtCore/QTemporaryDir>

namespace {

/// The description of a failed connect.
QString failure(const QString &name)
{
#ifdef QLOCAL_DROPIN
    qlocal::Socket socket;
    socket.connectToServer(name);
    const qlocal::Error error = socket.lastError();
    HOLDS(error && !error.hint().isEmpty());
    HOLDS(name.isEmpty() || error.path() == name);
    return QStringLiteral("%1 %2 %3").arg(error.kind()).arg(error.operation(), error.numberName());
#else
    QLocalSocket socket;
    socket.connectToServer(name);
    return socket.errorString();
#endif
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const testing::Watchdog watchdog;
    const QTemporaryDir folder;
    QFile file(folder.filePath("file"));
    NEEDS(file.open(QIODevice::WriteOnly));
    const QByteArray loop = QFile::encodeName(folder.filePath("loop"));
    NEEDS(::symlink(loop.constData(), loop.constData()) == 0);
    const QStringList names {
        QString(), // no name
        folder.filePath("missing"), // ENOENT
        folder.filePath("file/socket"), // ENOTDIR
        folder.filePath("loop"), // ELOOP
        folder.filePath(QString(300, u'x')), // does not fit
        folder.filePath("file"), // ECONNREFUSED
    };
    QSet<QString> texts;
    for (const QString &name : names) {
        const QString text = failure(name);
        std::printf("%s\n", qPrintable(text));
        texts.insert(text);
    }
    HOLDS(texts.size() == names.size());
}
