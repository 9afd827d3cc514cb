// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Active"

    Component {
        id: serverComponent
        LocalServer {}
    }

    Component {
        id: socketComponent
        LocalSocket {
            property var statuses: []
            property var texts: []
            property var datas: []
            reconnect.initialInterval: 1
            onStatusChanged: statuses.push(status)
            onTextReceived: text => texts.push(text)
            onBinaryReceived: data => datas.push(data)
        }
    }

    function uniqueName(): string {
        return "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
    }

    function newServer(name: string): LocalServer {
        const server = createTemporaryObject(serverComponent, testCase) as LocalServer;
        verify(server.listen(name), server.errorString());
        return server;
    }

    function newSocket(properties: var): var {
        return createTemporaryObject(socketComponent, testCase, properties);
    }

    function test_initiallyUnconnected() {
        const socket = newSocket({});
        verify(!socket.active);
        verify(!socket.connected);
        compare(socket.status, LocalSocket.Unconnected);
        compare(socket.serverName, "");
        compare(socket.fullServerName, "");
    }

    function test_activeConnects() {
        const name = uniqueName();
        newServer(name);
        const socket = newSocket({ serverName: name, active: true });
        verify(socket.connected);
        compare(socket.status, LocalSocket.Connected);
        compare(socket.statuses, [LocalSocket.Connecting, LocalSocket.Connected]);
        compare(socket.serverName, name);
        verify(socket.fullServerName.endsWith(name));
    }

    function test_connectedSocketCanSend() {
        const name = uniqueName();
        const server = newServer(name);
        const received = [];
        server.newConnection.connect(socket => socket.textReceived.connect(text => received.push(text)));
        const socket = newSocket({ serverName: name });
        let isSent = false;
        socket.statusChanged.connect(() => {
            if (socket.connected)
                isSent = socket.sendText("hello");
        });
        socket.active = true;
        verify(isSent);
        tryCompare(received, "length", 1);
    }

    function test_activeWaitsForServer() {
        const name = uniqueName();
        const socket = newSocket({ serverName: name, active: true });
        let attempts = 0;
        socket.reconnecting.connect((attempt, delay) => ++attempts);
        compare(socket.status, LocalSocket.Waiting);
        verify(socket.active);
        tryVerify(() => attempts > 0);
        newServer(name);
        tryVerify(() => socket.connected);
        compare(socket.serverName, name);
    }

    function test_comesBack() {
        const name = uniqueName();
        const server = newServer(name);
        let accepted = null;
        server.newConnection.connect(socket => accepted = socket);
        const socket = newSocket({ serverName: name, active: true });
        tryVerify(() => accepted !== null);
        const first = accepted;
        accepted.abort();
        tryVerify(() => accepted !== null && accepted !== first);
        tryVerify(() => socket.connected);
        verify(socket.active);
    }

    function test_inactiveDisconnects() {
        const name = uniqueName();
        newServer(name);
        const socket = newSocket({ serverName: name, active: true });
        socket.active = false;
        tryCompare(socket, "status", LocalSocket.Unconnected);
        verify(!socket.active);
    }

    function test_inactiveEndsWaiting() {
        const socket = newSocket({ serverName: uniqueName(), active: true });
        compare(socket.status, LocalSocket.Waiting);
        socket.active = false;
        compare(socket.status, LocalSocket.Unconnected);
    }

    function test_withoutReconnectItBecomesInactive() {
        const socket = newSocket({ serverName: uniqueName(), "reconnect.enabled": false });
        socket.reconnect.enabled = false;
        socket.active = true;
        verify(!socket.active);
        compare(socket.status, LocalSocket.Unconnected);
        verify(socket.error.text.length > 0);
    }

    function test_withoutReconnectEndMakesInactive() {
        const name = uniqueName();
        const server = newServer(name);
        server.newConnection.connect(socket => socket.abort());
        const socket = newSocket({ serverName: name });
        socket.reconnect.enabled = false;
        socket.active = true;
        tryVerify(() => !socket.active);
        compare(socket.status, LocalSocket.Unconnected);
    }

    function test_lastAttemptMakesInactive() {
        const socket = newSocket({ serverName: uniqueName() });
        socket.reconnect.maximumAttempts = 2;
        socket.active = true;
        verify(socket.active);
        tryVerify(() => !socket.active);
        compare(socket.status, LocalSocket.Unconnected);
    }

    function test_nameChangeMovesConnection() {
        const one = uniqueName(), two = uniqueName();
        newServer(one);
        newServer(two);
        const socket = newSocket({ serverName: one, active: true });
        verify(socket.fullServerName.endsWith(one));
        socket.serverName = two;
        tryVerify(() => socket.connected && socket.fullServerName.endsWith(two));
        verify(socket.active);
    }

    function test_closeEndsWanting() {
        const name = uniqueName();
        newServer(name);
        for (const method of ["close", "abort", "disconnectFromServer"]) {
            const socket = newSocket({ serverName: name, active: true });
            verify(socket.connected, method);
            socket[method]();
            tryCompare(socket, "status", LocalSocket.Unconnected);
            verify(!socket.active, method);
        }
    }

    function test_sendTypes() {
        const name = uniqueName();
        const server = newServer(name);
        let accepted = null;
        const datas = [];
        server.newConnection.connect(socket => {
            accepted = socket;
            socket.framing = LocalSocket.Lines;
            socket.binaryReceived.connect(data => datas.push(data));
        });
        const socket = newSocket({ serverName: name, active: true, framing: LocalSocket.Lines });
        verify(socket.sendText("text"));
        verify(socket.sendBinary(new Uint8Array([0, 1, 255, 254, 65]).buffer));
        verify(socket.sendBinary(new Uint8Array([9, 8, 7, 6]).subarray(1, 3)));
        verify(socket.sendJson({ a: [1, null, "x"] }));
        tryCompare(datas, "length", 4);
        compare(Array.from(new Uint8Array(datas[1])), [0, 1, 255, 254, 65]);
        compare(Array.from(new Uint8Array(datas[2])), [8, 7]);
        for (const [method, value] of [["sendText", 42], ["sendText", null], ["sendText", {}],
                ["sendText", new Uint8Array(1).buffer], ["sendBinary", "text"], ["sendBinary", [1, 2]],
                ["sendBinary", 3], ["sendJson", undefined], ["sendJson", () => 1], ["write", 42], ["write", {}]]) {
            let error = null;
            try {
                socket[method](value);
            } catch (e) {
                error = e;
            }
            verify(error instanceof TypeError, method + " " + typeof value + " " + error);
        }
        let circular = {};
        circular.me = circular;
        let error = null;
        try { socket.sendJson(circular); } catch (e) { error = e; }
        verify(error instanceof TypeError);
    }

    function test_jsonArrives() {
        const name = uniqueName();
        const server = newServer(name);
        const values = [];
        server.newConnection.connect(socket => {
            socket.framing = LocalSocket.Lines;
            socket.jsonReceived.connect(value => values.push(value));
        });
        const socket = newSocket({ serverName: name, active: true, framing: LocalSocket.Lines });
        socket.sendJson({ b: 1, a: [1, null, "x"] });
        tryCompare(values, "length", 1);
        compare(JSON.stringify(values[0]), '{"b":1,"a":[1,null,"x"]}');
    }
}
