// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The bindable property socketOptions of both classes.

#include "pair.h"

#include <QtCore/QFileInfo>
#include <QtCore/QMetaProperty>
#include <QtCore/QProperty>
#include <QtTest/QtTest>

#include <optional>

class tst_Bindable : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(); }
    void cleanup() { m_watchdog.reset(); }

    void bindingIsFollowed();
    void setterRemovesBinding();
    void propertySystemRemovesBinding();
    void bindingCanBeTaken();
    void bindingCanBeReplaced();
    void notifierSeesEachChange();
    void subscriberIsCalledImmediately();
    void sameValueDoesNotNotify();
    void destroyedHandlerIsNotCalled();
    void handlerSeesNewValue();
    void otherPropertiesCanDependOnIt();
    void gettersRegisterDependency();
    void updateGroupNotifiesOnce();
    void untypedBindableBindsIt();
    void bindableSetsWhatSetterRefuses();
    void listenUsesBoundOptions();
    void connectUsesBoundOptions();
    void abstractDescriptorSetsOption();
    void pathDescriptorClearsOption();

private:
    std::optional<testing::Watchdog> m_watchdog;
};

namespace {

/// Calls `test` with an object of each class, and the values of its options that are 0 and 1.
template<typename Test>
void withBoth(Test test)
{
    QLocalSocket socket;
    test(socket, QLocalSocket::SocketOptions(), QLocalSocket::SocketOptions::fromInt(1));
    QLocalServer server;
    test(server, QLocalServer::SocketOptions(), QLocalServer::SocketOptions::fromInt(1));
}

} // namespace

void tst_Bindable::bindingIsFollowed()
{
    withBoth([](auto &object, auto none, auto one) {
        QProperty<decltype(one)> source(one);
        object.bindableSocketOptions().setBinding([&] { return source.value(); });
        QVERIFY(object.bindableSocketOptions().hasBinding());
        QCOMPARE(object.socketOptions(), one);
        source = none;
        QCOMPARE(object.socketOptions(), none);
    });
}

void tst_Bindable::setterRemovesBinding()
{
    withBoth([](auto &object, auto none, auto one) {
        QProperty<decltype(one)> source(one);
        object.bindableSocketOptions().setBinding([&] { return source.value(); });
        object.setSocketOptions(none);
        QVERIFY(!object.bindableSocketOptions().hasBinding());
        source = none;
        source = one;
        QCOMPARE(object.socketOptions(), none);
    });
}

void tst_Bindable::propertySystemRemovesBinding()
{
    withBoth([](auto &object, auto none, auto one) {
        QProperty<decltype(one)> source(one);
        object.bindableSocketOptions().setBinding([&] { return source.value(); });
        QVERIFY(object.setProperty("socketOptions", QVariant::fromValue(none)));
        QVERIFY(!object.bindableSocketOptions().hasBinding());
        QCOMPARE(object.socketOptions(), none);
    });
}

void tst_Bindable::bindingCanBeTaken()
{
    withBoth([](auto &object, auto none, auto one) {
        QProperty<decltype(one)> source(one);
        object.bindableSocketOptions().setBinding([&] { return source.value(); });
        QVERIFY(!object.bindableSocketOptions().takeBinding().isNull());
        QVERIFY(object.bindableSocketOptions().takeBinding().isNull());
        source = none;
        QCOMPARE(object.socketOptions(), one);
    });
}

void tst_Bindable::bindingCanBeReplaced()
{
    withBoth([](auto &object, auto none, auto one) {
        QProperty<decltype(one)> first(none), second(one);
        object.bindableSocketOptions().setBinding([&] { return first.value(); });
        const auto before = object.bindableSocketOptions().setBinding(
                [&] { return second.value(); });
        QVERIFY(!before.isNull());
        first = one;
        QCOMPARE(object.socketOptions(), one);
        second = none;
        QCOMPARE(object.socketOptions(), none);
    });
}

void tst_Bindable::notifierSeesEachChange()
{
    withBoth([](auto &object, auto none, auto one) {
        int changes = 0;
        const auto notifier = object.bindableSocketOptions().addNotifier([&] { ++changes; });
        object.setSocketOptions(one);
        object.bindableSocketOptions().setValue(none);
        object.setProperty("socketOptions", QVariant::fromValue(one));
        QCOMPARE(changes, 3);
    });
}

void tst_Bindable::subscriberIsCalledImmediately()
{
    withBoth([](auto &object, auto none, auto one) {
        QList<decltype(none)> values;
        const auto handler = object.bindableSocketOptions().subscribe(
                [&] { values.append(object.socketOptions()); });
        object.setSocketOptions(one);
        QCOMPARE(values, QList<decltype(none)>({ none, one }));
    });
}

void tst_Bindable::sameValueDoesNotNotify()
{
    withBoth([](auto &object, auto none, auto) {
        int changes = 0;
        const auto handler = object.bindableSocketOptions().onValueChanged([&] { ++changes; });
        object.setSocketOptions(none);
        object.bindableSocketOptions().setValue(none);
        QCOMPARE(changes, 0);
    });
}

void tst_Bindable::destroyedHandlerIsNotCalled()
{
    withBoth([](auto &object, auto, auto one) {
        int changes = 0;
        {
            const auto handler = object.bindableSocketOptions().onValueChanged([&] { ++changes; });
        }
        object.setSocketOptions(one);
        QCOMPARE(changes, 0);
    });
}

void tst_Bindable::handlerSeesNewValue()
{
    withBoth([](auto &object, auto none, auto one) {
        auto seen = none;
        const auto handler = object.bindableSocketOptions().onValueChanged(
                [&] { seen = object.socketOptions(); });
        object.setSocketOptions(one);
        QCOMPARE(seen, one);
    });
}

void tst_Bindable::otherPropertiesCanDependOnIt()
{
    withBoth([](auto &object, auto none, auto one) {
        QProperty<decltype(none)> follower(object.bindableSocketOptions().makeBinding());
        QCOMPARE(follower.value(), none);
        object.setSocketOptions(one);
        QCOMPARE(follower.value(), one);
    });
}

void tst_Bindable::gettersRegisterDependency()
{
    withBoth([](auto &object, auto none, auto one) {
        QProperty<bool> isDefault([&] { return object.socketOptions() == none; });
        QVERIFY(isDefault.value());
        object.setSocketOptions(one);
        QVERIFY(!isDefault.value());
    });
}

void tst_Bindable::updateGroupNotifiesOnce()
{
    withBoth([](auto &object, auto none, auto one) {
        int changes = 0;
        const auto handler = object.bindableSocketOptions().onValueChanged([&] { ++changes; });
        Qt::beginPropertyUpdateGroup();
        object.setSocketOptions(one);
        object.setSocketOptions(none);
        object.setSocketOptions(one);
        QCOMPARE(changes, 0);
        Qt::endPropertyUpdateGroup();
        QCOMPARE(changes, 1);
    });
}

void tst_Bindable::untypedBindableBindsIt()
{
    withBoth([](auto &object, auto none, auto one) {
        const QMetaObject *metaObject = object.metaObject();
        QUntypedBindable untyped = metaObject
                                           ->property(metaObject->indexOfProperty("socketOptions"))
                                           .bindable(&object);
        QProperty<decltype(one)> source(one);
        QVERIFY(untyped.setBinding(Qt::makePropertyBinding([&] { return source.value(); })));
        QCOMPARE(object.socketOptions(), one);
        source = none;
        QCOMPARE(object.socketOptions(), none);
    });
}

void tst_Bindable::bindableSetsWhatSetterRefuses()
{
    testing::Pair pair;
    QVERIFY(pair.open());
    QTest::ignoreMessage(QtWarningMsg,
                         "QLocalSocket::setSocketOptions() called while not in unconnected state");
    pair.client->setSocketOptions(QLocalSocket::AbstractNamespaceOption);
    QCOMPARE(pair.client->socketOptions(), QLocalSocket::NoOptions);
    pair.client->bindableSocketOptions().setValue(QLocalSocket::AbstractNamespaceOption);
    QCOMPARE(pair.client->socketOptions(), QLocalSocket::AbstractNamespaceOption);
    QVERIFY(pair.answers());
}

void tst_Bindable::listenUsesBoundOptions()
{
    QProperty<QLocalServer::SocketOptions> source(QLocalServer::NoOptions);
    QLocalServer server;
    server.bindableSocketOptions().setBinding([&] { return source.value(); });
    source = QLocalServer::AbstractNamespaceOption;
    const QString name = testing::uniqueName();
    QVERIFY(server.listen(name));
    QCOMPARE(server.fullServerName(), name);
}

void tst_Bindable::connectUsesBoundOptions()
{
    QLocalServer server;
    server.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(server.listen(testing::uniqueName()));
    QProperty<QLocalSocket::SocketOptions> source(QLocalSocket::NoOptions);
    QLocalSocket socket;
    socket.bindableSocketOptions().setBinding([&] { return source.value(); });
    source = QLocalSocket::AbstractNamespaceOption;
    socket.connectToServer(server.serverName());
    QCOMPARE(socket.state(), QLocalSocket::ConnectedState);
    source = QLocalSocket::NoOptions;
    QCOMPARE(socket.socketOptions(), QLocalSocket::NoOptions);
}

void tst_Bindable::abstractDescriptorSetsOption()
{
    QLocalServer first;
    first.setSocketOptions(QLocalServer::AbstractNamespaceOption);
    QVERIFY(first.listen(testing::uniqueName()));
    QLocalServer second;
    int changes = 0;
    const auto handler = second.bindableSocketOptions().onValueChanged([&] { ++changes; });
    QVERIFY(second.listen(qintptr(::dup(int(first.socketDescriptor())))));
    QCOMPARE(second.socketOptions(), QLocalServer::AbstractNamespaceOption);
    QCOMPARE(changes, 1);
}

void tst_Bindable::pathDescriptorClearsOption()
{
    QLocalServer first;
    QVERIFY(first.listen(testing::uniqueName()));
    QLocalServer second;
    second.setSocketOptions(QLocalServer::AbstractNamespaceOption | QLocalServer::UserAccessOption);
    QVERIFY(second.listen(qintptr(::dup(int(first.socketDescriptor())))));
    QCOMPARE(second.socketOptions(), QLocalServer::UserAccessOption);
}

QTEST_GUILESS_MAIN(tst_Bindable)
#include "tst_bindable.moc"
