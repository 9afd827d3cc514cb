// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QLocal

// Sends text and a mebibyte to a server that sends back what it receives.
LocalSocket {
    id: client

    property int length: 1048576
    property var arrived: new Uint8Array(length + greeting.length)
    property int size: 0
    property int messages: 0
    property bool isDone: false
    // "grüße 😀" in UTF-8.
    readonly property var greeting: [
        0x67, 0x72, 0xc3, 0xbc, 0xc3, 0x9f, 0x65, 0x20, 0xf0, 0x9f, 0x98, 0x80
    ]

    function pattern(): var {
        const view = new Uint8Array(length);
        for (let i = 0; i < length; ++i)
            view[i] = i * 7 + (i >> 8);
        return view;
    }

    function isRight(): bool {
        const expected = pattern();
        return greeting.every((value, i) => arrived[i] === value)
            && expected.every((value, i) => arrived[i + greeting.length] === value)
            && (framing === LocalSocket.Raw || messages === 2);
    }

    reconnect.enabled: false
    onStatusChanged: if (connected) {
        sendText("grüße 😀");
        sendBinary(pattern());
    }
    onBinaryReceived: data => {
        arrived.set(new Uint8Array(data), size);
        size += data.byteLength;
        ++messages;
        if (size === arrived.length)
            isDone = isRight();
    }
}
