// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Broadcast"

    Component {
        id: serverComponent
        LocalServer {
            active: true
        }
    }

    Component {
        id: socketComponent
        LocalSocket {
            property var texts: []
            property var datas: []
            property var values: []
            reconnect.enabled: false
            onTextReceived: text => texts.push(text)
            onBinaryReceived: data => datas.push(Array.from(new Uint8Array(data)))
        }
    }

    function uniqueName(): string {
        return "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
    }

    function newServer(framing: int): LocalServer {
        return createTemporaryObject(serverComponent, testCase, { name: uniqueName(), framing: framing }) as LocalServer;
    }

    function connectedSocket(server: LocalServer): var {
        const count = server.connections.count;
        const socket = createTemporaryObject(socketComponent, testCase, {
            serverName: server.name, framing: server.framing
        });
        socket.active = true;
        tryCompare(server.connections, "count", count + 1);
        return socket;
    }

    function thrown(action: var): var {
        try {
            action();
        } catch (error) {
            return error;
        }
        return null;
    }

    function test_allReceiveText() {
        const server = newServer(LocalSocket.Lines);
        const sockets = [connectedSocket(server), connectedSocket(server), connectedSocket(server)];
        compare(server.broadcast("grüße"), 3);
        for (const socket of sockets)
            tryCompare(socket, "texts", ["grüße"]);
    }

    function test_allReceiveBytes() {
        const server = newServer(LocalSocket.LengthPrefixed);
        const sockets = [connectedSocket(server), connectedSocket(server)];
        compare(server.broadcast(new Uint8Array([0, 255, 10]).buffer), 2);
        compare(server.broadcast(new Uint8Array([1, 2, 3]).subarray(1, 2)), 2);
        for (const socket of sockets)
            tryCompare(socket, "datas", [[0, 255, 10], [2]]);
    }

    function test_bytesWithoutFraming() {
        const server = newServer(LocalSocket.NoFraming);
        const socket = connectedSocket(server);
        compare(server.broadcast("a"), 1);
        tryCompare(socket, "texts", ["a"]);
    }

    function test_allReceiveJson() {
        const server = newServer(LocalSocket.Lines);
        const socket = connectedSocket(server);
        compare(server.broadcastJson({ a: [1, null] }), 1);
        tryCompare(socket, "texts", ['{"a":[1,null]}']);
    }

    function test_jsonNeedsFraming() {
        const server = newServer(LocalSocket.NoFraming);
        verify(thrown(() => server.broadcastJson(1)) instanceof TypeError);
        connectedSocket(server);
        verify(thrown(() => server.broadcastJson(1)) instanceof TypeError);
        compare(newServer(LocalSocket.Lines).broadcastJson(1), 0);
    }

    function test_nobodyReceivesNothing() {
        compare(newServer(LocalSocket.Lines).broadcast("x"), 0);
    }

    function test_otherTypesThrow() {
        const server = newServer(LocalSocket.Lines);
        connectedSocket(server);
        for (const value of [42, null, undefined, {}, [1], true, () => 1])
            verify(thrown(() => server.broadcast(value)) instanceof TypeError, typeof value);
        verify(thrown(() => server.broadcastJson(undefined)) instanceof TypeError);
        verify(thrown(() => server.broadcastJson(() => 1)) instanceof TypeError);
    }

    function test_refusedMessageIsNotCounted() {
        const server = newServer(LocalSocket.Lines);
        const first = connectedSocket(server);
        server.maxMessageSize = 3;
        connectedSocket(server);
        let refused = null;
        server.connections.socketAt(1).errorChanged.connect(() => refused = server.connections.socketAt(1).error.kind);
        compare(server.broadcast("long"), 1);
        compare(refused, LocalError.InvalidMessage);
        tryCompare(first, "texts", ["long"]);
    }

    function test_endedConnectionIsLeftOut() {
        const server = newServer(LocalSocket.Lines);
        const first = connectedSocket(server);
        const second = connectedSocket(server);
        server.connections.socketAt(0).abort();
        compare(server.broadcast("x"), 1);
        tryCompare(second, "texts", ["x"]);
        compare(first.texts, []);
    }

    function test_handlerMayEndOthers() {
        const server = newServer(LocalSocket.Lines);
        server.maxMessageSize = 1;
        connectedSocket(server);
        connectedSocket(server);
        const sockets = [server.connections.socketAt(0), server.connections.socketAt(1)];
        sockets[0].errorChanged.connect(() => sockets[1].abort());
        compare(server.broadcast("xx"), 0);
        compare(server.connections.count, 1);
    }
}
