// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "run.h"

#include "exchange.h"
#include "heldconnections.h"
#include "latency.h"
#include "oneway.h"
#include "storm.h"
#include "weight.h"
#ifdef QLOCAL_DROPIN
#  include "nativeexchange.h"
#endif

#include <QtCore/QCoreApplication>
#include <QtNetwork/QLocalSocket>

#ifdef QLOCAL_DROPIN
#  include <qlocal/busypoll.h>
#endif

std::unique_ptr<Run> Run::of(const Workload &workload, const QString &serverName,
                             int timeoutSeconds)
{
    switch (workload.kind) {
    case Workload::PingPong:
    case Workload::DataExchange: break;
    case Workload::NativeExchange:
#ifdef QLOCAL_DROPIN
        return std::make_unique<NativeExchange>(workload, serverName, timeoutSeconds);
#else
        break;
#endif
    case Workload::OneWaySmall:
    case Workload::OneWayLarge:
    case Workload::SlowReader:
        return std::make_unique<OneWay>(workload, serverName, timeoutSeconds);
    case Workload::IdleCrowd:
    case Workload::LatencyAlone:
    case Workload::BusyPoll: return std::make_unique<Latency>(workload, serverName, timeoutSeconds);
    case Workload::Storm: return std::make_unique<Storm>(workload, serverName, timeoutSeconds);
    case Workload::Held:
        return std::make_unique<HeldConnections>(workload, serverName, timeoutSeconds);
    case Workload::Weight: return std::make_unique<Weight>(workload, serverName, timeoutSeconds);
    }
    return std::make_unique<Exchange>(workload, serverName, timeoutSeconds);
}

Run::Run(const Workload &workload, const QString &serverName, int timeoutSeconds, Server::Duty duty)
    : m_workload(workload), m_serverName(serverName), m_server(new Server(duty))
{
    m_timeout.setInterval(timeoutSeconds * 1000);
    m_timeout.setSingleShot(true);
    connect(&m_timeout, &QTimer::timeout, this, [this] {
        fail(QStringLiteral("not done after %1 s, %2 connected%3")
                     .arg(timeout() / 1000)
                     .arg(m_connected)
                     .arg(progress()));
    });
    connect(m_server, &Server::failed, this, &Run::fail);
    connect(m_server, &Server::acceptedAll, this, &Run::leaveLoop);
    m_server->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_server, &QObject::deleteLater);
    m_thread.start();
}

Run::~Run()
{
    m_thread.quit();
    m_thread.wait();
}

bool Run::run(const Amount &amount)
{
    m_timeout.start();
    QString error;
    callServer([&] { error = m_server->listen(m_serverName); });
    if (!error.isEmpty())
        return fail(error);
    if (!amount.lingers)
        setBusyPoll(std::chrono::microseconds(-1));
    if (!measure(amount))
        return false;
    // The server's reports come through the event loop.
    callServer([] {});
    QCoreApplication::sendPostedEvents(this);
    return m_error.isEmpty();
}

void Run::setBusyPoll([[maybe_unused]] std::chrono::microseconds limit)
{
#ifdef QLOCAL_DROPIN
    const auto set = [limit] { qlocal::setBusyPoll(limit); };
    set();
    callServer(set);
#endif
}

void Run::stopListening()
{
    callServer([this] { m_server->stopListening(); });
}

bool Run::connectToServer(QLocalSocket *socket)
{
    connect(socket, &QLocalSocket::errorOccurred, this,
            [this, socket] { fail(QStringLiteral("a client: %1").arg(socket->errorString())); });
    socket->connectToServer(m_serverName);
    if (!socket->waitForConnected(timeout()))
        return fail(QStringLiteral("connecting: %1").arg(socket->errorString()));
    return true;
}

// If a client connected before the server waits, the server's event loop might detect the
// connection, and then accept(2) it when it is already taken, which blocks in stock Qt.
void Run::startAcceptingByWaiting(int connections)
{
    QSemaphore waits;
    const auto accept = [this, connections, &waits] {
        waits.release();
        m_server->acceptByWaiting(connections);
    };
    QMetaObject::invokeMethod(m_server, accept, Qt::QueuedConnection);
    waits.acquire();
}

void Run::startBatch(int connections, Accepting accepting)
{
    m_connected += connections;
    m_server->announceAccepted(accepting == InEventLoop ? m_connected : 0);
}

bool Run::finishBatch(int connections, Accepting accepting)
{
    if (accepting == InEventLoop && !waitInLoop())
        return false;
    return m_server->awaitAccepted(connections, timeout())
            || fail(QStringLiteral("connections are not accepted"));
}

bool Run::waitInLoop()
{
    if (m_error.isEmpty())
        m_loop.exec();
    return m_error.isEmpty();
}

bool Run::fail(const QString &what)
{
    if (m_error.isEmpty())
        m_error = m_workload.name + QStringLiteral(": ") + what;
    m_loop.quit();
    return false;
}
