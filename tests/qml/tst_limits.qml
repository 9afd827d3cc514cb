// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Limits"

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

    function listen(server: LocalServer) {
        const name = "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
        verify(server.listen(name), server.errorString());
    }

    function connectedSocket(server: LocalServer): LocalSocket {
        const socket = createTemporaryObject(socketComponent, testCase) as LocalSocket;
        socket.serverName = server.serverName;
        socket.connectToServer();
        return socket;
    }

    function test_bothEndsReadCredentials() {
        const server = newServer();
        let accepted = null;
        server.newConnection.connect(socket => accepted = socket.peerCredentials);
        listen(server);
        const socket = connectedSocket(server);
        tryVerify(() => accepted !== null);
        verify(socket.peerCredentials.valid);
        verify(socket.peerCredentials.pid > 0);
        compare(accepted.pid, socket.peerCredentials.pid);
        compare(accepted.uid, socket.peerCredentials.uid);
        compare(accepted.gid, socket.peerCredentials.gid);
        verify(Array.from(accepted.groups).every(group => group >= 0));
        socket.disconnectFromServer();
        tryVerify(() => !socket.peerCredentials.valid);
    }

    function test_peerProcessIsValidUntilEnd() {
        const server = newServer();
        listen(server);
        const socket = connectedSocket(server);
        const process = socket.peerProcess;
        verify(process >= 0);
        compare(socket.peerProcess, process);
        const announced = [];
        socket.stateChanged.connect(() => announced.push(socket.peerProcess));
        socket.disconnectFromServer();
        tryCompare(socket, "state", LocalSocket.Unconnected);
        compare(announced.pop(), -1);
        compare(createTemporaryObject(socketComponent, testCase).peerProcess, -1);
    }

    function test_functionDecidesPerPeer() {
        const server = newServer();
        let asked = 0;
        let announced = 0;
        const refusals = [];
        server.allowFunction = peer => {
            ++asked;
            return peer.valid && asked === 2;
        };
        server.newConnection.connect(() => ++announced);
        server.refused.connect((peer, reason) => refusals.push([peer.valid, reason]));
        listen(server);
        const first = connectedSocket(server);
        tryCompare(first, "state", LocalSocket.Unconnected);
        compare(refusals, [[true, LocalServer.NotAllowed]]);
        const second = connectedSocket(server);
        tryVerify(() => announced === 1);
        compare(second.state, LocalSocket.Connected);
        compare(server.counters.accepted, 1);
        compare(server.counters.refused, 1);
    }

    function test_throwingFunctionRefuses() {
        const server = newServer();
        server.allowFunction = () => {
            throw new Error("undecided");
        };
        ignoreWarning(/undecided/);
        listen(server);
        tryCompare(connectedSocket(server), "state", LocalSocket.Unconnected);
        compare(server.counters.refused, 1);
    }

    function test_allowListsAreKept() {
        const server = newServer();
        verify(!server.anyUserAllowed);
        server.allowedUsers = [33, 4294967294];
        server.allowedGroups = [7];
        compare(Array.from(server.allowedUsers), [33, 4294967294]);
        compare(Array.from(server.allowedGroups), [7]);
    }

    function test_connectionsAreLimited() {
        const server = newServer();
        const refusals = [];
        server.refused.connect((peer, reason) => refusals.push(reason));
        server.maxConnections = 2;
        server.maxConnectionsPerUser = 1;
        listen(server);
        const first = connectedSocket(server);
        tryCompare(connectedSocket(server), "state", LocalSocket.Unconnected);
        server.maxConnections = 1;
        tryCompare(connectedSocket(server), "state", LocalSocket.Unconnected);
        server.maxConnections = 0;
        server.maxConnectionsPerUser = 0;
        server.maxConnectionsPerProcess = 1;
        tryCompare(connectedSocket(server), "state", LocalSocket.Unconnected);
        compare(refusals, [
            LocalServer.TooManyOfUser, LocalServer.TooManyConnections, LocalServer.TooManyOfProcess
        ]);
        compare(first.state, LocalSocket.Connected);
        compare(server.counters.open, 1);
    }

    function test_writesAreLimited() {
        const server = newServer();
        let accepted = null;
        server.newConnection.connect(socket => accepted = socket);
        server.writeLimit = 5;
        server.slowPeerPolicy = LocalSocket.EndConnection;
        listen(server);
        const socket = connectedSocket(server);
        socket.writeLimit = 5;
        compare(socket.slowPeerPolicy, LocalSocket.RefuseWrites);
        compare(socket.write("123456"), 5);
        compare(socket.write("6"), 0);
        tryVerify(() => accepted !== null);
        compare(accepted.slowPeerPolicy, LocalSocket.EndConnection);
        let kind = LocalError.None;
        accepted.errorOccurred.connect(() => kind = accepted.lastError.kind);
        compare(accepted.write("123456"), -1);
        tryCompare(socket, "state", LocalSocket.Unconnected);
        compare(kind, LocalError.LimitExceeded);
    }

    function test_waterMarksAreAnnounced() {
        const server = newServer();
        let accepted = null;
        server.newConnection.connect(socket => accepted = socket);
        server.readBufferSize = 1000;
        listen(server);
        const socket = connectedSocket(server);
        const marks = [];
        socket.highWaterReached.connect(() => marks.push("high"));
        socket.lowWaterReached.connect(() => marks.push("low"));
        socket.highWater = 1000;
        socket.lowWater = 10;
        socket.write("x".repeat(1000000));
        tryCompare(marks, "length", 1);
        accepted.readBufferSize = 0;
        accepted.readyRead.connect(() => accepted.readText());
        accepted.readText();
        tryCompare(marks, "length", 2);
        compare(marks, ["high", "low"]);
    }

    function test_connectTimeoutHasDefault() {
        const socket = createTemporaryObject(socketComponent, testCase) as LocalSocket;
        compare(socket.connectTimeout, 30000);
        socket.connectTimeout = 5;
        compare(socket.connectTimeout, 5);
    }
}
