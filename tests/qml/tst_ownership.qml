// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

pragma ComponentBehavior: Bound
import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Ownership"

    Component {
        id: serverComponent
        LocalServer {
            active: true
        }
    }

    Component {
        id: handlerComponent
        LocalSocket {
            id: handler
            onTextReceived: text => handler.sendText(text)
        }
    }

    Component {
        id: socketComponent
        LocalSocket {
            property string text
            property int received: 0
            reconnect.enabled: false
            onTextReceived: part => {
                text += part;
                received += part.length;
            }
        }
    }

    Component {
        id: viewComponent
        Instantiator {
            delegate: QtObject {
                required property LocalSocket socket
                readonly property bool isConnected: socket?.connected ?? false
                property LocalSocket own: LocalSocket {
                    reconnect.enabled: false
                }
            }
        }
    }

    function uniqueName(): string {
        return "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
    }

    function newServer(properties: var): LocalServer {
        return createTemporaryObject(serverComponent, testCase,
                                     Object.assign({ name: uniqueName() }, properties)) as LocalServer;
    }

    function connectedSocket(server: LocalServer): LocalSocket {
        const count = server.connections.count;
        const socket = createTemporaryObject(socketComponent, testCase, { serverName: server.name }) as LocalSocket;
        socket.active = true;
        tryVerify(() => server.connections.count > count || server.counters.accepted > count);
        return socket;
    }

    function test_destroyedInNewConnection() {
        const server = newServer({});
        server.newConnection.connect(socket => socket.destroy());
        const socket = connectedSocket(server);
        tryVerify(() => !socket.connected);
        compare(server.connections.count, 0);
        compare(server.counters.open, 0);
    }

    function test_destroyedInItsOwnHandlers() {
        const handlers = {
            textReceived: socket => socket.sendText("x"),
            binaryReceived: socket => socket.sendText("x"),
            readyRead: socket => socket.sendText("x"),
            disconnected: socket => socket.abort(),
            statusChanged: socket => socket.abort(),
            activeChanged: socket => socket.abort()
        };
        for (const name of Object.keys(handlers)) {
            const server = newServer({});
            let called = 0;
            server.newConnection.connect(socket => {
                socket[name].connect(() => {
                    ++called;
                    socket.destroy();
                });
            });
            const socket = connectedSocket(server);
            handlers[name](socket);
            tryVerify(() => called > 0, 5000, name);
            tryVerify(() => server.connections.count === 0, 5000, name);
            tryVerify(() => !socket.connected, 5000, name);
        }
    }

    function test_clientDestroyedInItsOwnHandlers() {
        for (const name of ["connectedChanged", "statusChanged", "textReceived", "activeChanged"]) {
            const server = newServer({});
            server.newConnection.connect(socket => socket.sendText("hello"));
            const socket = socketComponent.createObject(testCase, { serverName: server.name }) as LocalSocket;
            let called = 0;
            if (socket[name]) {
                socket[name].connect(() => {
                    ++called;
                    socket.destroy();
                });
            } else {
                socket.destroy();
                continue;
            }
            socket.active = true;
            tryVerify(() => called > 0, 5000, name);
            tryVerify(() => server.counters.open === 0, 5000, name);
        }
    }

    function test_serverDestroyedInItsOwnHandlers() {
        for (const name of ["newConnection", "countersChanged", "listeningChanged"]) {
            const server = serverComponent.createObject(testCase, { name: uniqueName() }) as LocalServer;
            let called = 0;
            server[name].connect(() => {
                if (++called === 1)
                    server.destroy();
            });
            const socket = createTemporaryObject(socketComponent, testCase, { serverName: server.name }) as LocalSocket;
            socket.active = true;
            if (name === "listeningChanged")
                server.active = false;
            tryVerify(() => called > 0, 5000, name);
            tryVerify(() => !socket.connected, 5000, name);
        }
    }

    function test_serverDestroyedWhileConnected() {
        const server = serverComponent.createObject(testCase, { name: uniqueName(), handler: handlerComponent }) as LocalServer;
        const first = connectedSocket(server);
        const second = connectedSocket(server);
        first.sendText("x");
        tryCompare(first, "text", "x");
        server.destroy();
        tryVerify(() => !first.connected && !second.connected);
    }

    function test_serverDestroyedWhileViewed() {
        const server = serverComponent.createObject(testCase, { name: uniqueName() }) as LocalServer;
        const view = createTemporaryObject(viewComponent, testCase, { model: server.connections });
        const socket = connectedSocket(server);
        tryCompare(view, "count", 1);
        server.destroy();
        tryVerify(() => !socket.connected);
        tryCompare(view, "count", 0);
    }

    function test_delegateMayEndItsConnection() {
        const server = newServer({});
        const view = createTemporaryObject(viewComponent, testCase, { model: server.connections });
        const socket = connectedSocket(server);
        tryCompare(view, "count", 1);
        view.objectAt(0).socket.destroy();
        tryCompare(view, "count", 0);
        tryVerify(() => !socket.connected);
    }

    function test_destroyedViewLeavesConnections() {
        const server = newServer({});
        const view = viewComponent.createObject(testCase, { model: server.connections });
        const socket = connectedSocket(server);
        tryCompare(view, "count", 1);
        view.destroy();
        wait(0);
        verify(socket.connected);
        compare(server.connections.count, 1);
    }

    function test_collectorLeavesSocketsInTraffic() {
        const server = newServer({ handler: handlerComponent });
        const sockets = [connectedSocket(server), connectedSocket(server), connectedSocket(server)];
        for (let round = 1; round <= 50; ++round) {
            for (const socket of sockets)
                socket.sendText("x".repeat(100));
            gc();
            tryVerify(() => sockets.every(socket => socket.received === 100 * round));
        }
        gc();
        compare(server.connections.count, 3);
    }

    function test_collectorLeavesAnnouncedSockets() {
        const server = newServer({});
        server.newConnection.connect(socket => socket.textReceived.connect(text => socket.sendText(text)));
        const socket = connectedSocket(server);
        for (let round = 0; round < 5; ++round) {
            gc();
            wait(0);
        }
        verify(server.connections.socketAt(0) !== null);
        gc();
        socket.sendText("abc");
        tryCompare(socket, "text", "abc");
    }

    function test_heldSocketIsSafeAfterItsEnd() {
        const server = newServer({});
        let held = null;
        server.newConnection.connect(socket => held = socket);
        const socket = connectedSocket(server);
        tryVerify(() => held !== null);
        socket.active = false;
        tryVerify(() => held.status === undefined || held.status === null);
        gc();
        verify(!held.connected);
        verify(!held.serverName);
        verify(!held.error);
        let error = null;
        try {
            held.sendText("x");
        } catch (thrown) {
            error = thrown;
        }
        verify(error !== null);
    }

    function test_endedSocketsAreDestroyed() {
        const server = newServer({ handler: handlerComponent });
        const held = [];
        for (let round = 0; round < 20; ++round) {
            const socket = connectedSocket(server);
            held.push(server.connections.socketAt(0));
            socket.active = false;
            tryCompare(server.connections, "count", 0);
        }
        tryVerify(() => held.every(socket => !socket?.status));
    }
}
