// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

pragma ComponentBehavior: Bound
import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Connections"

    Component {
        id: serverComponent
        LocalServer {
            id: server
            active: true
            property int announced: 0
            property Instantiator view: Instantiator {
                model: server.connections
                delegate: QtObject {
                    required property int index
                    required property LocalSocket socket
                    required property string name
                    required property double pid
                    required property string user
                    required property double bytes
                    required property date since
                    onBytesChanged: ++server.announced
                }
            }
        }
    }

    Component {
        id: plainComponent
        LocalServer {
            active: true
        }
    }

    Component {
        id: viewComponent
        Instantiator {
            delegate: QtObject {
                required property double bytes
            }
        }
    }

    Component {
        id: socketComponent
        LocalSocket {
            reconnect.enabled: false
        }
    }

    function uniqueName(): string {
        return "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
    }

    function newServer(component: Component): var {
        return createTemporaryObject(component, testCase, { name: uniqueName() });
    }

    function connectedSocket(server: LocalServer): LocalSocket {
        const socket = createTemporaryObject(socketComponent, testCase, { serverName: server.name }) as LocalSocket;
        socket.active = true;
        verify(socket.connected);
        return socket;
    }

    function test_initiallyEmpty() {
        const server = newServer(plainComponent);
        compare(server.connections.count, 0);
        compare(server.connections.rowCount(), 0);
        compare(server.connections.socketAt(0), null);
        compare(server.connections.socketAt(-1), null);
    }

    function test_rowsFollowConnections() {
        const server = newServer(serverComponent);
        let counts = [];
        server.connections.countChanged.connect(() => counts.push(server.connections.count));
        const first = connectedSocket(server);
        const second = connectedSocket(server);
        tryCompare(server.view, "count", 2);
        const kept = server.view.objectAt(1).socket;
        first.active = false;
        tryCompare(server.view, "count", 1);
        compare(server.view.objectAt(0).socket, kept);
        compare(server.connections.socketAt(0), kept);
        second.active = false;
        tryCompare(server.view, "count", 0);
        compare(counts, [1, 2, 1, 0]);
    }

    function test_rolesDescribePeer() {
        const server = newServer(serverComponent);
        const before = new Date();
        const socket = connectedSocket(server);
        tryCompare(server.view, "count", 1);
        const row = server.view.objectAt(0);
        compare(row.socket.peerCredentials.pid, row.pid);
        compare(row.pid, socket.peerCredentials.pid);
        verify(row.name.startsWith("qmltest"), row.name);
        verify(row.user.length > 0);
        compare(row.bytes, 0);
        verify(Math.abs(row.since - before) < 60000);
    }

    function test_bytesAreAnnouncedTogether() {
        const server = newServer(serverComponent);
        server.newConnection.connect(socket => socket.textReceived.connect(text => socket.sendText(text)));
        const socket = connectedSocket(server);
        let answers = 0;
        socket.textReceived.connect(text => {
            answers += text.length;
            if (answers < 1000)
                socket.sendText("x");
        });
        socket.sendText("x");
        tryVerify(() => answers === 1000);
        tryVerify(() => server.view.objectAt(0).bytes === 2000);
        verify(server.announced < 500, server.announced);
    }

    function test_lateViewShowsBytes() {
        const server = newServer(plainComponent);
        connectedSocket(server).sendText("abc");
        tryVerify(() => server.counters.bytesReceived === 3);
        const view = createTemporaryObject(viewComponent, testCase, { model: server.connections });
        compare(view.objectAt(0).bytes, 3);
    }

    // What each row describes just before it is removed.
    function whenLeaving(server: LocalServer): var {
        const model = server.connections;
        const seen = [];
        model.rowsAboutToBeRemoved.connect((parent, first) => {
            const row = { there: model.socketAt(first) };
            ["socket", "name", "pid", "user", "bytes"].forEach((role, index) => {
                row[role] = model.data(model.index(first, 0), Qt.UserRole + index);
            });
            seen.push(row);
        });
        return seen;
    }

    function test_leavingRowDescribesPeer() {
        const server = newServer(plainComponent);
        const seen = whenLeaving(server);
        const socket = connectedSocket(server);
        const pid = socket.peerCredentials.pid;
        socket.sendText("abc");
        tryVerify(() => server.counters.bytesReceived === 3);
        const accepted = server.connections.socketAt(0);
        socket.active = false;
        tryCompare(seen, "length", 1);
        compare(seen[0].there, accepted);
        compare(seen[0].socket, accepted);
        compare(Number(seen[0].pid), pid);
        verify(seen[0].name.startsWith("qmltest"), seen[0].name);
        verify(seen[0].user.length > 0);
        compare(Number(seen[0].bytes), 3);
    }

    function test_leavingRowOfDestroyedSocketHasNoSocket() {
        const server = newServer(plainComponent);
        const seen = whenLeaving(server);
        const sent = [];
        server.connections.rowsAboutToBeRemoved.connect(() => sent.push(server.broadcast("x")));
        const socket = connectedSocket(server);
        const pid = socket.peerCredentials.pid;
        tryCompare(server.connections, "count", 1);
        server.connections.socketAt(0).destroy();
        tryCompare(seen, "length", 1);
        compare(seen[0].there, null);
        verify(!seen[0].socket);
        compare(Number(seen[0].pid), pid);
        verify(seen[0].name.startsWith("qmltest"), seen[0].name);
        verify(seen[0].user.length > 0);
        compare(sent, [0]);
        compare(server.connections.count, 0);
    }

    function test_rowIsGoneInDisconnected() {
        const server = newServer(plainComponent);
        let left = -1;
        server.newConnection.connect(socket => {
            socket.disconnected.connect(() => left = server.connections.count);
        });
        const socket = connectedSocket(server);
        tryCompare(server.connections, "count", 1);
        socket.abort();
        tryVerify(() => left === 0);
    }

    function test_rowIsThereInNewConnection() {
        const server = newServer(plainComponent);
        let found = false;
        server.newConnection.connect(socket => found = server.connections.socketAt(0) === socket);
        connectedSocket(server);
        tryVerify(() => found);
    }

    function test_connectionsStayAfterClose() {
        const server = newServer(plainComponent);
        const socket = connectedSocket(server);
        tryCompare(server.connections, "count", 1);
        server.close();
        compare(server.connections.count, 1);
        verify(socket.connected);
    }
}
