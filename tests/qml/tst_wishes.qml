// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// What is asked of a socket while it is busy, and by its own handlers.

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Wishes"

    Component {
        id: serverComponent
        LocalServer {}
    }

    Component {
        id: socketComponent
        LocalSocket {
            property int failures: 0
            reconnect.initialInterval: 1
            onErrorOccurred: ++failures
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

    function test_failureMayChooseAnotherName() {
        const one = uniqueName(), two = uniqueName();
        const socket = newSocket({ serverName: one });
        socket.reconnect.enabled = false;
        socket.errorOccurred.connect(() => {
            if (socket.failures < 100)
                socket.serverName = socket.serverName === one ? two : one;
        });
        socket.active = true;
        tryCompare(socket, "failures", 100);
        tryVerify(() => !socket.active);
    }

    function test_failureMayFindTheOtherServer() {
        const one = uniqueName(), two = uniqueName();
        newServer(two);
        const socket = newSocket({ serverName: one });
        socket.reconnect.enabled = false;
        socket.errorOccurred.connect(() => socket.serverName = two);
        socket.active = true;
        tryVerify(() => socket.connected);
        verify(socket.active);
    }

    function test_handlerMayWantItAgain() {
        const socket = newSocket({ serverName: uniqueName() });
        socket.reconnect.enabled = false;
        socket.activeChanged.connect(() => {
            if (!socket.active && socket.failures < 100)
                socket.active = true;
        });
        socket.active = true;
        tryCompare(socket, "failures", 100);
        tryVerify(() => !socket.active);
    }

    function test_connectionWantedWhileClosing() {
        const name = uniqueName();
        const server = newServer(name);
        server.readBufferSize = 1000;
        const accepted = [];
        server.newConnection.connect(socket => accepted.push(socket));
        const socket = newSocket({ serverName: name, active: true });
        tryVerify(() => accepted.length === 1);
        socket.sendText("x".repeat(3000000));
        socket.active = false;
        compare(socket.status, LocalSocket.Closing);
        socket.active = true;
        accepted[0].readBufferSize = 0;
        accepted[0].textReceived.connect(() => {});
        tryVerify(() => accepted.length === 2);
        tryVerify(() => socket.connected);
        verify(socket.active);
    }

    function test_activeKeepsConnectionOfOneAttempt() {
        const name = uniqueName();
        const server = newServer(name);
        const accepted = [];
        server.newConnection.connect(socket => accepted.push(socket));
        const socket = newSocket({ serverName: name });
        socket.connectToServer();
        socket.active = true;
        tryVerify(() => accepted.length === 1);
        accepted[0].abort();
        tryVerify(() => accepted.length === 2);
        verify(socket.active);
    }

    function test_attemptWhileWaitingIsMade() {
        const socket = newSocket({ serverName: uniqueName() });
        socket.reconnect.initialInterval = 3600000;
        socket.active = true;
        compare(socket.status, LocalSocket.Waiting);
        socket.connectToServer();
        compare(socket.failures, 1);
        compare(socket.status, LocalSocket.Unconnected);
        verify(!socket.active);
    }

    function test_errorOfEarlierAttemptGoes() {
        const name = uniqueName();
        const socket = newSocket({ serverName: name, active: true });
        let text = "";
        socket.errorChanged.connect(() => text = socket.error.text);
        tryVerify(() => text !== "");
        newServer(name);
        tryVerify(() => socket.connected);
        compare(text, "");
    }
}
