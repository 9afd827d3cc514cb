// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

pragma ComponentBehavior: Bound
import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Handler"

    property var log: []

    Component {
        id: serverComponent
        LocalServer {
            active: true
            property int announced: 0
            onNewConnection: ++announced
        }
    }

    Component {
        id: socketComponent
        LocalSocket {
            property string text
            reconnect.enabled: false
            onTextReceived: part => text += part
        }
    }

    Component {
        id: echoHandler
        LocalSocket {
            id: echo
            onTextReceived: text => echo.sendText(text)
            Component.onCompleted: testCase.log.push("completed " + echo.connected)
            Component.onDestruction: testCase.log.push("destroyed")
        }
    }

    Component {
        id: settingHandler
        LocalSocket {
            framing: LocalSocket.Lines
            prefixSize: 2
            writeLimit: 1000
            highWater: 10 * 10
        }
    }

    Component {
        id: defaultHandler
        LocalSocket {
            id: raw
            framing: LocalSocket.NoFraming
            Component.onCompleted: {
                testCase.log.push(raw.framing);
                raw.framing = LocalSocket.NoFraming;
            }
        }
    }

    Component {
        id: framingHandler
        LocalSocket {
            framing: LocalSocket.Lines
        }
    }

    Component {
        id: objectHandler
        QtObject {
            id: handler
            required property LocalSocket socket
            readonly property Connections connections: Connections {
                target: handler.socket
                function onTextReceived(text: string) {
                    handler.socket.sendText(text.toUpperCase());
                }
                function onDisconnected() {
                    testCase.log.push("disconnected " + handler.socket.connected);
                }
            }
            Component.onCompleted: testCase.log.push("completed " + handler.socket.connected)
            Component.onDestruction: testCase.log.push("destroyed")
        }
    }

    Component {
        id: selfDestroyingHandler
        QtObject {
            required property LocalSocket socket
            Component.onCompleted: destroy()
            Component.onDestruction: testCase.log.push("destroyed")
        }
    }

    Component {
        id: socketDestroyingHandler
        LocalSocket {
            onTextReceived: destroy()
            Component.onDestruction: testCase.log.push("destroyed")
        }
    }

    Component {
        id: greedyHandler
        QtObject {
            required property LocalSocket socket
            required property int other
        }
    }

    function init() {
        log = [];
    }

    function uniqueName(): string {
        return "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
    }

    function newServer(handler: Component): LocalServer {
        return createTemporaryObject(serverComponent, testCase, { name: uniqueName(), handler: handler }) as LocalServer;
    }

    function connectedSocket(server: LocalServer): LocalSocket {
        const count = server.announced;
        const socket = createTemporaryObject(socketComponent, testCase, { serverName: server.name }) as LocalSocket;
        socket.active = true;
        tryVerify(() => server.announced > count);
        return socket;
    }

    function test_rootMayBeSocket() {
        const server = newServer(echoHandler);
        const socket = connectedSocket(server);
        compare(log, ["completed true"]);
        socket.sendText("abc");
        tryCompare(socket, "text", "abc");
        compare(server.connections.count, 1);
    }

    function test_rootReceivesSocket() {
        const server = newServer(objectHandler);
        const socket = connectedSocket(server);
        compare(log, ["completed true"]);
        socket.sendText("abc");
        tryCompare(socket, "text", "ABC");
    }

    function test_eachConnectionHasHandler() {
        const server = newServer(echoHandler);
        const first = connectedSocket(server);
        const second = connectedSocket(server);
        first.sendText("1");
        second.sendText("2");
        tryCompare(first, "text", "1");
        tryCompare(second, "text", "2");
        verify(server.connections.socketAt(0) !== server.connections.socketAt(1));
    }

    function test_socketIsDestroyedAfterEnd() {
        const server = newServer(echoHandler);
        connectedSocket(server).active = false;
        tryCompare(log, "length", 2);
        compare(log[1], "destroyed");
    }

    function test_objectIsDestroyedAfterHandlers() {
        const server = newServer(objectHandler);
        connectedSocket(server).active = false;
        tryCompare(log, "length", 3);
        compare(log, ["completed true", "disconnected false", "destroyed"]);
    }

    function test_destroyedObjectEndsConnection() {
        const server = newServer(selfDestroyingHandler);
        const socket = connectedSocket(server);
        tryVerify(() => !socket.connected);
        compare(log, ["destroyed"]);
        compare(server.connections.count, 0);
    }

    function test_destroyedSocketEndsConnection() {
        const server = newServer(socketDestroyingHandler);
        const socket = connectedSocket(server);
        socket.sendText("x");
        tryVerify(() => !socket.connected);
        compare(log, ["destroyed"]);
    }

    function test_settingsOfHandlerPrevail() {
        const server = newServer(settingHandler);
        server.prefixSize = 1;
        server.writeLimit = 2000;
        server.maxMessageSize = 50;
        connectedSocket(server);
        const accepted = server.connections.socketAt(0);
        compare(accepted.framing, LocalSocket.Lines);
        compare(accepted.prefixSize, 2);
        compare(accepted.writeLimit, 1000);
        compare(accepted.highWater, 100);
        compare(accepted.maxMessageSize, 50);
    }

    function test_defaultIsSetWhenCompleted() {
        const server = newServer(defaultHandler);
        server.framing = LocalSocket.Lines;
        connectedSocket(server);
        compare(log, [LocalSocket.Lines]);
        compare(server.connections.socketAt(0).framing, LocalSocket.NoFraming);
    }

    function test_handlersFramingAllowsJson() {
        const server = newServer(framingHandler);
        compare(server.broadcastJson(1), 0);
        const socket = connectedSocket(server);
        compare(server.broadcastJson(1), 1);
        tryCompare(socket, "text", "1\n");
    }

    function test_failedHandlerLeavesSocket() {
        const server = newServer(greedyHandler);
        ignoreWarning(/other/);
        const socket = connectedSocket(server);
        verify(socket.connected);
    }

    function test_handlerMayChange() {
        const server = newServer(echoHandler);
        let changes = 0;
        server.handlerChanged.connect(() => ++changes);
        const first = connectedSocket(server);
        server.handler = objectHandler;
        const second = connectedSocket(server);
        server.handler = null;
        const third = connectedSocket(server);
        compare(changes, 2);
        first.sendText("a");
        second.sendText("b");
        third.sendText("c");
        tryCompare(first, "text", "a");
        tryCompare(second, "text", "B");
        compare(third.text, "");
    }
}
