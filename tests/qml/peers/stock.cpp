// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The other end of a connection to QML, in Qt's own classes: a server that sends back what it receives, or a client of
// such a server. Messages are those of QDataStream.

#include <QtCore/QCoreApplication>
#include <QtCore/QDataStream>
#include <QtCore/QTimer>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

#include <cstdio>

static const QByteArray text = QByteArrayLiteral("gr\xc3\xbc\xc3\x9f"
                                                 "e \xf0\x9f\x98\x80");

/// Calls `handle` with each message, or without messages with all bytes.
template<typename Handle>
static void receive(QLocalSocket *socket, bool hasMessages, Handle handle)
{
    if (!hasMessages)
        return handle(socket->readAll());
    QDataStream stream(socket);
    for (;;) {
        QByteArray message;
        stream.startTransaction();
        stream >> message;
        if (!stream.commitTransaction())
            return;
        handle(message);
    }
}

static void send(QLocalSocket *socket, bool hasMessages, const QByteArray &bytes)
{
    if (!hasMessages) {
        socket->write(bytes);
        return;
    }
    QDataStream stream(socket);
    stream << bytes;
}

static int serve(const QString &path, bool hasMessages)
{
    QLocalServer server;
    QObject::connect(&server, &QLocalServer::newConnection, [&] {
        QLocalSocket *socket = server.nextPendingConnection();
        const auto answer = [=] {
            receive(socket, hasMessages,
                    [=](const QByteArray &bytes) { send(socket, hasMessages, bytes); });
        };
        QObject::connect(socket, &QLocalSocket::readyRead, socket, answer);
        answer();
    });
    if (!server.listen(path))
        qFatal("%s", qPrintable(server.errorString()));
    std::puts("listens");
    std::fflush(stdout);
    return QCoreApplication::exec();
}

static int ask(const QString &path, bool hasMessages)
{
    QByteArray pattern(1048576, Qt::Uninitialized);
    for (int i = 0; i < pattern.size(); ++i)
        pattern[i] = char(i * 7 + (i >> 8));
    QByteArray arrived;
    int messages = 0;
    QLocalSocket socket;
    QObject::connect(&socket, &QLocalSocket::connected, [&] {
        send(&socket, hasMessages, text);
        send(&socket, hasMessages, pattern);
    });
    QObject::connect(&socket, &QLocalSocket::readyRead, [&] {
        receive(&socket, hasMessages, [&](const QByteArray &bytes) {
            arrived += bytes;
            ++messages;
        });
        if (arrived.size() >= text.size() + pattern.size()) {
            const bool isRight = arrived == text + pattern && (!hasMessages || messages == 2);
            QCoreApplication::exit(isRight ? 0 : 1);
        }
    });
    QObject::connect(&socket, &QLocalSocket::errorOccurred, [] { QCoreApplication::exit(1); });
    QTimer::singleShot(0, [&] { socket.connectToServer(path); });
    return QCoreApplication::exec();
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments();
    const bool hasMessages = words.value(3) == QLatin1String("messages");
    if (words.value(1) == QLatin1String("serve"))
        return serve(words.value(2), hasMessages);
    return ask(words.value(2), hasMessages);
}
