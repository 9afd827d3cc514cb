// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// LocalSocket and LocalServer in QML, each with a peer in another process that uses Qt's own classes.

#include <QtCore/QCoreApplication>
#include <QtCore/QElapsedTimer>
#include <QtCore/QMetaEnum>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtQml/QQmlComponent>
#include <QtQml/QQmlEngine>
#include <QtQml/qqmlextensionplugin.h>
#include <qlocal/socket.h>

#include <cstdio>
#include <memory>

Q_IMPORT_QML_PLUGIN(QLocalPlugin)

using qlocal::Socket;

static std::unique_ptr<QObject> load(QQmlEngine &engine, const char *file,
                                     const QVariantMap &values)
{
    QQmlComponent component(&engine,
                            QUrl::fromLocalFile(QStringLiteral(PEERS_QML "/")
                                                + QLatin1String(file)));
    std::unique_ptr<QObject> root(component.createWithInitialProperties(values));
    if (!root)
        qFatal("%s", qPrintable(component.errorString()));
    return root;
}

template<typename Condition>
static bool waitFor(Condition condition)
{
    QElapsedTimer timer;
    timer.start();
    while (!condition() && !timer.hasExpired(30000))
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
    return condition();
}

static QStringList words(const char *role, const QString &path, Socket::Framing framing)
{
    const char *kind = framing == Socket::Raw ? "bytes" : "messages";
    return { QLatin1String(role), path, QLatin1String(kind) };
}

static bool testClient(const QString &path, Socket::Framing framing)
{
    QProcess server;
    server.start(QStringLiteral(STOCK_PEER), words("serve", path, framing));
    if (!waitFor([&] { return server.canReadLine(); }))
        return false;
    QQmlEngine engine;
    const auto client = load(engine, "Client.qml",
                             { { QStringLiteral("serverName"), path },
                               { QStringLiteral("framing"), framing },
                               { QStringLiteral("active"), true } });
    const bool isRight = waitFor([&] { return client->property("isDone").toBool(); });
    server.kill();
    server.waitForFinished();
    return isRight;
}

static bool testServer(const QString &path, Socket::Framing framing)
{
    QQmlEngine engine;
    const auto server = load(engine, "Server.qml",
                             { { QStringLiteral("name"), path },
                               { QStringLiteral("framing"), framing },
                               { QStringLiteral("active"), true } });
    QProcess client;
    client.start(QStringLiteral(STOCK_PEER), words("ask", path, framing));
    const bool hasEnded = waitFor([&] { return client.state() == QProcess::NotRunning; });
    client.kill();
    client.waitForFinished();
    return hasEnded && client.exitStatus() == QProcess::NormalExit && client.exitCode() == 0;
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QTemporaryDir folder;
    bool areAllRight = true;
    for (const auto framing : { Socket::Raw, Socket::LengthPrefixed, Socket::ByteArrays }) {
        const QString name = QString::number(framing);
        const bool isClientRight = testClient(folder.filePath(name + "-stock"), framing);
        const bool isServerRight = testServer(folder.filePath(name + "-qml"), framing);
        const char *label = QMetaEnum::fromType<Socket::Framing>().valueToKey(framing);
        std::printf("%s: client in QML %s, server in QML %s\n", label,
                    isClientRight ? "passed" : "failed", isServerRight ? "passed" : "failed");
        areAllRight = areAllRight && isClientRight && isServerRight;
    }
    return areAllRight ? 0 : 1;
}
