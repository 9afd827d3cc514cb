// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The server in docs/framing.md, with a client that writes bytes.

#include "testing.h"

#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QtTest>

class tst_shout : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachLineIsAnsweredInCapitals();
    void tooLongLineEndsConnection();
};

/// The server, and a client.
struct Shout
{
    bool start()
    {
        process.start(SHOUT, { folder.filePath("shout") });
        return folder.isValid() && process.waitForStarted();
    }
    /// Whether the server listens by now.
    bool connect()
    {
        if (!client.isValid())
            client.connectToServer(folder.filePath("shout"));
        return client.isValid();
    }
    ~Shout()
    {
        process.kill();
        process.waitForFinished();
    }

    const QTemporaryDir folder;
    QProcess process;
    QLocalSocket client;
};

void tst_shout::eachLineIsAnsweredInCapitals()
{
    const testing::Watchdog watchdog;
    Shout shout;
    QVERIFY(shout.start());
    QTRY_VERIFY(shout.connect());
    shout.client.write("one\r\ntwo\nlines\r");
    QTRY_COMPARE(shout.client.bytesAvailable(), qint64(5));
    shout.client.write("\n");
    QTRY_COMPARE(shout.client.bytesAvailable(), qint64(16));
    QCOMPARE(shout.client.readAll(), QByteArray("ONE\r\nTWO\nLINES\r\n"));
}

void tst_shout::tooLongLineEndsConnection()
{
    const testing::Watchdog watchdog;
    Shout shout;
    QVERIFY(shout.start());
    QTRY_VERIFY(shout.connect());
    shout.client.write(QByteArray(1002, 'x'));
    QTRY_COMPARE(shout.client.state(), QLocalSocket::UnconnectedState);
}

QTEST_GUILESS_MAIN(tst_shout)
#include "tst_shout.moc"
