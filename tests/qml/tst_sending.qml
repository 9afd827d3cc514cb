// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Sending"

    Component {
        id: pairComponent
        Pair {}
    }

    Component {
        id: spyComponent
        SignalSpy {}
    }

    Component {
        id: socketComponent
        LocalSocket {}
    }

    function newPair(framing: int): Pair {
        const pair = createTemporaryObject(pairComponent, testCase) as Pair;
        pair.open();
        tryVerify(() => pair.accepted !== null);
        pair.socket.framing = framing;
        pair.accepted.framing = framing;
        return pair;
    }

    function bytes(buffer: var): var {
        return Array.from(new Uint8Array(buffer));
    }

    // A buffer with each byte value.
    function buffer(size: int): var {
        const view = new Uint8Array(size);
        for (let i = 0; i < size; ++i)
            view[i] = i * 7 + (i >> 8);
        return view.buffer;
    }

    function isEqual(one: var, other: var): bool {
        const [a, b] = [new Uint8Array(one), new Uint8Array(other)];
        return a.length === b.length && a.every((value, i) => value === b[i]);
    }

    function test_otherTypesThrow_data(): var {
        const values = {
            "undefined": undefined, "null": null, "a number": 42, "NaN": NaN, "a boolean": true, "a string": "text",
            "an array": [1, 2], "an object": { a: 1 }, "a function": () => 1, "a buffer": new ArrayBuffer(2),
            "a view": new Uint8Array(2), "a date": new Date(), "a URL": Qt.url("file:///"), "a QObject": testCase,
            "a size": Qt.size(1, 2), "a string object": Object("text"), "a symbol": Symbol("text")
        };
        const allowed = {
            sendText: ["a string"],
            sendBinary: ["a buffer", "a view"],
            write: ["a string", "a buffer", "a view"],
            sendJson: []
        };
        const rows = [];
        for (const method in allowed) {
            for (const kind in values) {
                const isJson = method === "sendJson" && !["undefined", "a function", "a symbol"].includes(kind);
                if (!isJson && !allowed[method].includes(kind))
                    rows.push({ tag: method + " of " + kind, method: method, value: values[kind] });
            }
        }
        return rows;
    }

    function test_otherTypesThrow(data: var) {
        const socket = newPair(LocalSocket.LengthPrefixed).socket;
        let thrown = null;
        try {
            socket[data.method](data.value);
        } catch (error) {
            thrown = error;
        }
        verify(thrown instanceof TypeError, String(thrown));
        verify(thrown.message.length > 0);
        compare(socket.bytesToWrite, 0);
    }

    function test_descriptorMustBeOne_data(): var {
        return [{ tag: "undefined", value: undefined }, { tag: "null", value: null }, { tag: "a number", value: 1 }];
    }

    function test_descriptorMustBeOne(data: var) {
        const socket = newPair(LocalSocket.NoFraming).socket;
        let thrown = null;
        try {
            socket.sendDescriptor("x", data.value);
        } catch (error) {
            thrown = error;
        }
        verify(thrown instanceof TypeError, String(thrown));
        compare(socket.bytesToWrite, 0);
    }

    function test_circularJsonThrows() {
        const socket = newPair(LocalSocket.Lines).socket;
        const value = {};
        value.itself = value;
        let thrown = null;
        try {
            socket.sendJson(value);
        } catch (error) {
            thrown = error;
        }
        verify(thrown instanceof TypeError);
    }

    function test_jsonNeedsFraming() {
        const socket = newPair(LocalSocket.NoFraming).socket;
        let thrown = null;
        try {
            socket.sendJson(1);
        } catch (error) {
            thrown = error;
        }
        verify(thrown instanceof TypeError);
        verify(thrown.message.includes("framing"));
    }

    function test_binaryArrives_data(): var {
        const rows = [];
        for (const size of [0, 1, 255, 65536, 1048576]) {
            rows.push({ tag: size + " bytes to the server", size: size, toServer: true });
            rows.push({ tag: size + " bytes to the client", size: size, toServer: false });
        }
        return rows;
    }

    function test_binaryArrives(data: var) {
        const pair = newPair(LocalSocket.LengthPrefixed);
        const [from, to] = data.toServer ? [pair.socket, pair.accepted] : [pair.accepted, pair.socket];
        const sent = buffer(data.size);
        const arrived = [];
        to.binaryReceived.connect(received => arrived.push(received));
        verify(from.sendBinary(sent));
        tryCompare(arrived, "length", 1);
        verify(arrived[0] instanceof ArrayBuffer);
        verify(isEqual(arrived[0], sent));
    }

    function test_rawBinaryArrives() {
        const pair = newPair(LocalSocket.NoFraming);
        const sent = buffer(3000000);
        const arrived = new Uint8Array(3000000);
        let size = 0;
        pair.accepted.binaryReceived.connect(data => {
            arrived.set(new Uint8Array(data), size);
            size += data.byteLength;
        });
        verify(pair.socket.sendBinary(sent));
        tryVerify(() => size === 3000000);
        verify(isEqual(arrived.buffer, sent));
    }

    function test_viewsSendTheirBytes_data(): var {
        const all = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
        return [
            { tag: "Uint8Array", view: all.subarray(2, 5), bytes: [3, 4, 5] },
            { tag: "Int16Array", view: new Int16Array(all.buffer, 2, 2), bytes: [3, 4, 5, 6] },
            { tag: "DataView", view: new DataView(all.buffer, 6), bytes: [7, 8] },
            { tag: "empty view", view: new Uint8Array(0), bytes: [] },
            { tag: "Float64Array", view: new Float64Array(all.buffer), bytes: [1, 2, 3, 4, 5, 6, 7, 8] }
        ];
    }

    function test_viewsSendTheirBytes(data: var) {
        const pair = newPair(LocalSocket.LengthPrefixed);
        const arrived = [];
        pair.accepted.binaryReceived.connect(received => arrived.push(bytes(received)));
        verify(pair.socket.sendBinary(data.view));
        tryCompare(arrived, "length", 1);
        compare(arrived[0], data.bytes);
    }

    function test_sentBufferMayChange() {
        const pair = newPair(LocalSocket.LengthPrefixed);
        const arrived = [];
        pair.accepted.binaryReceived.connect(received => arrived.push(bytes(received)));
        const view = new Uint8Array([1, 2]);
        verify(pair.socket.sendBinary(view.buffer));
        view[0] = 9;
        tryCompare(arrived, "length", 1);
        compare(arrived[0], [1, 2]);
    }

    function test_jsonArrives_data(): var {
        return [
            { tag: "object", value: { b: 1, a: [1.5, null, "x", { c: true }] } },
            { tag: "array", value: [[], {}, ""] },
            { tag: "string with newline", value: "a\nb" },
            { tag: "number", value: -0.25 },
            { tag: "null", value: null },
            { tag: "boolean", value: false },
            { tag: "characters", value: "grüße 😀" }
        ];
    }

    function test_jsonArrives(data: var) {
        const pair = newPair(LocalSocket.Lines);
        const arrived = [];
        pair.accepted.jsonReceived.connect(value => arrived.push(JSON.stringify(value)));
        verify(pair.socket.sendJson(data.value));
        tryCompare(arrived, "length", 1);
        compare(arrived[0], JSON.stringify(data.value));
    }

    function test_textWithNulArrives() {
        const pair = newPair(LocalSocket.LengthPrefixed);
        const arrived = [];
        pair.accepted.textReceived.connect(text => arrived.push(text));
        for (const text of ["", "a\0b", "grüße 😀", "a\r\nb"])
            verify(pair.socket.sendText(text));
        tryCompare(arrived, "length", 4);
        compare(arrived, ["", "a\0b", "grüße 😀", "a\r\nb"]);
    }

    function test_bytesToWriteFollows() {
        const pair = newPair(LocalSocket.NoFraming);
        const socket = pair.socket;
        const amounts = [];
        socket.bytesToWriteChanged.connect(() => amounts.push(socket.bytesToWrite));
        socket.sendText("12345");
        compare(socket.bytesToWrite, 5);
        tryCompare(socket, "bytesToWrite", 0);
        compare(amounts, [5, 0]);
        socket.write("123");
        compare(amounts[2], 3);
        tryCompare(socket, "bytesToWrite", 0);
    }

    function test_bytesWrittenIsEmitted() {
        const pair = newPair(LocalSocket.NoFraming);
        let written = 0;
        pair.socket.bytesWritten.connect(count => written += count);
        pair.socket.sendText("12345");
        tryVerify(() => written === 5);
    }

    function test_bytesToWriteIsDroppedWithConnection() {
        const pair = newPair(LocalSocket.NoFraming);
        const socket = pair.socket;
        const spy = createTemporaryObject(spyComponent, testCase, { target: socket, signalName: "bytesToWriteChanged" });
        pair.accepted.readBufferSize = 1;
        socket.sendText("x".repeat(4000000));
        verify(socket.bytesToWrite > 0);
        spy.clear();
        socket.abort();
        compare(socket.bytesToWrite, 0);
        verify(spy.count > 0);
    }

    function test_flushSendsAtOnce() {
        const pair = newPair(LocalSocket.NoFraming);
        verify(!pair.socket.flush());
        pair.socket.sendText("12345");
        verify(pair.socket.flush());
        verify(!pair.socket.flush());
        let arrived = "";
        pair.accepted.textReceived.connect(text => arrived += text);
        pair.socket.abort();
        tryVerify(() => !pair.accepted);
        compare(arrived, "12345");
    }

    function test_closeSendsFirst() {
        const pair = newPair(LocalSocket.NoFraming);
        let arrived = 0;
        pair.accepted.textReceived.connect(text => arrived += text.length);
        pair.socket.sendText("x".repeat(2000000));
        pair.socket.close();
        verify(!pair.socket.active);
        compare(pair.socket.sendText("y"), false);
        tryVerify(() => arrived === 2000000);
        tryCompare(pair.socket, "status", LocalSocket.Unconnected);
    }

    function test_abortSendsNothing() {
        const pair = newPair(LocalSocket.NoFraming);
        let arrived = 0;
        pair.accepted.textReceived.connect(text => arrived += text.length);
        pair.socket.sendText("12345");
        pair.socket.abort();
        compare(pair.socket.status, LocalSocket.Unconnected);
        compare(pair.socket.fullServerName, "");
        tryVerify(() => !pair.accepted);
        compare(arrived, 0);
    }

    function test_endedSocketsMayBeUsed() {
        const socket = createTemporaryObject(socketComponent, testCase) as LocalSocket;
        for (const method of ["abort", "close", "disconnectFromServer", "flush"])
            socket[method]();
        compare(socket.readText(), "");
        compare(socket.status, LocalSocket.Unconnected);
        verify(!socket.active);
    }

    function test_sharedBufferIsRefused() {
        const pair = newPair(LocalSocket.Lines);
        let error = null;
        try {
            pair.socket.sendBinary(new SharedArrayBuffer(8));
        } catch (e) {
            error = e;
        }
        verify(error instanceof TypeError);
    }

    function test_whatToJsonThrowsIsThrown() {
        const pair = newPair(LocalSocket.Lines);
        let thrown = null;
        try {
            pair.socket.sendJson({ toJSON: () => { throw "oops"; } });
        } catch (e) {
            thrown = e;
        }
        compare(thrown, "oops");
        compare(pair.socket.bytesToWrite, 0);
    }

    function test_halfOfSurrogatePairBecomesReplacement() {
        const pair = newPair(LocalSocket.Lines);
        const texts = [];
        pair.accepted.textReceived.connect(text => texts.push(text));
        verify(pair.socket.sendText("a\ud800b\ude00c😀"));
        tryCompare(texts, "length", 1);
        compare(texts[0], "a\ufffdb\ufffdc😀");
    }
}
