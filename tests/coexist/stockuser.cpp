// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "stockuser.h"

#include <QtCore/QEventLoop>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

#include <typeinfo>

#ifdef QLOCAL_DROPIN
#  error "the library has to be compiled against stock QtNetwork"
#endif

namespace {

class Echo : public QLocalServer
{
public:
    using QLocalServer::QLocalServer;

protected:
    void incomingConnection(quintptr descriptor) override
    {
        auto *socket = new QLocalSocket(this);
        connect(socket, &QIODevice::readyRead, socket,
                [socket] { socket->write(socket->readAll()); });
        socket->setSocketDescriptor(qintptr(descriptor));
    }
};

template<typename Class>
stockuser::Side sideOf()
{
    return { Class::staticMetaObject.className(), typeid(Class).name(), &Class::staticMetaObject };
}

} // namespace

stockuser::Side stockuser::socketSide()
{
    return sideOf<QLocalSocket>();
}

stockuser::Side stockuser::serverSide()
{
    return sideOf<QLocalServer>();
}

QObject *stockuser::startEcho(const QString &name, QObject *parent)
{
    auto *server = new Echo(parent);
    if (server->listen(name))
        return server;
    delete server;
    return nullptr;
}

QObject *stockuser::connectTo(const QString &name, QObject *parent)
{
    auto *socket = new QLocalSocket(parent);
    socket->setObjectName("stock");
    QObject::connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
    socket->connectToServer(name);
    return socket;
}

QByteArray stockuser::ask(const QString &name, const QByteArray &question)
{
    QLocalSocket socket;
    socket.connectToServer(name);
    if (!socket.waitForConnected(10000) || socket.write(question) != question.size())
        return {};
    QByteArray answer;
    while (answer.size() < question.size() && socket.waitForReadyRead(10000))
        answer += socket.readAll();
    return answer;
}

QByteArray stockuser::askOwnServer(const QString &name, const QByteArray &question)
{
    Echo server;
    QLocalSocket socket;
    if (!server.listen(name))
        return {};
    QByteArray answer;
    QEventLoop loop;
    QObject::connect(&socket, &QIODevice::readyRead, &loop, [&] {
        answer += socket.readAll();
        if (answer.size() >= question.size())
            loop.quit();
    });
    QObject::connect(&socket, &QLocalSocket::disconnected, &loop, &QEventLoop::quit);
    socket.connectToServer(name);
    socket.write(question);
    loop.exec();
    socket.disconnect();
    return answer;
}
