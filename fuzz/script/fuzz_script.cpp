// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Plays a script from any bytes, see script/fuzz. With QLOCAL_FUZZ_PRINT it prints the script and the trace.

#include "decode.h"
#include "script.h"
#include "trace.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QTemporaryDir>

#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace {

std::unique_ptr<QTemporaryDir> folder;
int firstDescriptor = 0;

void play(const QList<QByteArray> &steps)
{
    const QByteArray suffix = "-qlocal-fuzz-" + QByteArray::number(::getpid());
    {
        Script script(folder->path().toUtf8(), suffix);
        script.run(steps);
    }
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QDir files(folder->path());
    for (const QString &file : files.entryList(QDir::System | QDir::Files))
        files.remove(file);
}

void removeFolder()
{
    folder.reset();
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static QCoreApplication application(*argc, *argv);
    folder = std::make_unique<QTemporaryDir>();
    std::atexit(removeFolder);
    qputenv("TMPDIR", folder->path().toUtf8());
    trace::catchWarnings();
    if (!qEnvironmentVariableIsSet("QLOCAL_FUZZ_PRINT"))
        ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
    // Descriptors that a thread opens once exist from now on. A script may leave descriptors that
    // it has created itself.
    play({ "v listen n1", "c1 connectToServer n1", "settle" });
    firstDescriptor = ::dup(STDOUT_FILENO);
    ::close(firstDescriptor);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uchar *bytes, size_t size)
{
    const QList<QByteArray> steps = decode(bytes, size);
    if (qEnvironmentVariableIsSet("QLOCAL_FUZZ_PRINT"))
        std::fprintf(stderr, "%s\n", steps.join('\n').constData());
    play(steps);
    ::close_range(unsigned(firstDescriptor), ~0U, 0);
    return 0;
}
