// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Reconnect"

    Component {
        id: pairComponent
        Pair {}
    }

    Component {
        id: socketComponent
        LocalSocket {
            property list<int> numbers
            property list<double> delays
            onReconnecting: (attempt, delay) => {
                numbers.push(attempt);
                delays.push(delay);
            }
        }
    }

    Component {
        id: groupComponent
        LocalSocket {
            property int boundInterval: reconnect.initialInterval
            reconnect {
                enabled: false
                initialInterval: 10
                maximumInterval: 20
                jitter: 0
                maximumAttempts: 3
                keepsUnsent: true
            }
        }
    }

    function newPair(): Pair {
        const pair = createTemporaryObject(pairComponent, testCase) as Pair;
        pair.open();
        tryVerify(() => pair.accepted !== null);
        return pair;
    }

    function uniqueName(): string {
        return (createTemporaryObject(pairComponent, testCase) as Pair).name;
    }

    function test_defaults() {
        const reconnect = createTemporaryObject(socketComponent, testCase).reconnect;
        compare(reconnect.enabled, true);
        compare(reconnect.initialInterval, 500);
        compare(reconnect.maximumInterval, 30000);
        compare(reconnect.jitter, 20);
        compare(reconnect.maximumAttempts, 0);
        compare(reconnect.keepsUnsent, false);
        compare(reconnect.attempt, 0);
    }

    function test_groupIsSet() {
        const socket = createTemporaryObject(groupComponent, testCase);
        compare(socket.reconnect.enabled, false);
        compare(socket.reconnect.initialInterval, 10);
        compare(socket.reconnect.maximumInterval, 20);
        compare(socket.reconnect.jitter, 0);
        compare(socket.reconnect.maximumAttempts, 3);
        compare(socket.reconnect.keepsUnsent, true);
        compare(socket.boundInterval, 10);
        socket.reconnect.initialInterval = 11;
        compare(socket.boundInterval, 11);
    }

    function test_changesAreAnnounced_data(): var {
        return [
            { tag: "enabled", value: false },
            { tag: "initialInterval", value: 5 },
            { tag: "maximumInterval", value: 6 },
            { tag: "jitter", value: 7 },
            { tag: "maximumAttempts", value: 8 },
            { tag: "keepsUnsent", value: true }
        ];
    }

    function test_changesAreAnnounced(data: var) {
        const reconnect = createTemporaryObject(socketComponent, testCase).reconnect;
        let changes = 0;
        reconnect.changed.connect(() => ++changes);
        reconnect[data.tag] = data.value;
        compare(reconnect[data.tag], data.value);
        compare(changes, 1);
        reconnect[data.tag] = data.value;
        compare(changes, 1);
    }

    function test_missingServerIsNotTried() {
        const socket = createTemporaryObject(socketComponent, testCase, {
            serverName: uniqueName(),
            active: true
        }) as LocalSocket;
        compare(socket.status, LocalSocket.Waiting);
        tryVerify(() => socket.delays.length === 1);
        wait(50);
        compare(Array.from(socket.delays), [-1]);
        compare(Array.from(socket.numbers), [1]);
    }

    function test_intervalsGrow() {
        // A file that is no socket.
        const socket = createTemporaryObject(socketComponent, testCase, {
            serverName: String(Qt.resolvedUrl("tst_reconnect.qml")).replace("file://", "")
        }) as LocalSocket;
        const attempts = [];
        socket.reconnect.attemptChanged.connect(() => attempts.push(socket.reconnect.attempt));
        socket.reconnect.jitter = 0;
        socket.reconnect.initialInterval = 1;
        socket.reconnect.maximumInterval = 4;
        socket.active = true;
        tryVerify(() => socket.delays.length >= 5);
        compare(Array.from(socket.delays).slice(0, 5), [1, 2, 4, 4, 4]);
        compare(Array.from(socket.numbers).slice(0, 5), [1, 2, 3, 4, 5]);
        compare(attempts.slice(0, 5), [1, 2, 3, 4, 5]);
        socket.active = false;
        compare(socket.reconnect.attempt, 0);
    }

    function test_attemptsAreLimited() {
        const socket = createTemporaryObject(socketComponent, testCase, { serverName: uniqueName() }) as LocalSocket;
        let occurred = 0;
        socket.errorOccurred.connect(() => ++occurred);
        socket.reconnect.initialInterval = 1;
        socket.reconnect.maximumAttempts = 3;
        socket.active = true;
        tryCompare(socket, "active", false);
        compare(Array.from(socket.numbers), [1, 2, 3]);
        compare(occurred, 1);
        compare(socket.error.kind, LocalError.NotFound);
    }

    function test_attemptIsZeroWhileConnected() {
        const pair = createTemporaryObject(pairComponent, testCase) as Pair;
        const socket = createTemporaryObject(socketComponent, testCase, {
            serverName: pair.name,
            active: true
        }) as LocalSocket;
        tryVerify(() => socket.reconnect.attempt === 1);
        verify(pair.server.listen(pair.name));
        tryVerify(() => socket.connected);
        compare(socket.reconnect.attempt, 0);
    }

    function test_handlerMayEndAttempts() {
        const socket = createTemporaryObject(socketComponent, testCase, { serverName: uniqueName() }) as LocalSocket;
        socket.reconnecting.connect(() => socket.active = false);
        socket.active = true;
        tryCompare(socket, "status", LocalSocket.Unconnected);
        verify(!socket.active);
    }

    function test_disablingEndsWaiting() {
        const socket = createTemporaryObject(socketComponent, testCase, {
            serverName: uniqueName(),
            active: true
        }) as LocalSocket;
        compare(socket.status, LocalSocket.Waiting);
        socket.reconnect.enabled = false;
        compare(socket.status, LocalSocket.Unconnected);
        verify(!socket.active);
    }

    function test_enablingKeepsConnection() {
        const pair = newPair();
        pair.socket.reconnect.enabled = false;
        verify(pair.socket.connected);
        pair.socket.reconnect.enabled = true;
        const first = pair.accepted;
        first.abort();
        tryVerify(() => pair.accepted !== null && pair.accepted !== first);
        tryVerify(() => pair.socket.connected);
    }

    function test_unsentBytes_data(): var {
        return [
            { tag: "are dropped", keeps: false },
            { tag: "are kept", keeps: true }
        ];
    }

    function test_unsentBytes(data: var) {
        const pair = newPair();
        pair.server.readBufferSize = 0;
        const socket = pair.socket;
        const arrived = [];
        socket.framing = LocalSocket.Lines;
        socket.reconnect.keepsUnsent = data.keeps;
        const first = pair.accepted;
        // More than the kernel takes, and a message that is surely not sent.
        first.readBufferSize = 1;
        verify(socket.sendText("x".repeat(900000)));
        verify(socket.sendText("y".repeat(900000)));
        verify(socket.sendText("last"));
        pair.server.newConnection.connect(accepted => {
            accepted.framing = LocalSocket.Lines;
            accepted.textReceived.connect(text => arrived.push(text));
        });
        verify(socket.bytesToWrite > 0);
        tryVerify(() => first.bytesAvailable > 0);
        first.abort();
        tryVerify(() => socket.connected && pair.accepted !== first);
        verify(socket.sendText("new"));
        tryVerify(() => arrived.includes("new"));
        compare(arrived.includes("last"), data.keeps);
        compare(arrived[arrived.length - 1], "new");
    }
}
