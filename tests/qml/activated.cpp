// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A server in QML listens on a descriptor passed by a service manager, whose part this program
// plays itself before it opens any other descriptor.

#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtQml/QQmlComponent>
#include <QtQml/QQmlEngine>
#include <QtQml/qqmlextensionplugin.h>

#include <memory>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

Q_IMPORT_QML_PLUGIN(QLocalPlugin)

static bool giveSocket(const QString &path)
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    qstrncpy(address.sun_path, QFile::encodeName(path).constData(), sizeof address.sun_path);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor != 3 && (::dup2(descriptor, 3) != 3 || ::close(descriptor) != 0))
        return false;
    qputenv("LISTEN_PID", QByteArray::number(::getpid()));
    qputenv("LISTEN_FDS", "1");
    qputenv("LISTEN_FDNAMES", "chat");
    return ::bind(3, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0
            && ::listen(3, 50) == 0;
}

static const char document[] = R"(
import QtQml
import QLocal

LocalServer {
    property bool wasGivenNothing: !listenActivated("other")
                                   && lastError.kind === LocalError.NotActivated
    property string names: activationNames().join()
    property bool listens: listenActivated("chat")
}
)";

int main(int argc, char **argv)
{
    const QTemporaryDir folder;
    const QString path = folder.filePath("given");
    if (!giveSocket(path))
        qFatal("no socket");
    QCoreApplication app(argc, argv);
    QQmlEngine engine;
    QQmlComponent component(&engine);
    component.setData(document, QUrl());
    const std::unique_ptr<QObject> server(component.create());
    if (!server)
        qFatal("%s", qPrintable(component.errorString()));
    const auto is = [&](const char *property, const QVariant &value) {
        const QVariant actual = server->property(property);
        if (actual != value)
            qCritical() << property << "is" << actual << "and not" << value;
        return actual == value;
    };
    return is("wasGivenNothing", true) && is("names", "chat") && is("listens", true)
                    && is("listening", true) && is("serverName", "given")
                    && is("fullServerName", path)
            ? 0
            : 1;
}
