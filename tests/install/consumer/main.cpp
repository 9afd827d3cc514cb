// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Succeeds if an echo has come back, through qlocal.

#include "echoserver.h"

#include <QCoreApplication>
#include <QLocalSocket>
#include <QTcpSocket>
#include <QUuid>
#include <QtDebug>

#include <cstring>
#include <dlfcn.h>
#include <typeinfo>
#include <unistd.h>

#ifndef QLOCAL_DROPIN
#  error "These are the headers of Qt"
#endif

namespace {

/// Whether a class is implemented in QtNetwork. Checks where its code is, since the metaobject
/// itself may be a copy in the program.
bool isInQtNetwork(const QMetaObject &metaObject)
{
    Dl_info symbol;
    return dladdr(reinterpret_cast<const void *>(metaObject.d.static_metacall), &symbol)
            && std::strstr(symbol.dli_fname, "Qt6Network");
}

template<typename Class>
bool isThisProjects()
{
    return !isInQtNetwork(Class::staticMetaObject) && std::strstr(typeid(Class).name(), "B6qlocal");
}

} // namespace

int main(int argc, char **argv)
{
    alarm(60);
    QCoreApplication app(argc, argv);
    if (!isInQtNetwork(QTcpSocket::staticMetaObject) || !isThisProjects<QLocalServer>()
        || !isThisProjects<QLocalSocket>()) {
        qCritical("These are the classes of Qt");
        return 4;
    }

    const QByteArray message = "Hello from a consumer";

    EchoServer server;
    if (!server.listen(QUuid::createUuid().toString(QUuid::Id128))) {
        qCritical() << server.errorString();
        return 1;
    }
    QLocalSocket client;
    QObject::connect(&client, &QLocalSocket::readyRead, &app, [&] {
        if (client.bytesAvailable() == message.size())
            app.exit(client.readAll() == message ? 0 : 2);
    });
    QObject::connect(&client, SIGNAL(errorOccurred(QLocalSocket::LocalSocketError)), &app,
                     SLOT(quit()));
    client.connectToServer(server.serverName());
    client.write(message);
    const int result = app.exec();
    return client.state() == QLocalSocket::ConnectedState ? result : 3;
}
