// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal
import "../../examples/qml"

TestCase {
    id: testCase
    name: "LocalSocket"

    Component {
        id: echoComponent
        Echo {}
    }

    Component {
        id: serverComponent
        LocalServer {}
    }

    Component {
        id: socketComponent
        LocalSocket {}
    }

    function uniqueName(): string {
        return "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
    }

    function listeningServer(): LocalServer {
        const server = createTemporaryObject(serverComponent, testCase) as LocalServer;
        verify(server.listen(uniqueName()), server.errorString());
        return server;
    }

    function connectedSocket(server: LocalServer): LocalSocket {
        const socket = createTemporaryObject(socketComponent, testCase) as LocalSocket;
        socket.serverName = server.serverName;
        socket.connectToServer();
        compare(socket.state, LocalSocket.Connected);
        return socket;
    }

    function test_exampleEchoes() {
        const echo = createTemporaryObject(echoComponent, testCase, { name: uniqueName() }) as Echo;
        tryCompare(echo, "answer", "Hello, local world!");
    }

    function test_listeningServerHasName() {
        const name = uniqueName();
        const server = createTemporaryObject(serverComponent, testCase) as LocalServer;
        verify(!server.listening);
        verify(server.listen(name));
        verify(server.listening);
        compare(server.serverName, name);
        verify(server.fullServerName.endsWith("/" + name));
        server.close();
        verify(!server.listening);
        compare(server.serverName, "");
    }

    function test_failedConnectHasReason() {
        const socket = createTemporaryObject(socketComponent, testCase) as LocalSocket;
        let errors = 0;
        socket.errorOccurred.connect(() => ++errors);
        socket.serverName = uniqueName();
        socket.connectToServer();
        compare(errors, 1);
        compare(socket.state, LocalSocket.Unconnected);
        compare(socket.errorString, "QLocalSocket::connectToServer: Invalid name");
    }

    function test_statesAreAnnounced() {
        const server = listeningServer();
        const socket = createTemporaryObject(socketComponent, testCase) as LocalSocket;
        const states = [];
        socket.stateChanged.connect(() => states.push(socket.state));
        socket.serverName = server.serverName;
        socket.connectToServer();
        socket.disconnectFromServer();
        compare(states[0], LocalSocket.Connecting);
        compare(states[1], LocalSocket.Connected);
        tryVerify(() => states[states.length - 1] === LocalSocket.Unconnected);
    }

    function test_peerCloseIsAnnounced() {
        const server = listeningServer();
        server.newConnection.connect(socket => socket.disconnectFromServer());
        const socket = connectedSocket(server);
        tryCompare(socket, "state", LocalSocket.Unconnected);
    }

    function test_largeTextArrivesWhole() {
        const server = listeningServer();
        // Characters of one to four bytes, so that pieces end in the middle of one.
        const text = "aé€😀".repeat(50000);
        let arrived = "";
        server.newConnection.connect(socket => {
            socket.readyRead.connect(() => arrived += socket.readText());
        });
        connectedSocket(server).write(text);
        tryVerify(() => arrived.length === text.length);
        verify(arrived === text);
    }

    function test_unconnectedWriteReturnsMinusOne() {
        const socket = createTemporaryObject(socketComponent, testCase) as LocalSocket;
        compare(socket.write("x"), -1);
    }
}
