// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Where a service runs while the test is its client: in this thread, another thread, or another
// process.

#ifndef QLOCAL_TESTS_PLACES_H
#define QLOCAL_TESTS_PLACES_H

#include "side.h"

#include <QtCore/QEventLoop>
#include <QtCore/QProcess>
#include <QtCore/QSemaphore>
#include <QtCore/QThread>

#include <utility>

namespace interop {

/// The two implementations, with the programs that are compiled against them.
struct Flavour
{
    const char *name;
    const Side &side;
    const char *program;
};

inline const Flavour flavours[] = {
    { "qlocal", qlocalSide(), INTEROP_PROGRAM_QLOCAL },
    { "stock", stockSide(), INTEROP_PROGRAM_STOCK },
};

enum class Place { OneThread, TwoThreads, TwoProcesses };

/// A service that listens once constructed, if it could.
class Host
{
public:
    virtual ~Host() = default;
    /// Ends the service: deletes it, or kills its process.
    virtual void end() = 0;
};

class HostHere : public Host
{
public:
    HostHere(const Flavour &flavour, const QString &path) : m_service(flavour.side.serve(path)) { }
    void end() override { m_service.reset(); }

private:
    std::unique_ptr<QObject> m_service;
};

class HostInThread : public Host
{
public:
    HostInThread(const Flavour &flavour, const QString &path)
    {
        m_thread.reset(QThread::create([this, &flavour, path] {
            const std::unique_ptr<QObject> service = flavour.side.serve(path);
            QEventLoop loop;
            m_loop = &loop;
            m_listening.release();
            loop.exec();
        }));
        m_thread->start();
        m_listening.acquire();
    }
    ~HostInThread() override { end(); }
    void end() override
    {
        if (m_thread->isRunning())
            QMetaObject::invokeMethod(std::exchange(m_loop, nullptr), &QEventLoop::quit);
        m_thread->wait();
    }

private:
    QSemaphore m_listening;
    QEventLoop *m_loop = nullptr;
    std::unique_ptr<QThread> m_thread;
};

class HostInProcess : public Host
{
public:
    HostInProcess(const Flavour &flavour, const QString &path)
    {
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.start(QString::fromLocal8Bit(flavour.program), { "serve", path });
        m_process.waitForReadyRead(10000);
    }
    ~HostInProcess() override
    {
        m_process.closeWriteChannel();
        m_process.waitForFinished(10000);
    }
    void end() override
    {
        m_process.kill();
        m_process.waitForFinished(10000);
    }

private:
    QProcess m_process;
};

inline std::unique_ptr<Host> host(Place place, const Flavour &flavour, const QString &path)
{
    switch (place) {
    case Place::OneThread: return std::make_unique<HostHere>(flavour, path);
    case Place::TwoThreads: return std::make_unique<HostInThread>(flavour, path);
    case Place::TwoProcesses: return std::make_unique<HostInProcess>(flavour, path);
    }
    return nullptr;
}

} // namespace interop

#endif // QLOCAL_TESTS_PLACES_H
