// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Receiving"

    Component {
        id: pairComponent
        Pair {}
    }

    function newPair(framing: int): Pair {
        const pair = createTemporaryObject(pairComponent, testCase) as Pair;
        pair.open();
        tryVerify(() => pair.accepted !== null);
        pair.socket.framing = framing;
        pair.accepted.framing = framing;
        return pair;
    }

    // Sends bytes one by one, each when the one before has arrived.
    function sendSlowly(pair: Pair, bytes: var) {
        for (const value of bytes) {
            let arrived = false;
            const handler = () => arrived = true;
            pair.accepted.readyRead.connect(handler);
            pair.socket.sendBinary(new Uint8Array([value]));
            tryVerify(() => arrived);
            pair.accepted.readyRead.disconnect(handler);
        }
    }

    function test_charactersAreNeverCut() {
        const pair = newPair(LocalSocket.NoFraming);
        const texts = [];
        pair.accepted.textReceived.connect(text => texts.push(text));
        // "aé€😀", in UTF-8.
        sendSlowly(pair, [0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]);
        compare(texts.join(""), "aé€😀");
        compare(texts.filter(text => text !== ""), ["a", "é", "€", "😀"]);
    }

    function test_invalidBytesAreReplaced() {
        const pair = newPair(LocalSocket.NoFraming);
        let arrived = "";
        pair.accepted.textReceived.connect(text => arrived += text);
        pair.socket.sendBinary(new Uint8Array([0x61, 0xff, 0xc3, 0x62]));
        tryVerify(() => arrived.length === 4);
        compare(arrived, "a\ufffd\ufffdb");
    }

    function test_nothingIsLeftOfLastConnection() {
        const pair = newPair(LocalSocket.NoFraming);
        let arrived = "";
        pair.socket.textReceived.connect(text => arrived += text);
        pair.accepted.sendBinary(new Uint8Array([0x61, 0xe2, 0x82]));
        tryVerify(() => arrived === "a");
        const first = pair.accepted;
        first.abort();
        tryVerify(() => pair.accepted !== first && pair.socket.connected);
        pair.accepted.sendText("b");
        tryVerify(() => arrived.length > 1);
        compare(arrived, "ab");
    }

    function test_readTextReturnsAll() {
        const pair = newPair(LocalSocket.NoFraming);
        pair.socket.sendBinary(new Uint8Array([0x61, 0xe2, 0x82]));
        tryCompare(pair.accepted, "bytesAvailable", 3);
        compare(pair.accepted.readText(), "a");
        pair.socket.sendBinary(new Uint8Array([0xac, 0x62]));
        tryCompare(pair.accepted, "bytesAvailable", 2);
        compare(pair.accepted.readText(), "€b");
        compare(pair.accepted.bytesAvailable, 0);
    }

    function test_bytesAvailableFollows() {
        const pair = newPair(LocalSocket.NoFraming);
        const amounts = [];
        pair.accepted.bytesAvailableChanged.connect(() => amounts.push(pair.accepted.bytesAvailable));
        pair.socket.sendText("12345");
        tryCompare(pair.accepted, "bytesAvailable", 5);
        pair.accepted.readText();
        compare(amounts, [5, 0]);
    }

    function test_eachSignalHasEachMessage() {
        const pair = newPair(LocalSocket.Lines);
        const arrived = [];
        pair.accepted.binaryReceived.connect(data => arrived.push("binary " + data.byteLength));
        pair.accepted.jsonReceived.connect(value => arrived.push("json " + value.a));
        pair.accepted.textReceived.connect(text => arrived.push("text " + text));
        pair.accepted.messageReceived.connect(message => arrived.push("message " + message));
        pair.socket.sendJson({ a: 1 });
        pair.socket.sendJson({ a: 2 });
        tryCompare(arrived, "length", 8);
        arrived.sort();
        compare(arrived, [
            "binary 7", "binary 7", "json 1", "json 2",
            'message {"a":1}', 'message {"a":2}', 'text {"a":1}', 'text {"a":2}'
        ]);
    }

    function test_messagesWaitForHandler() {
        const pair = newPair(LocalSocket.Lines);
        pair.socket.sendText("one");
        pair.socket.sendText("two");
        wait(20);
        const arrived = [];
        pair.accepted.textReceived.connect(text => arrived.push(text));
        pair.socket.sendText("three");
        tryCompare(arrived, "length", 3);
        compare(arrived, ["one", "two", "three"]);
    }

    function test_framingMayChangeInHandler() {
        const pair = newPair(LocalSocket.Lines);
        const arrived = [];
        pair.accepted.textReceived.connect(text => {
            arrived.push(text);
            if (text === "switch")
                pair.accepted.framing = LocalSocket.LengthPrefixed;
        });
        pair.socket.sendText("switch");
        pair.socket.framing = LocalSocket.LengthPrefixed;
        pair.socket.sendText("a\nb");
        tryCompare(arrived, "length", 2);
        compare(arrived, ["switch", "a\nb"]);
    }

    function test_handlerMayAbort() {
        const pair = newPair(LocalSocket.Lines);
        const arrived = [];
        pair.accepted.textReceived.connect(text => {
            arrived.push(text);
            pair.accepted.abort();
        });
        pair.socket.sendText("one");
        pair.socket.sendText("two");
        tryCompare(arrived, "length", 1);
        wait(20);
        verify(arrived.length <= 2);
    }

    function test_echoInHandler() {
        const pair = newPair(LocalSocket.Lines);
        const arrived = [];
        pair.accepted.textReceived.connect(text => pair.accepted.sendText(text.toUpperCase()));
        pair.socket.textReceived.connect(text => arrived.push(text));
        for (let i = 0; i < 100; ++i)
            pair.socket.sendText("m" + i);
        tryCompare(arrived, "length", 100);
        compare(arrived[99], "M99");
    }

    function test_lateHandlerGetsWhatHasArrived_data(): var {
        return [
            { tag: "raw", framing: LocalSocket.Raw, text: "hello" },
            { tag: "lines", framing: LocalSocket.Lines, text: "hello" }
        ];
    }

    function test_lateHandlerGetsWhatHasArrived(data: var) {
        const pair = newPair(data.framing);
        let reads = 0;
        pair.accepted.readyRead.connect(() => ++reads);
        verify(pair.socket.sendText(data.text));
        // The answer proves that the text has arrived as well.
        const answers = [];
        pair.socket.textReceived.connect(text => answers.push(text));
        verify(pair.accepted.sendText("answer"));
        tryCompare(answers, "length", 1);
        wait(0);
        const texts = [];
        pair.accepted.textReceived.connect(text => texts.push(text));
        tryCompare(texts, "length", 1);
        compare(texts[0], data.text);
    }

    function test_handlersOfTextSeeWhatArrived() {
        const pair = newPair(LocalSocket.Lines);
        const texts = [];
        pair.accepted.binaryReceived.connect(data => new Uint8Array(data)[0] = 90);
        pair.accepted.textReceived.connect(text => texts.push(text));
        verify(pair.socket.sendText("hello"));
        tryCompare(texts, "length", 1);
        compare(texts[0], "hello");
    }

    function test_nothingIsAnnouncedAfterTheHandlersEnd() {
        const pair = newPair(LocalSocket.Lines);
        const texts = [];
        pair.accepted.textReceived.connect(text => {
            texts.push(text);
            pair.accepted.active = false;
        });
        let ends = 0;
        pair.socket.disconnected.connect(() => ++ends);
        ["one", "two", "three"].forEach(text => verify(pair.socket.sendText(text)));
        tryVerify(() => ends === 1);
        compare(texts, ["one"]);
    }
}
