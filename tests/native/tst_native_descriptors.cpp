// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Descriptors passed with bytes, owned by type.

#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <qlocal/server.h>

#include <fcntl.h>
#include <unistd.h>

#include "pair.h"

using namespace testing;
using qlocal::Descriptor;
using qlocal::Server;
using qlocal::Socket;

class tst_native_descriptors : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void descriptorArrivesWithItsBytes();
    void descriptorsKeepOrder();
    void descriptorsAreOffByDefault();
    void excessDescriptorsEndConnection();
    void refusedDescriptorStaysWithCaller();

private:
    std::unique_ptr<Watchdog> m_watchdog;
    std::unique_ptr<Server> m_server;
    std::unique_ptr<Socket> m_client;
    Socket *m_accepted = nullptr;
};

/// The read end of a pipe with these bytes in it.
static Descriptor labelled(const QByteArray &label)
{
    int ends[2];
    if (::pipe(ends) != 0 || ::write(ends[1], label.constData(), size_t(label.size())) < 0)
        qFatal("labelled: no pipe");
    ::close(ends[1]);
    return Descriptor(ends[0]);
}

static QByteArray label(const Descriptor &descriptor)
{
    char bytes[100];
    const ssize_t size = ::read(descriptor.get(), bytes, sizeof bytes);
    return QByteArray(bytes, qMax<ssize_t>(size, 0));
}

void tst_native_descriptors::init()
{
    m_watchdog.reset(new Watchdog);
    m_server.reset(new Server);
    m_client.reset(new Socket);
    QVERIFY(m_server->listen(uniqueName()));
    m_client->connectToServer(m_server->fullServerName());
    QVERIFY(m_server->waitForNewConnection(5000));
    m_accepted = m_server->nextSocket();
}

void tst_native_descriptors::cleanup()
{
    m_client.reset();
    m_server.reset();
    m_watchdog.reset();
}

void tst_native_descriptors::descriptorArrivesWithItsBytes()
{
    m_accepted->setMaxDescriptors(1);
    QCOMPARE(m_accepted->maxDescriptors(), 1);
    Descriptor descriptor = labelled("one");
    QCOMPARE(m_client->writeWithDescriptor("here", std::move(descriptor)), 4);
    QVERIFY(!descriptor.isValid());
    QVERIFY(!m_accepted->takeDescriptor().isValid());
    QTRY_COMPARE(m_accepted->bytesAvailable(), 4);
    QCOMPARE(m_accepted->readAll(), QByteArray("here"));
    const Descriptor arrived = m_accepted->takeDescriptor();
    QVERIFY(arrived.isValid());
    QVERIFY(::fcntl(arrived.get(), F_GETFD) & FD_CLOEXEC);
    QCOMPARE(label(arrived), QByteArray("one"));
    QVERIFY(!m_accepted->takeDescriptor().isValid());
}

void tst_native_descriptors::descriptorsKeepOrder()
{
    m_accepted->setMaxDescriptors(10);
    m_client->write("a");
    m_client->writeWithDescriptor("b", labelled("1"));
    m_client->writeWithDescriptor("c", labelled("2"));
    m_client->write("d");
    QTRY_COMPARE(m_accepted->bytesAvailable(), 4);
    QCOMPARE(m_accepted->readAll(), QByteArray("abcd"));
    QCOMPARE(label(m_accepted->takeDescriptor()), QByteArray("1"));
    QCOMPARE(label(m_accepted->takeDescriptor()), QByteArray("2"));
}

void tst_native_descriptors::descriptorsAreOffByDefault()
{
    QCOMPARE(m_accepted->maxDescriptors(), 0);
    m_client->writeWithDescriptor("x", labelled("1"));
    QTRY_COMPARE(m_accepted->bytesAvailable(), 1);
    QVERIFY(!m_accepted->takeDescriptor().isValid());
}

void tst_native_descriptors::excessDescriptorsEndConnection()
{
    m_accepted->setMaxDescriptors(1);
    m_client->writeWithDescriptor("x", labelled("1"));
    m_client->writeWithDescriptor("y", labelled("2"));
    QTRY_COMPARE(m_accepted->state(), QLocalSocket::UnconnectedState);
    QCOMPARE(m_accepted->error(), QLocalSocket::SocketResourceError);
    QCOMPARE(label(m_accepted->takeDescriptor()), QByteArray("1"));
    QVERIFY(!m_accepted->takeDescriptor().isValid());
}

void tst_native_descriptors::refusedDescriptorStaysWithCaller()
{
    Descriptor descriptor = labelled("mine");
    QCOMPARE(m_client->writeWithDescriptor(QByteArray(), std::move(descriptor)), 0);
    m_client->setWriteLimit(1);
    m_client->write("x");
    QCOMPARE(m_client->writeWithDescriptor("y", std::move(descriptor)), 0);
    m_client->abort();
    QCOMPARE(m_client->writeWithDescriptor("y", std::move(descriptor)), -1);
    QVERIFY(descriptor.isValid());
    QCOMPARE(label(descriptor), QByteArray("mine"));
    QCOMPARE(m_client->writeWithDescriptor("y", Descriptor()), -1);
}

QTEST_GUILESS_MAIN(tst_native_descriptors)
#include "tst_native_descriptors.moc"
