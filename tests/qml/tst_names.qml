// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Names"

    Component {
        id: serverComponent
        LocalServer {}
    }

    Component {
        id: socketComponent
        LocalSocket {}
    }

    function newServer(): LocalServer {
        return createTemporaryObject(serverComponent, testCase) as LocalServer;
    }

    function uniqueName(): string {
        return "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
    }

    function connectTo(name: string): LocalSocket {
        const socket = createTemporaryObject(socketComponent, testCase) as LocalSocket;
        socket.serverName = name;
        socket.connectToServer();
        return socket;
    }

    function test_namesArePrivate() {
        const server = newServer();
        const name = uniqueName();
        verify(server.listen(name), server.lastError.text);
        compare(server.serverName, name);
        verify(!server.fullServerName.startsWith("/tmp/qlocal-qml"));
        compare(connectTo(name).state, LocalSocket.Connected);
        compare(connectTo(server.fullServerName).state, LocalSocket.Connected);
        compare(connectTo("/tmp/" + name).state, LocalSocket.Unconnected);
    }

    function test_namesAreSharedOnRequest() {
        const server = newServer();
        server.privateNames = false;
        const name = uniqueName();
        verify(server.listen(name), server.lastError.text);
        compare(connectTo(server.fullServerName).state, LocalSocket.Connected);
        compare(connectTo(name).state, LocalSocket.Unconnected);
        const socket = createTemporaryObject(socketComponent, testCase, {
            privateNames: false,
            serverName: name
        }) as LocalSocket;
        socket.connectToServer();
        compare(socket.state, LocalSocket.Connected);
    }

    function test_pathsAreUnchanged() {
        const server = newServer();
        const path = "/tmp/" + uniqueName();
        verify(server.listen(path), server.lastError.text);
        compare(server.fullServerName, path);
        compare(connectTo(path).state, LocalSocket.Connected);
    }

    function test_randomNamesAcceptConnections() {
        const first = newServer();
        const second = newServer();
        verify(first.listenOnRandomName());
        verify(second.listenOnRandomName());
        verify(first.listening);
        verify(first.fullServerName !== second.fullServerName);
        compare(connectTo(first.fullServerName).state, LocalSocket.Connected);
    }

    function test_errorsHaveAllParts() {
        const socket = connectTo("/nowhere/at/all");
        compare(socket.lastError.kind, LocalError.NotFound);
        compare(socket.lastError.operation, "connect");
        compare(socket.lastError.numberName, "ENOENT");
        compare(socket.lastError.path, "/nowhere/at/all");
        verify(socket.lastError.hint.length > 0);
    }

    function test_failedListenIsAnnounced() {
        const server = newServer();
        let announced = 0;
        server.lastErrorChanged.connect(() => ++announced);
        verify(!server.listen("a/b"));
        compare(announced, 1);
        compare(server.lastError.kind, LocalError.InvalidName);
        verify(server.lastError.text.includes("a/b"));
    }
}
