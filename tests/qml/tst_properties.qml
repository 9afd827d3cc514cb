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

    function test_bindingsFollowSettings() {
        const socket = createTemporaryQmlObject(
            "import QLocal; LocalSocket { property real bound: highWater }", testCase);
        socket.highWater = 12;
        compare(socket.bound, 12);
    }

    function test_readOnlyPropertiesStay_data(): var {
        return [
            "fullServerName", "connected", "status", "state", "error", "lastError", "errorString", "bytesToWrite",
            "bytesAvailable", "peerCredentials", "peerProcess", "reconnect"
        ].map(name => ({ tag: name }));
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
