// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Reload"

    Component {
        id: declaredComponent
        QtObject {
            id: tree
            property string name
            property string greeting
            property LocalServer server: LocalServer {
                name: tree.name
                active: true
                onNewConnection: socket => socket.sendText(tree.greeting)
            }
        }
    }

    Component {
        id: listeningComponent
        QtObject {
            id: tree
            property string name
            property string greeting
            property LocalServer server: LocalServer {
                onNewConnection: socket => socket.sendText(tree.greeting)
            }
            Component.onCompleted: server.listen(name)
        }
    }

    Component {
        id: socketComponent
        LocalSocket {
            property string text
            reconnect.initialInterval: 1
            onTextReceived: part => text += part
        }
    }

    function uniqueName(): string {
        return "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
    }

    function created(component: Component, properties: var): var {
        return component.createObject(testCase, properties);
    }

    function newTree(component: Component, name: string, greeting: string): var {
        const tree = created(component, { name: name, greeting: greeting });
        verify(tree.server.listening, tree.server.errorString());
        return tree;
    }

    function reload(component: Component, name: string) {
        const socket = createTemporaryObject(socketComponent, testCase, { serverName: name, active: true }) as LocalSocket;
        let tree = newTree(component, name, "0");
        tryCompare(socket, "text", "0");
        for (let round = 1; round < 10; ++round) {
            const old = tree;
            tree = newTree(component, name, String(round));
            verify(!old.server.listening);
            old.destroy();
            tryVerify(() => socket.text.endsWith(round));
        }
        compare(socket.text, "0123456789");
        verify(tree.server.listening);
        tree.destroy();
        tryVerify(() => !socket.connected);
        compare(socket.status, LocalSocket.Waiting);
    }

    function test_declaredServerIsReloaded() {
        reload(declaredComponent, uniqueName());
    }

    function test_listeningServerIsReloaded() {
        reload(listeningComponent, uniqueName());
    }

    function test_serverOnPathIsReloaded() {
        reload(declaredComponent, "/tmp/" + uniqueName());
    }

    function test_connectionsOfOlderServerStay() {
        const name = uniqueName();
        const older = newTree(declaredComponent, name, "old");
        const socket = createTemporaryObject(socketComponent, testCase, { serverName: name, active: true }) as LocalSocket;
        tryCompare(socket, "text", "old");
        const newer = newTree(declaredComponent, name, "new");
        compare(older.server.connections.count, 1);
        compare(older.server.broadcast("er"), 1);
        tryCompare(socket, "text", "older");
        older.destroy();
        tryCompare(socket, "text", "oldernew");
        newer.destroy();
    }
}
