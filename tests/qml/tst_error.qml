// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Error"

    Component {
        id: pairComponent
        Pair {}
    }

    Component {
        id: socketComponent
        LocalSocket {
            property int kind: error.kind
            property string text: errorString
            property int changes: 0
            property int occurred: 0
            reconnect.enabled: false
            onErrorChanged: ++changes
            onErrorOccurred: ++occurred
        }
    }

    function newSocket(properties: var): var {
        return createTemporaryObject(socketComponent, testCase, properties);
    }

    function newPair(): Pair {
        const pair = createTemporaryObject(pairComponent, testCase) as Pair;
        pair.open();
        tryVerify(() => pair.accepted !== null);
        return pair;
    }

    function test_noneAtFirst() {
        const socket = newSocket({});
        compare(socket.error.kind, LocalError.None);
        compare(socket.error.text, "");
        compare(socket.error.hint, "");
        compare(socket.error.operation, "");
        compare(socket.error.number, 0);
        compare(socket.error.numberName, "");
        compare(socket.error.path, "");
    }

    function test_failedAttempt_data(): var {
        const file = String(Qt.resolvedUrl("tst_error.qml")).replace("file://", "");
        const longName = "/tmp/" + "x".repeat(200);
        return [
            { tag: "not found", name: "/nowhere/at/all", kind: LocalError.NotFound, operation: "connect", numberName: "ENOENT" },
            { tag: "refused", name: file, kind: LocalError.ConnectionRefused, operation: "connect", numberName: "ECONNREFUSED" },
            { tag: "slash in private name", name: "a/b", kind: LocalError.InvalidName, operation: "name", numberName: "" },
            { tag: "too long", name: longName, kind: LocalError.NameTooLong, operation: "name", numberName: "ENAMETOOLONG" }
        ];
    }

    function test_failedAttempt(data: var) {
        const socket = newSocket({ serverName: data.name, active: true });
        compare(socket.error.kind, data.kind);
        compare(socket.error.operation, data.operation);
        compare(socket.error.numberName, data.numberName);
        compare(socket.error.number > 0, data.numberName !== "");
        verify(socket.error.hint.length > 0);
        verify(socket.error.text.includes(socket.error.hint), socket.error.text);
        compare(socket.error.kind, socket.lastError.kind);
        compare(socket.kind, data.kind);
        verify(socket.errorString.startsWith("QLocalSocket::connectToServer: "), socket.errorString);
        compare(socket.text, socket.errorString);
        compare(socket.occurred, 1);
        verify(!socket.active);
    }

    function test_errorChangedComesFirst() {
        const socket = newSocket({ serverName: "/nowhere/at/all" });
        const order = [];
        socket.errorChanged.connect(() => order.push("changed"));
        socket.errorOccurred.connect(() => order.push(socket.error.kind === LocalError.NotFound));
        socket.active = true;
        compare(order, ["changed", true]);
    }

    function test_endByPeer() {
        const pair = newPair();
        pair.socket.reconnect.enabled = false;
        pair.accepted.disconnectFromServer();
        tryCompare(pair.socket, "active", false);
        compare(pair.socket.error.kind, LocalError.PeerClosed);
        compare(pair.socket.error.hint, "connect again");
    }

    function test_reasonOfWaiting() {
        const socket = newSocket({ serverName: newPair().name + "-none" });
        socket.reconnect.enabled = true;
        socket.active = true;
        compare(socket.status, LocalSocket.Waiting);
        tryCompare(socket, "kind", LocalError.NotFound);
        compare(socket.error.kind, LocalError.NotFound);
        compare(socket.occurred, 0);
    }

    function test_sendWithoutConnection_data(): var {
        return [
            { tag: "raw text", method: "sendText", value: "x", framing: LocalSocket.NoFraming },
            { tag: "raw binary", method: "sendBinary", value: new ArrayBuffer(1), framing: LocalSocket.NoFraming },
            { tag: "message", method: "sendText", value: "x", framing: LocalSocket.Lines },
            { tag: "JSON", method: "sendJson", value: {}, framing: LocalSocket.Lines }
        ];
    }

    function test_sendWithoutConnection(data: var) {
        const socket = newSocket({ framing: data.framing });
        compare(socket[data.method](data.value), false);
        compare(socket.error.kind, LocalError.NotConnected);
        compare(socket.kind, LocalError.NotConnected);
        compare(socket.error.hint, "connect first");
        verify(socket.errorString.length > 0);
        compare(socket.text, socket.errorString);
        compare(socket.occurred, 0);
    }

    function test_sendIsAllOrNothing_data(): var {
        return [
            { tag: "raw text", method: "sendText", value: "123456", framing: LocalSocket.NoFraming },
            { tag: "raw binary", method: "sendBinary", value: new ArrayBuffer(6), framing: LocalSocket.NoFraming },
            { tag: "message", method: "sendText", value: "123456", framing: LocalSocket.LengthPrefixed },
            { tag: "JSON", method: "sendJson", value: 123456, framing: LocalSocket.LengthPrefixed }
        ];
    }

    function test_sendIsAllOrNothing(data: var) {
        const pair = newPair();
        const socket = pair.socket;
        socket.framing = data.framing;
        socket.writeLimit = 11;
        verify(socket[data.method](data.value));
        const queued = socket.bytesToWrite;
        compare(socket[data.method](data.value), false);
        compare(socket.bytesToWrite, queued);
        compare(socket.error.kind, LocalError.LimitExceeded);
        verify(socket.errorString.length > 0);
        verify(socket.connected);
        tryCompare(socket, "bytesToWrite", 0);
        verify(socket[data.method](data.value));
        tryVerify(() => pair.accepted.bytesAvailable === 2 * queued);
    }

    function test_sendBeyondLimitEndsConnection() {
        const socket = newPair().socket;
        socket.reconnect.enabled = false;
        socket.writeLimit = 5;
        socket.slowPeerPolicy = LocalSocket.EndConnection;
        verify(!socket.sendText("123456"));
        compare(socket.error.kind, LocalError.LimitExceeded);
        tryCompare(socket, "active", false);
        compare(socket.error.kind, LocalError.LimitExceeded);
    }

    function test_invalidMessageIsRefused() {
        const socket = newPair().socket;
        socket.framing = LocalSocket.Lines;
        verify(!socket.sendText("a\nb"));
        compare(socket.error.kind, LocalError.InvalidMessage);
        compare(socket.error.operation, "write message");
        verify(socket.connected);
    }

    function test_invalidJsonIsReported() {
        const pair = newPair();
        pair.socket.framing = LocalSocket.Lines;
        pair.accepted.framing = LocalSocket.Lines;
        const values = [];
        const kinds = [];
        let occurred = 0;
        pair.accepted.jsonReceived.connect(value => values.push(value));
        pair.accepted.errorChanged.connect(() => kinds.push(pair.accepted.error.kind));
        pair.accepted.errorOccurred.connect(() => ++occurred);
        pair.socket.sendText("1");
        pair.socket.sendText("no JSON");
        pair.socket.sendText("");
        pair.socket.sendText("2");
        tryCompare(values, "length", 2);
        compare(values, [1, 2]);
        compare(kinds, [LocalError.InvalidMessage, LocalError.InvalidMessage]);
        compare(pair.accepted.error.operation, "parse message");
        verify(pair.accepted.error.hint.includes("framing"));
        verify(pair.accepted.errorString.length > 0);
        compare(occurred, 0);
        verify(pair.accepted.connected);
    }

    function test_nextErrorReplacesIt() {
        const pair = newPair();
        pair.accepted.framing = LocalSocket.Lines;
        pair.accepted.jsonReceived.connect(() => fail("not JSON"));
        pair.socket.sendText("}\n");
        tryVerify(() => pair.accepted.error.kind === LocalError.InvalidMessage);
        const kinds = [];
        pair.accepted.errorOccurred.connect(() => kinds.push(pair.accepted.error.kind));
        pair.socket.active = false;
        tryCompare(kinds, "length", 1);
        compare(kinds, [LocalError.PeerClosed]);
    }
}
