// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Every signal of a socket, and every way to cause it.

#ifndef QLOCAL_TESTS_CAUSES_H
#define QLOCAL_TESTS_CAUSES_H

#include "pair.h"

#include <functional>
#include <memory>

namespace testing {

enum class Signal {
    Connecting,
    ConnectedState,
    Closing,
    Unconnected,
    Connected,
    Disconnected,
    ReadyRead,
    BytesWritten,
    ErrorOccurred,
    ReadChannelFinished,
    AboutToClose,
};

/// Causes for the client of a pair to emit a signal, from the event loop or inside one of its own
/// functions.
enum class Cause {
    Connect,
    ConnectWithoutServer,
    PeerWrites,
    PeerWritesWhileWaiting,
    WaitInVain,
    Write,
    WriteAndFlush,
    WriteAndWait,
    PeerCloses,
    PeerClosesWhileWaiting,
    Disconnect,
    DisconnectWithMuchToWrite,
    Abort,
    Close,
};

/// Calls `action` the first time that `socket` emits `signal`.
inline void onFirst(QLocalSocket *socket, Signal signal, const std::function<void()> &action)
{
    auto done = std::make_shared<bool>(false);
    const auto once = [=] {
        // The slot object may be deleted with the socket while it runs; this copy is not.
        const auto call = action;
        if (!std::exchange(*done, true))
            call();
    };
    const auto onState = [=](QLocalSocket::LocalSocketState wanted) {
        QObject::connect(socket, &QLocalSocket::stateChanged, socket,
                         [=](QLocalSocket::LocalSocketState state) {
                             if (state == wanted)
                                 once();
                         });
    };
    switch (signal) {
    case Signal::Connecting: return onState(QLocalSocket::ConnectingState);
    case Signal::ConnectedState: return onState(QLocalSocket::ConnectedState);
    case Signal::Closing: return onState(QLocalSocket::ClosingState);
    case Signal::Unconnected: return onState(QLocalSocket::UnconnectedState);
    case Signal::Connected: QObject::connect(socket, &QLocalSocket::connected, socket, once); break;
    case Signal::Disconnected:
        QObject::connect(socket, &QLocalSocket::disconnected, socket, once);
        break;
    case Signal::ReadyRead: QObject::connect(socket, &QIODevice::readyRead, socket, once); break;
    case Signal::BytesWritten:
        QObject::connect(socket, &QIODevice::bytesWritten, socket, once);
        break;
    case Signal::ErrorOccurred:
        QObject::connect(socket, &QLocalSocket::errorOccurred, socket, once);
        break;
    case Signal::ReadChannelFinished:
        QObject::connect(socket, &QIODevice::readChannelFinished, socket, once);
        break;
    case Signal::AboutToClose:
        QObject::connect(socket, &QIODevice::aboutToClose, socket, once);
        break;
    }
}

/// Brings the pair into the state that `cause` starts from.
inline bool prepare(Pair &pair, Cause cause)
{
    return cause == Cause::Connect || cause == Cause::ConnectWithoutServer ? pair.listen()
                                                                           : pair.open();
}

/// Triggers `cause`; at most one call on the client, since it may delete the client.
inline void provoke(Pair &pair, Cause cause)
{
    const auto peerWrites = [&] {
        pair.accepted->write("x");
        pair.accepted->flush();
    };
    switch (cause) {
    case Cause::Connect: pair.client->connectToServer(pair.server->fullServerName()); break;
    case Cause::ConnectWithoutServer: pair.client->connectToServer(uniqueName("unbound")); break;
    case Cause::PeerWrites: peerWrites(); break;
    case Cause::PeerWritesWhileWaiting: peerWrites(), pair.client->waitForReadyRead(5000); break;
    case Cause::WaitInVain: pair.client->waitForReadyRead(10); break;
    case Cause::Write: pair.client->write("x"); break;
    case Cause::WriteAndFlush: pair.client->write("x"), pair.client->flush(); break;
    case Cause::WriteAndWait:
        pair.client->write("x"), pair.client->waitForBytesWritten(5000);
        break;
    case Cause::PeerCloses: delete pair.accepted; break;
    case Cause::PeerClosesWhileWaiting:
        delete pair.accepted, pair.client->waitForDisconnected(5000);
        break;
    case Cause::Disconnect: pair.client->disconnectFromServer(); break;
    case Cause::DisconnectWithMuchToWrite:
        pair.client->write(QByteArray(4 << 20, 'x'));
        pair.client->disconnectFromServer();
        break;
    case Cause::Abort: pair.client->abort(); break;
    case Cause::Close: pair.client->close(); break;
    }
    settle();
}

} // namespace testing

#endif // QLOCAL_TESTS_CAUSES_H
