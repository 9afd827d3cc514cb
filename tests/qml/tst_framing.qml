// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtTest
import QLocal

TestCase {
    id: testCase
    name: "Framing"

    property LocalSocket accepted: null

    Component {
        id: serverComponent
        LocalServer {
            onNewConnection: socket => testCase.accepted = socket as LocalSocket
        }
    }

    Component {
        id: socketComponent
        LocalSocket {
            property var messages: []
            property int kind: lastError.kind
            onMessageReceived: message => messages.push(message)
        }
    }

    function init() {
        accepted = null;
    }

    // A socket that is connected to `accepted`.
    function connectedSocket(): LocalSocket {
        const server = createTemporaryObject(serverComponent, testCase) as LocalServer;
        const name = "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2);
        verify(server.listen(name), server.errorString());
        const socket = createTemporaryObject(socketComponent, testCase) as LocalSocket;
        socket.serverName = server.serverName;
        socket.connectToServer();
        tryVerify(() => accepted !== null);
        return socket;
    }

    function test_messagesArriveOneByOne_data(): var {
        return [
            { tag: "length-prefixed", framing: LocalSocket.LengthPrefixed },
            { tag: "lines", framing: LocalSocket.Lines }
        ];
    }

    function test_messagesArriveOneByOne(data: var) {
        const socket = connectedSocket();
        socket.framing = data.framing;
        accepted.framing = data.framing;
        accepted.messageReceived.connect(message => accepted.writeMessage(message.toUpperCase()));
        const sent = ["one", "", "grüße"];
        sent.forEach(message => verify(socket.writeMessage(message)));
        tryCompare(socket.messages, "length", 3);
        compare(socket.messages, ["ONE", "", "GRÜSSE"]);
    }

    function test_wireFormatIsExact() {
        const socket = connectedSocket();
        let received = "";
        accepted.readyRead.connect(() => received += accepted.readText());
        compare(socket.framing, LocalSocket.NoFraming);
        socket.framing = LocalSocket.LengthPrefixed;
        verify(socket.writeMessage("hi"));
        socket.framing = LocalSocket.Lines;
        verify(socket.writeMessage("hi"));
        tryVerify(() => received.length === 9);
        compare(received, "\0\0\0\x02hihi\n");
        accepted.write("one\ntwo\nthr");
        tryCompare(socket.messages, "length", 2);
        accepted.write("ee\n");
        tryCompare(socket.messages, "length", 3);
        compare(socket.messages, ["one", "two", "three"]);
    }

    function test_oversizedMessageIsRefused() {
        const socket = connectedSocket();
        socket.framing = LocalSocket.Lines;
        tryCompare(socket, "maxMessageSize", 1048576);
        socket.maxMessageSize = 5;
        verify(!socket.writeMessage("longer"));
        compare(socket.lastError.kind, LocalError.InvalidMessage);
        verify(!socket.writeMessage("a\nb"));
        verify(socket.writeMessage("short"));
        compare(socket.state, LocalSocket.Connected);
    }

    function test_refusedMessageUpdatesBindings() {
        const socket = connectedSocket();
        socket.framing = LocalSocket.Lines;
        let errors = 0;
        socket.errorOccurred.connect(() => ++errors);
        compare(socket.kind, LocalError.None);
        verify(!socket.writeMessage("a\nb"));
        compare(socket.kind, LocalError.InvalidMessage);
        compare(errors, 0);
    }

    function test_oversizedMessageEndsConnection() {
        const socket = connectedSocket();
        socket.framing = LocalSocket.Lines;
        socket.maxMessageSize = 5;
        accepted.write("short\nlonger");
        tryCompare(socket, "state", LocalSocket.Unconnected);
        compare(socket.messages, ["short"]);
        compare(socket.lastError.kind, LocalError.LimitExceeded);
        compare(socket.lastError.operation, "receive message");
    }
}
