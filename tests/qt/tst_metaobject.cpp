// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Both classes as seen by moc, the metaobject system and overload resolution.

#include "pair.h"

#include <QtCore/QDebug>
#include <QtCore/QMetaMethod>
#include <QtCore/QMetaProperty>
#include <QtNetwork/QAbstractSocket>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QtTest>

#include <memory>
#include <optional>
#include <type_traits>

class tst_MetaObject : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void classesHaveRealNames();
    void castsFindClasses();
    void classesInheritLikeQts();
    void basesAddNothing_data();
    void basesAddNothing();
    void socketSignalsConnectByString_data();
    void socketSignalsConnectByString();
    void serverSignalConnectsByString();
    void stringSpiesGetEnums();
    void signalsHaveNamedArgumentTypes();
    void enumValuesMatchQAbstractSocket();
    void serverOptionValuesMatchQts();
    void optionsAreMetaObjectFlags();
    void enumsAreMetaTypes();
    void enumsPrintTheirNames_data();
    void enumsPrintTheirNames();
    void optionsPrintTheirNames();
    void socketOptionsIsProperty_data();
    void socketOptionsIsProperty();
    void socketOptionsIsBindable();
    void methodsInvokeByName();
    void memberPointersHaveQtsTypes();
    void defaultArgumentsMatchQts();
    void constructorsConvertLikeQts();

public slots:
    void count() { ++m_count; }
    void onError(QLocalSocket::LocalSocketError) { ++m_count; }
    void onState(QLocalSocket::LocalSocketState) { ++m_count; }

private:
    std::optional<testing::Watchdog> m_watchdog;
    int m_count = 0;
};

void tst_MetaObject::classesHaveRealNames()
{
    QLocalSocket socket;
    QLocalServer server;
    QCOMPARE(socket.metaObject()->className(), "QLocalSocket");
    QCOMPARE(server.metaObject()->className(), "QLocalServer");
    QCOMPARE(socket.metaObject(), &QLocalSocket::staticMetaObject);
    QCOMPARE(server.metaObject(), &QLocalServer::staticMetaObject);
}

void tst_MetaObject::castsFindClasses()
{
    QObject parent;
    QObject *socket = new QLocalSocket(&parent);
    QObject *server = new QLocalServer(&parent);
    QVERIFY(qobject_cast<QLocalSocket *>(socket) && qobject_cast<QIODevice *>(socket));
    QVERIFY(!qobject_cast<QLocalServer *>(socket) && !qobject_cast<QAbstractSocket *>(socket));
    QVERIFY(qobject_cast<QLocalServer *>(server) && !qobject_cast<QLocalSocket *>(server));
    QCOMPARE(parent.findChildren<QLocalSocket *>(),
             QList<QLocalSocket *>({ static_cast<QLocalSocket *>(socket) }));
    QCOMPARE(parent.findChild<QLocalServer *>(), server);
}

void tst_MetaObject::classesInheritLikeQts()
{
    QLocalSocket socket;
    QVERIFY(socket.inherits("QLocalSocket") && socket.inherits("QIODevice")
            && socket.inherits("QObject"));
    QLocalServer server;
    QVERIFY(server.inherits("QLocalServer") && server.inherits("QObject"));
    QVERIFY(!server.inherits("QIODevice"));
}

void tst_MetaObject::basesAddNothing_data()
{
    QTest::addColumn<const QMetaObject *>("meta");
    QTest::addColumn<const QMetaObject *>("base");
    QTest::addColumn<int>("methods");
    QTest::addColumn<int>("properties");
    QTest::addColumn<int>("enums");
    QTest::newRow("socket") << &QLocalSocket::staticMetaObject << &QIODevice::staticMetaObject << 4
                            << 1 << 1;
    QTest::newRow("server") << &QLocalServer::staticMetaObject << &QObject::staticMetaObject << 1
                            << 1 << 2;
}

void tst_MetaObject::basesAddNothing()
{
    QFETCH(const QMetaObject *, meta);
    QFETCH(const QMetaObject *, base);
    QFETCH(int, methods);
    QFETCH(int, properties);
    QFETCH(int, enums);
    int shown = 0;
    for (int at = base->methodCount(); at < meta->methodCount(); ++at) {
        // Those are slots of stock Qt's implementation.
        if (!meta->method(at).name().startsWith("_q_"))
            ++shown;
    }
    QCOMPARE(shown, methods);
    QCOMPARE(meta->propertyCount() - base->propertyCount(), properties);
    QCOMPARE(meta->enumeratorCount() - base->enumeratorCount(), enums);
    QCOMPARE(meta->classInfoCount(), base->classInfoCount());
    QCOMPARE(meta->constructorCount(), 0);
}

void tst_MetaObject::socketSignalsConnectByString_data()
{
    QTest::addColumn<QByteArray>("signature");
    QTest::addColumn<QByteArray>("slot");
    QTest::newRow("connected") << QByteArray(SIGNAL(connected())) << QByteArray(SLOT(count()));
    QTest::newRow("disconnected") << QByteArray(SIGNAL(disconnected()))
                                  << QByteArray(SLOT(count()));
    QTest::newRow("errorOccurred")
            << QByteArray(SIGNAL(errorOccurred(QLocalSocket::LocalSocketError)))
            << QByteArray(SLOT(onError(QLocalSocket::LocalSocketError)));
    QTest::newRow("stateChanged") << QByteArray(
            SIGNAL(stateChanged(QLocalSocket::LocalSocketState)))
                                  << QByteArray(SLOT(onState(QLocalSocket::LocalSocketState)));
    QTest::newRow("readyRead") << QByteArray(SIGNAL(readyRead())) << QByteArray(SLOT(count()));
    QTest::newRow("bytesWritten") << QByteArray(SIGNAL(bytesWritten(qint64)))
                                  << QByteArray(SLOT(count()));
    QTest::newRow("readChannelFinished")
            << QByteArray(SIGNAL(readChannelFinished())) << QByteArray(SLOT(count()));
    QTest::newRow("aboutToClose") << QByteArray(SIGNAL(aboutToClose()))
                                  << QByteArray(SLOT(count()));
    QTest::newRow("destroyed") << QByteArray(SIGNAL(destroyed())) << QByteArray(SLOT(count()));
}

void tst_MetaObject::socketSignalsConnectByString()
{
    QFETCH(QByteArray, signature);
    QFETCH(QByteArray, slot);
    m_count = 0;
    {
        testing::Pair pair;
        QVERIFY(connect(pair.client, signature.constData(), this, slot.constData()));
        QVERIFY(pair.open() && pair.answers());
        pair.client->close();
        pair.client->connectToServer(testing::uniqueName("missing"));
    }
    QVERIFY(m_count > 0);
}

void tst_MetaObject::serverSignalConnectsByString()
{
    m_count = 0;
    testing::Pair pair;
    QVERIFY(connect(pair.server, SIGNAL(newConnection()), this, SLOT(count())));
    QVERIFY(pair.open());
    QCOMPARE(m_count, 1);
}

void tst_MetaObject::stringSpiesGetEnums()
{
    QLocalSocket socket;
    QSignalSpy errors(&socket, SIGNAL(errorOccurred(QLocalSocket::LocalSocketError)));
    QSignalSpy states(&socket, SIGNAL(stateChanged(QLocalSocket::LocalSocketState)));
    QVERIFY(errors.isValid() && states.isValid());
    socket.connectToServer(testing::uniqueName("missing"));
    QCOMPARE(errors.count(), 1);
    QCOMPARE(errors.at(0).at(0).value<QLocalSocket::LocalSocketError>(),
             QLocalSocket::ServerNotFoundError);
    QCOMPARE(states.count(), 2);
    QCOMPARE(states.at(0).at(0).value<QLocalSocket::LocalSocketState>(),
             QLocalSocket::ConnectingState);
    QCOMPARE(states.at(1).at(0).value<QLocalSocket::LocalSocketState>(),
             QLocalSocket::UnconnectedState);
}

void tst_MetaObject::signalsHaveNamedArgumentTypes()
{
    const QMetaMethod error = QMetaMethod::fromSignal(&QLocalSocket::errorOccurred);
    QCOMPARE(error.methodSignature(), QByteArray("errorOccurred(QLocalSocket::LocalSocketError)"));
    QCOMPARE(error.parameterNames(), QByteArrayList({ "socketError" }));
    const QMetaMethod state = QMetaMethod::fromSignal(&QLocalSocket::stateChanged);
    QCOMPARE(state.methodSignature(), QByteArray("stateChanged(QLocalSocket::LocalSocketState)"));
    QCOMPARE(state.parameterNames(), QByteArrayList({ "socketState" }));
    for (const char *signature : { "connected()", "disconnected()" })
        QVERIFY(QLocalSocket::staticMetaObject.indexOfSignal(signature) >= 0);
    QVERIFY(QLocalServer::staticMetaObject.indexOfSignal("newConnection()") >= 0);
}

void tst_MetaObject::enumValuesMatchQAbstractSocket()
{
    using S = QLocalSocket;
    using A = QAbstractSocket;
    static_assert(int(S::ConnectionRefusedError) == A::ConnectionRefusedError);
    static_assert(int(S::PeerClosedError) == A::RemoteHostClosedError);
    static_assert(int(S::ServerNotFoundError) == A::HostNotFoundError);
    static_assert(int(S::SocketAccessError) == A::SocketAccessError);
    static_assert(int(S::SocketResourceError) == A::SocketResourceError);
    static_assert(int(S::SocketTimeoutError) == A::SocketTimeoutError);
    static_assert(int(S::DatagramTooLargeError) == A::DatagramTooLargeError);
    static_assert(int(S::ConnectionError) == A::NetworkError);
    static_assert(int(S::UnsupportedSocketOperationError) == A::UnsupportedSocketOperationError);
    static_assert(int(S::UnknownSocketError) == A::UnknownSocketError);
    static_assert(int(S::OperationError) == A::OperationError);
    static_assert(int(S::UnconnectedState) == A::UnconnectedState);
    static_assert(int(S::ConnectingState) == A::ConnectingState);
    static_assert(int(S::ConnectedState) == A::ConnectedState);
    static_assert(int(S::ClosingState) == A::ClosingState);
    static_assert(sizeof(S::LocalSocketError) == sizeof(int)
                  && sizeof(S::LocalSocketState) == sizeof(int));
    QCOMPARE(int(QLocalSocket().error()), int(A::UnknownSocketError));
}

void tst_MetaObject::serverOptionValuesMatchQts()
{
    QCOMPARE(int(QLocalServer::NoOptions), 0);
    QCOMPARE(int(QLocalServer::UserAccessOption), 1);
    QCOMPARE(int(QLocalServer::GroupAccessOption), 2);
    QCOMPARE(int(QLocalServer::OtherAccessOption), 4);
    QCOMPARE(int(QLocalServer::WorldAccessOption), 7);
    QCOMPARE(int(QLocalServer::AbstractNamespaceOption), 8);
    QCOMPARE(int(QLocalSocket::NoOptions), 0);
    QCOMPARE(int(QLocalSocket::AbstractNamespaceOption), 1);
}

void tst_MetaObject::optionsAreMetaObjectFlags()
{
    const QMetaEnum server = QMetaEnum::fromType<QLocalServer::SocketOptions>();
    QVERIFY(server.isValid() && server.isFlag());
    QCOMPARE(server.keyToValue("WorldAccessOption"), 7);
    QCOMPARE(QMetaEnum::fromType<QLocalServer::SocketOption>().keyCount(), 6);
    const QMetaEnum socket = QMetaEnum::fromType<QLocalSocket::SocketOptions>();
    QVERIFY(socket.isValid() && socket.isFlag());
    QCOMPARE(socket.valueToKeys(1), QByteArray("AbstractNamespaceOption"));
}

void tst_MetaObject::enumsAreMetaTypes()
{
    QCOMPARE(QMetaType::fromType<QLocalSocket::LocalSocketError>().name(),
             "QLocalSocket::LocalSocketError");
    QCOMPARE(QMetaType::fromType<QLocalSocket::LocalSocketState>().name(),
             "QLocalSocket::LocalSocketState");
    QCOMPARE(QMetaType::fromType<QLocalSocket *>().name(), "QLocalSocket*");
    QCOMPARE(QMetaType::fromType<QLocalServer *>().name(), "QLocalServer*");
    QCOMPARE(QMetaType::fromType<QLocalSocket *>().metaObject(), &QLocalSocket::staticMetaObject);
    QVERIFY(qRegisterMetaType<QLocalSocket::LocalSocketError>("QLocalSocket::LocalSocketError")
            > 0);
    QVERIFY(QMetaType::fromName("QLocalSocket::LocalSocketError").isValid());
    const auto state = QVariant::fromValue(QLocalSocket::ClosingState);
    QCOMPARE(state.value<QLocalSocket::LocalSocketState>(), QLocalSocket::ClosingState);
}

void tst_MetaObject::enumsPrintTheirNames_data()
{
    QTest::addColumn<QString>("printed");
    QTest::addColumn<QString>("expected");
    const auto error = [](int value, const char *expected) {
        QString text;
        QDebug(&text).nospace() << QLocalSocket::LocalSocketError(value);
        QTest::addRow("error %d", value)
                << text << QString(QLatin1String("QLocalSocket::") + QLatin1String(expected));
    };
    error(0, "ConnectionRefusedError");
    error(1, "PeerClosedError");
    error(2, "ServerNotFoundError");
    error(3, "SocketAccessError");
    error(4, "SocketResourceError");
    error(5, "SocketTimeoutError");
    error(6, "DatagramTooLargeError");
    error(7, "ConnectionError");
    error(10, "UnsupportedSocketOperationError");
    error(19, "OperationError");
    error(-1, "UnknownSocketError");
    error(77, "SocketError(77)");
    const auto state = [](int value, const char *expected) {
        QString text;
        QDebug(&text).nospace() << QLocalSocket::LocalSocketState(value);
        QTest::addRow("state %d", value)
                << text << QString(QLatin1String("QLocalSocket::") + QLatin1String(expected));
    };
    state(0, "UnconnectedState");
    state(2, "ConnectingState");
    state(3, "ConnectedState");
    state(6, "ClosingState");
    state(1, "SocketState(1)");
    state(77, "SocketState(77)");
}

void tst_MetaObject::enumsPrintTheirNames()
{
    QFETCH(QString, printed);
    QFETCH(QString, expected);
    QCOMPARE(printed, expected);
}

void tst_MetaObject::optionsPrintTheirNames()
{
    QString text;
    QDebug(&text).nospace() << QLocalServer::SocketOptions(15) << ' '
                            << QLocalServer::UserAccessOption << ' '
                            << QLocalSocket::SocketOptions(0);
#if QT_VERSION >= QT_VERSION_CHECK(6, 11, 0)
    const QString one = QStringLiteral("QFlags<QLocalServer::SocketOption>(UserAccessOption)");
#else
    const QString one = QStringLiteral("QLocalServer::UserAccessOption");
#endif
    QCOMPARE(
            text,
            QStringLiteral(
                    "QFlags<QLocalServer::SocketOption>(WorldAccessOption|AbstractNamespaceOption) "
                    "%1 QFlags<QLocalSocket::SocketOption>(NoOptions)")
                    .arg(one));
}

void tst_MetaObject::socketOptionsIsProperty_data()
{
    QTest::addColumn<bool>("server");
    QTest::addColumn<int>("option");
    QTest::newRow("socket") << false << int(QLocalSocket::AbstractNamespaceOption);
    QTest::newRow("server") << true << int(QLocalServer::AbstractNamespaceOption);
}

void tst_MetaObject::socketOptionsIsProperty()
{
    QFETCH(bool, server);
    QFETCH(int, option);
    const std::unique_ptr<QObject> object(server ? static_cast<QObject *>(new QLocalServer)
                                                 : new QLocalSocket);
    const QMetaObject *metaObject = object->metaObject();
    const QMetaProperty property = metaObject->property(
            metaObject->indexOfProperty("socketOptions"));
    QVERIFY(property.isReadable() && property.isWritable() && property.isBindable()
            && property.isFlagType());
    QVERIFY(!property.hasNotifySignal());
    QCOMPARE(object->property("socketOptions").toInt(), 0);
    QVERIFY(object->setProperty("socketOptions", option));
    QCOMPARE(object->property("socketOptions").toInt(), option);
    QUntypedBindable bindable = property.bindable(object.get());
    QVERIFY(bindable.isValid() && !bindable.isReadOnly());
}

void tst_MetaObject::socketOptionsIsBindable()
{
    QProperty<QLocalServer::SocketOptions> source(QLocalServer::UserAccessOption);
    QLocalServer server;
    int changes = 0;
    const auto handler = server.bindableSocketOptions().addNotifier([&] { ++changes; });
    server.bindableSocketOptions().setBinding([&] { return source.value(); });
    QCOMPARE(server.socketOptions(), QLocalServer::UserAccessOption);
    source = QLocalServer::WorldAccessOption;
    QCOMPARE(server.socketOptions(), QLocalServer::WorldAccessOption);
    QCOMPARE(changes, 2);

    QLocalSocket socket;
    QProperty<QLocalSocket::SocketOptions> follower;
    follower.setBinding([&] { return socket.bindableSocketOptions().value(); });
    socket.setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    QCOMPARE(follower.value(), QLocalSocket::AbstractNamespaceOption);
}

void tst_MetaObject::methodsInvokeByName()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QSignalSpy states(pair.client, &QLocalSocket::stateChanged);
    QVERIFY(QMetaObject::invokeMethod(pair.client, "stateChanged",
                                      Q_ARG(QLocalSocket::LocalSocketState,
                                            QLocalSocket::ClosingState)));
    QCOMPARE(states.count(), 1);
    QVERIFY(QMetaObject::invokeMethod(pair.client, "deleteLater"));
    QVERIFY(QMetaObject::invokeMethod(pair.client, &QLocalSocket::abort, Qt::QueuedConnection));
    QCoreApplication::sendPostedEvents(pair.client, QEvent::MetaCall);
    QCOMPARE(pair.client->state(), QLocalSocket::UnconnectedState);
    testing::settle();
    QVERIFY(!pair.client);
}

void tst_MetaObject::memberPointersHaveQtsTypes()
{
    using S = QLocalSocket;
    using V = QLocalServer;
    static_assert(std::is_same_v<decltype(&S::flush), bool (S::*)()>);
    static_assert(std::is_same_v<decltype(&S::abort), void (S::*)()>);
    static_assert(std::is_same_v<decltype(&S::close), void (S::*)()>);
    static_assert(std::is_same_v<decltype(&S::disconnectFromServer), void (S::*)()>);
    static_assert(std::is_same_v<decltype(&S::connected), void (S::*)()>);
    static_assert(std::is_same_v<decltype(&S::errorOccurred), void (S::*)(S::LocalSocketError)>);
    static_assert(std::is_same_v<decltype(&S::stateChanged), void (S::*)(S::LocalSocketState)>);
    static_assert(std::is_same_v<decltype(&S::state), S::LocalSocketState (S::*)() const>);
    static_assert(std::is_same_v<decltype(&S::waitForConnected), bool (S::*)(int)>);
    static_assert(std::is_same_v<decltype(&S::socketDescriptor), qintptr (S::*)() const>);
    static_assert(std::is_same_v<decltype(&S::bytesAvailable), qint64 (S::*)() const>);
    static_assert(std::is_same_v<decltype(&V::newConnection), void (V::*)()>);
    static_assert(std::is_same_v<decltype(&V::close), void (V::*)()>);
    static_assert(std::is_same_v<decltype(&V::nextPendingConnection), S *(V::*)()>);
    static_assert(std::is_same_v<decltype(&V::waitForNewConnection), bool (V::*)(int, bool *)>);
    static_assert(std::is_same_v<decltype(&V::removeServer), bool (*)(const QString &)>);

    void (S::*connectBoth)(const QString &, QIODevice::OpenMode) = &S::connectToServer;
    void (S::*connectMode)(QIODevice::OpenMode) = &S::connectToServer;
    bool (V::*listenName)(const QString &) = &V::listen;
    bool (V::*listenDescriptor)(qintptr) = &V::listen;
    QVERIFY(connectBoth && connectMode && listenName && listenDescriptor);

    testing::Pair pair;
    QVERIFY((pair.server->*listenName)(testing::uniqueName()));
    (pair.client->*connectBoth)(pair.server->fullServerName(), QIODevice::ReadWrite);
    QVERIFY(pair.client->write("x") == 1);
    bool (S::*flush)() = &S::flush;
    QVERIFY((pair.client->*flush)());
}

void tst_MetaObject::defaultArgumentsMatchQts()
{
    testing::Pair pair;
    QVERIFY(pair.listen());
    pair.client->setServerName(pair.server->fullServerName());
    pair.client->connectToServer();
    QCOMPARE(pair.client->openMode(), QIODevice::ReadWrite);
    QVERIFY(pair.server->waitForNewConnection());
    QVERIFY(pair.client->waitForConnected());
    pair.client->write("x");
    QVERIFY(pair.client->waitForBytesWritten());
    QVERIFY(pair.server->nextPendingConnection()->waitForReadyRead());
    pair.client->abort();
    pair.client->setServerName(pair.server->fullServerName());
    QVERIFY(pair.client->open());
    QCOMPARE(pair.client->openMode(), QIODevice::ReadWrite);
    QVERIFY(!QLocalSocket().setSocketDescriptor(-1));
}

void tst_MetaObject::constructorsConvertLikeQts()
{
    static_assert(std::is_convertible_v<QObject *, QLocalSocket>);
    static_assert(!std::is_convertible_v<QObject *, QLocalServer>);
    static_assert(!std::is_copy_constructible_v<
                          QLocalSocket> && !std::is_copy_constructible_v<QLocalServer>);
    static_assert(std::is_base_of_v<QIODevice,
                                    QLocalSocket> && std::has_virtual_destructor_v<QLocalServer>);
    QObject parent;
    const QPointer<QLocalSocket> socket = new QLocalSocket(&parent);
    QCOMPARE(socket->parent(), &parent);
}

QTEST_GUILESS_MAIN(tst_MetaObject)
#include "tst_metaobject.moc"
