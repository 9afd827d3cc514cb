// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Every pairing of client and server, of this project and of stock Qt, in every place: one thread, two, two processes.
// Data is compared byte by byte, and at the end the server is asked whether it has received
// everything.

#include "places.h"
#include "testing.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>

#include <optional>

using namespace interop;

Q_DECLARE_METATYPE(const Flavour *)
Q_DECLARE_METATYPE(Place)
Q_DECLARE_METATYPE(Exchange)
Q_DECLARE_METATYPE(OneWay)
Q_DECLARE_METATYPE(Storm)

class tst_Interop : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase_data();
    void init();
    void cleanup();

    void messagesAreEchoed_data();
    void messagesAreEchoed();
    void streamsArriveWhole_data();
    void streamsArriveWhole();
    void connectionStormIsServed_data();
    void connectionStormIsServed();
    void serverExitIsAnnounced();

private:
    /// Runs `talk` with the row's client against the row's server; the path is the argument.
    template<typename Talk>
    QString withServer(Talk talk)
    {
        QFETCH_GLOBAL(const Flavour *, server);
        QFETCH_GLOBAL(const Flavour *, client);
        QFETCH_GLOBAL(Place, place);
        const QString path = m_folder->filePath("service");
        const std::unique_ptr<Host> service = host(place, *server, path);
        return talk(client->side, path, *service);
    }

    std::optional<QTemporaryDir> m_folder;
    std::optional<testing::Watchdog> m_watchdog;
};

void tst_Interop::initTestCase_data()
{
    QTest::addColumn<const Flavour *>("server");
    QTest::addColumn<const Flavour *>("client");
    QTest::addColumn<Place>("place");
    const std::pair<const char *, Place> places[] = { { "one thread", Place::OneThread },
                                                      { "two threads", Place::TwoThreads },
                                                      { "two processes", Place::TwoProcesses } };
    for (const Flavour &server : flavours) {
        for (const Flavour &client : flavours) {
            for (const auto &[name, place] : places)
                QTest::addRow("%s client, %s server, %s", client.name, server.name, name)
                        << &server << &client << place;
        }
    }
}

void tst_Interop::init()
{
    m_folder.emplace();
    m_watchdog.emplace();
}

void tst_Interop::cleanup()
{
    m_watchdog.reset();
    m_folder.reset();
}

void tst_Interop::messagesAreEchoed_data()
{
    QTest::addColumn<Exchange>("exchange");
    QTest::newRow("latency alone") << Exchange { 1, 200, 64 };
    QTest::newRow("ping-pong 10") << Exchange { 10, 100, 1 };
    QTest::newRow("ping-pong 100") << Exchange { 100, 50, 1 };
    QTest::newRow("ping-pong 1000") << Exchange { 1000, 5, 1 };
    QTest::newRow("data exchange 1 x 100") << Exchange { 1, 200, 100 };
    QTest::newRow("data exchange 5 x 1000") << Exchange { 5, 100, 1000 };
    QTest::newRow("data exchange 10 x 10,000") << Exchange { 10, 30, 10000 };
    QTest::newRow("data exchange 10 x 100,000") << Exchange { 10, 5, 100000 };
    QTest::newRow("data exchange 1 x 5,000,000") << Exchange { 1, 2, 5000000 };
    QTest::newRow("one among an idle crowd") << Exchange { 1, 100, 1, 500 };
    QTest::newRow("held connections") << Exchange { 1000, 1, 1 };
}

void tst_Interop::messagesAreEchoed()
{
    QFETCH(Exchange, exchange);
    QCOMPARE(withServer([&](const Side &client, const QString &path, Host &) {
                 const QString failure = client.exchange(path, exchange);
                 return failure.isEmpty()
                         ? client.census(path, exchange.connections + exchange.idle)
                         : failure;
             }),
             QString());
}

void tst_Interop::streamsArriveWhole_data()
{
    QTest::addColumn<OneWay>("oneWay");
    for (bool toServer : { true, false }) {
        const char *to = toServer ? "to the server" : "to the client";
        for (int size : { 16, 64, 512 })
            QTest::addRow("%d bytes %s", size, to) << OneWay { toServer, 20000, size };
        QTest::addRow("64 KiB %s", to) << OneWay { toServer, 256, 65536 };
        QTest::addRow("64 KiB %s, slow reader", to) << OneWay { toServer, 64, 65536, true };
    }
}

void tst_Interop::streamsArriveWhole()
{
    QFETCH(OneWay, oneWay);
    QCOMPARE(withServer([&](const Side &client, const QString &path, Host &) {
                 const QString failure = client.oneWay(path, oneWay);
                 return failure.isEmpty() ? client.census(path, 1) : failure;
             }),
             QString());
}

void tst_Interop::connectionStormIsServed_data()
{
    QTest::addColumn<Storm>("storm");
    for (bool serverCloses : { false, true }) {
        for (bool oneSocket : { false, true })
            QTest::addRow("%s closes, %s", serverCloses ? "server" : "client",
                          oneSocket ? "one socket for all" : "a socket for each")
                    << Storm { 200, serverCloses, oneSocket };
    }
}

void tst_Interop::connectionStormIsServed()
{
    QFETCH(Storm, storm);
    QCOMPARE(withServer([&](const Side &client, const QString &path, Host &) {
                 const QString failure = client.storm(path, storm);
                 return failure.isEmpty() ? client.census(path, storm.times) : failure;
             }),
             QString());
}

void tst_Interop::serverExitIsAnnounced()
{
    QCOMPARE(withServer([&](const Side &client, const QString &path, Host &service) {
                 return client.outlive(path, 20, [&] { service.end(); });
             }),
             QString());
}

QTEST_GUILESS_MAIN(tst_Interop)
#include "tst_interop.moc"
