// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Status"

    Component {
        id: pairComponent
        Pair {}
    }

    Component {
        id: boundComponent
        LocalSocket {
            property bool boundConnected: connected
            property int boundStatus: status
            property int boundState: state
            property string boundPath: fullServerName
            property var statuses: []
            reconnect.enabled: false
            onStatusChanged: statuses.push(status)
        }
    }

    function newPair(): Pair {
        const pair = createTemporaryObject(pairComponent, testCase) as Pair;
        verify(pair.server.listen(pair.name), pair.server.lastError.text);
        return pair;
    }

    function newSocket(name: string): var {
        return createTemporaryObject(boundComponent, testCase, { serverName: name });
    }

    function test_bindingsFollow() {
        const socket = newSocket(newPair().name);
        compare(socket.boundStatus, LocalSocket.Unconnected);
        compare(socket.boundConnected, false);
        socket.active = true;
        compare(socket.boundStatus, LocalSocket.Connected);
        compare(socket.boundState, LocalSocket.Connected);
        compare(socket.boundConnected, true);
        verify(socket.boundPath.endsWith(socket.serverName));
        socket.active = false;
        tryCompare(socket, "boundStatus", LocalSocket.Unconnected);
        compare(socket.boundState, LocalSocket.Unconnected);
        compare(socket.boundConnected, false);
        compare(socket.boundPath, "");
    }

    function test_statusesAreInOrder() {
        const pair = newPair();
        pair.server.readBufferSize = 1000;
        const socket = newSocket(pair.name);
        socket.active = true;
        tryVerify(() => pair.accepted !== null);
        verify(socket.sendText("x".repeat(4000000)));
        socket.active = false;
        compare(socket.status, LocalSocket.Closing);
        verify(!socket.connected);
        verify(!socket.active);
        pair.accepted.readBufferSize = 0;
        let arrived = 0;
        pair.accepted.textReceived.connect(text => arrived += text.length);
        tryCompare(socket, "status", LocalSocket.Unconnected);
        tryVerify(() => arrived === 4000000);
        compare(Array.from(socket.statuses), [
            LocalSocket.Connecting, LocalSocket.Connected, LocalSocket.Closing, LocalSocket.Unconnected
        ]);
    }

    function test_handlerMaySend() {
        const pair = newPair();
        let arrived = "";
        pair.server.newConnection.connect(accepted => accepted.textReceived.connect(text => arrived += text));
        const socket = newSocket(pair.name);
        socket.statusChanged.connect(() => {
            if (socket.connected)
                verify(socket.sendText("hello"), socket.error.text);
        });
        socket.active = true;
        tryVerify(() => arrived === "hello");
    }

    function test_waitingHasUnconnectedState() {
        const socket = newSocket(newPair().name + "-none");
        socket.reconnect.enabled = true;
        socket.active = true;
        compare(socket.boundStatus, LocalSocket.Waiting);
        compare(socket.state, LocalSocket.Unconnected);
        compare(socket.fullServerName, "");
    }

    function test_handlerMayEndConnection() {
        const socket = newSocket(newPair().name);
        socket.statusChanged.connect(() => {
            if (socket.connected)
                socket.abort();
        });
        socket.active = true;
        tryCompare(socket, "status", LocalSocket.Unconnected);
        verify(!socket.active);
    }

    function test_serverNameStays_data(): var {
        return [
            { tag: "after a failed attempt", listens: false, reconnects: false },
            { tag: "while it waits", listens: false, reconnects: true },
            { tag: "after the end", listens: true, reconnects: false }
        ];
    }

    function test_serverNameStays(data: var) {
        const pair = createTemporaryObject(pairComponent, testCase) as Pair;
        if (data.listens)
            verify(pair.server.listen(pair.name));
        const socket = newSocket(pair.name);
        socket.reconnect.enabled = data.reconnects;
        let changes = 0;
        socket.serverNameChanged.connect(() => ++changes);
        socket.active = true;
        if (data.listens) {
            tryVerify(() => pair.accepted !== null);
            pair.accepted.abort();
            tryCompare(socket, "active", false);
        }
        verify(!socket.connected);
        compare(socket.serverName, pair.name);
        compare(changes, 0);
    }

    // What a Timer does that calls it until it succeeds.
    function test_connectToServerCanBeRepeated() {
        const pair = createTemporaryObject(pairComponent, testCase) as Pair;
        const socket = newSocket(pair.name);
        for (let attempt = 0; attempt < 3; ++attempt) {
            socket.connectToServer();
            compare(socket.error.kind, LocalError.NotFound);
        }
        verify(pair.server.listen(pair.name));
        socket.connectToServer();
        verify(socket.connected);
    }

    function test_emptyNameWaitsForName() {
        const pair = newPair();
        const socket = newSocket("");
        socket.active = true;
        verify(socket.active);
        compare(socket.status, LocalSocket.Unconnected);
        compare(socket.error.kind, LocalError.None);
        socket.serverName = pair.name;
        verify(socket.connected);
        socket.serverName = "";
        tryCompare(socket, "status", LocalSocket.Unconnected);
        verify(socket.active);
    }
}
