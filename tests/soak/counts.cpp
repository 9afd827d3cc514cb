// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "counts.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtCore/QTimer>

#include <cstdio>
#include <filesystem>
#include <unistd.h>

Counters counters;

void Counts::add(const Counts &other)
{
    connections += other.connections;
    messages += other.messages;
    bytes += other.bytes;
    wrong += other.wrong;
    lost += other.lost;
}

QByteArray Counts::toLine() const
{
    QByteArray line;
    for (qint64 count : { connections, messages, bytes, wrong, lost, descriptors, kibibytes })
        line += QByteArray::number(count) + ' ';
    return line;
}

Counts Counts::fromLine(const QByteArray &line)
{
    const QList<QByteArray> words = line.split(' ');
    const auto word = [&](int at) { return words.value(at).toLongLong(); };
    return { word(0), word(1), word(2), word(3), word(4), word(5), word(6) };
}

Counts Counters::now() const
{
    namespace fs = std::filesystem;
    const auto open = std::distance(fs::directory_iterator("/proc/self/fd"),
                                    fs::directory_iterator());
    QFile statm(QStringLiteral("/proc/self/statm"));
    qint64 pages = 0;
    if (statm.open(QIODevice::ReadOnly))
        pages = statm.readAll().split(' ').value(1).toLongLong();
    return { connections, messages, bytes, wrong, lost, open, pages * ::getpagesize() / 1024 };
}

void startReporting()
{
    const auto report = [] {
        std::puts(counters.now().toLine().constData());
        std::fflush(stdout);
    };
    auto *timer = new QTimer(qApp);
    QObject::connect(timer, &QTimer::timeout, report);
    timer->start(1000);
    report();
}
