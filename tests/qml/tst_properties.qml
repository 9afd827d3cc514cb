// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Properties"

    Component {
        id: socketComponent
        LocalSocket {}
    }

    Component {
        id: serverComponent
        LocalServer {}
    }

    Component {
        id: literalComponent
        LocalSocket {
            readBufferSize: 1
            writeLimit: 2
            highWater: 4
            lowWater: 3
            maxMessageSize: 5
        }
    }

    // qml.lint knows all these types.
    Component {
        id: typedComponent
        QtObject {
            readonly property LocalServer server: LocalServer {
                id: typedServer
                allowedUsers: [0]
                allowedGroups: [7]
            }
            readonly property LocalSocket socket: LocalSocket {
                id: typedSocket
                reconnect.initialInterval: 100
                reconnect.maximumAttempts: 3
            }
            readonly property int count: typedServer.connections.count
            readonly property double accepted: typedServer.counters.accepted
            readonly property int attempt: typedSocket.reconnect.attempt
            readonly property double unsent: typedSocket.bytesToWrite + typedSocket.writeLimit
            readonly property double peer: typedSocket.peerCredentials.pid + typedSocket.peerCredentials.uid
            readonly property int groups: typedSocket.peerCredentials.groups.length
        }
    }

    Component {
        id: spyComponent
        SignalSpy {}
    }

    function test_settings_data(): var {
        return [
            { tag: "framing", initially: LocalSocket.NoFraming, value: LocalSocket.Lines },
            { tag: "maxMessageSize", initially: 1048576, value: 5 },
            { tag: "readBufferSize", initially: 67108864, value: 7 },
            { tag: "writeLimit", initially: 0, value: 8 },
            { tag: "highWater", initially: 0, value: 9 },
            { tag: "lowWater", initially: 0, value: 10 },
            { tag: "slowPeerPolicy", initially: LocalSocket.RefuseWrites, value: LocalSocket.EndConnection },
            { tag: "maxDescriptors", initially: 0, value: 3 },
            { tag: "privateNames", initially: true, value: false },
            { tag: "connectTimeout", initially: 30000, value: 11 }
        ];
    }

    function test_settings(data: var) {
        const socket = createTemporaryObject(socketComponent, testCase) as LocalSocket;
        const spy = createTemporaryObject(spyComponent, testCase, { target: socket, signalName: "settingsChanged" });
        compare(socket[data.tag], data.initially);
        socket[data.tag] = data.value;
        compare(socket[data.tag], data.value);
        compare(spy.count, 1);
        socket[data.tag] = data.value;
        compare(spy.count, 1);
        const other = createTemporaryObject(socketComponent, testCase, { [data.tag]: data.value });
        compare(other[data.tag], data.value);
    }

    function test_sizesMayBeLiterals() {
        const socket = createTemporaryObject(literalComponent, testCase) as LocalSocket;
        compare(socket.readBufferSize, 1);
        compare(socket.writeLimit, 2);
        compare(socket.highWater, 4);
        compare(socket.lowWater, 3);
        compare(socket.maxMessageSize, 5);
    }

    function test_sizesAreBounded_data(): var {
        const rows = [];
        for (const name of ["readBufferSize", "writeLimit", "highWater", "lowWater", "maxMessageSize"]) {
            rows.push({ tag: "socket's " + name, component: socketComponent, name: name });
            rows.push({ tag: "server's " + name, component: serverComponent, name: name });
        }
        return rows;
    }

    function test_sizesAreBounded(data: var) {
        const object = createTemporaryObject(data.component, testCase);
        object[data.name] = 0;
        const zero = object[data.name];
        for (const large of [Infinity, 1e300, 2 ** 63]) {
            object[data.name] = 5.9;
            compare(object[data.name], 5);
            object[data.name] = large;
            verify(object[data.name] >= 2 ** 31 - 1, object[data.name]);
        }
        object[data.name] = NaN;
        compare(object[data.name], zero);
        object[data.name] = -Infinity;
        verify(object[data.name] <= zero, object[data.name]);
    }

    function test_typesAreDescribed() {
        const typed = createTemporaryObject(typedComponent, testCase);
        compare([typed.count, typed.accepted, typed.attempt, typed.unsent, typed.peer, typed.groups], [0, 0, 0, 0, 0, 0]);
        compare(Array.from(typed.server.allowedUsers), [0]);
    }

    function test_bindingsFollowSettings() {
        const socket = createTemporaryQmlObject(
            "import QLocal; LocalSocket { property real bound: highWater }", testCase);
        socket.highWater = 12;
        compare(socket.bound, 12);
    }

    function test_readOnlyPropertiesStay_data(): var {
        const names = Array.of(
            "fullServerName", "connected", "status", "state", "error", "lastError", "errorString", "bytesToWrite",
            "bytesAvailable", "peerCredentials", "peerProcess", "reconnect");
        return names.map(name => ({ tag: name }));
    }

    function test_readOnlyPropertiesStay(data: var) {
        const socket = createTemporaryObject(socketComponent, testCase);
        let thrown = null;
        try {
            socket[data.tag] = undefined;
        } catch (error) {
            thrown = error;
        }
        verify(thrown instanceof TypeError, String(thrown));
    }
}
