// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick

// Sends messages through an echo pair, some at a time, and prints how many come back in a second.
// The tool qml of Qt 6.4 exits without an Item.
// Arguments: the pair, "text" or "binary", and the number of messages.
Item {
    id: bench

    readonly property var words: Qt.application.arguments.slice(-3)
    readonly property bool isText: words[1] === "text"
    readonly property int count: Number(words[2])
    readonly property int warmUp: count / 10
    readonly property int ahead: isText ? 100 : 10
    readonly property var message: isText ? "x".repeat(64) : new Uint8Array(65536).buffer
    property int sent: 0
    property int received: 0
    property double start: 0
    property QtObject pair: null

    function memory(): int {
        const request = new XMLHttpRequest();
        request.open("GET", "file:///proc/self/status", false);
        request.send();
        return Number(/VmRSS:\s*(\d+)/.exec(request.responseText)[1]);
    }

    function fill() {
        for (; sent < count && sent - received < ahead; ++sent) {
            if (isText)
                pair.sendText(message);
            else
                pair.sendBinary(message);
        }
    }

    function take() {
        ++received;
        if (received === warmUp)
            start = Date.now();
        if (received === count) {
            const seconds = (Date.now() - start) / 1000;
            console.log(words[0], words[1], Math.round((count - warmUp) / seconds), "messages/s,",
                        Math.round(memory() / 1024), "MiB after", count);
            Qt.exit(0);
        } else if (sent - received < ahead / 2) {
            fill();
        }
    }

    Component.onCompleted: {
        const component = Qt.createComponent(words[0] + (isText ? "Text" : "Binary") + "Echo.qml");
        pair = component.createObject(bench);
        if (!pair)
            console.error(component.errorString());
        pair.received.connect(take);
        pair.isOpenChanged.connect(() => {
            if (pair.isOpen)
                fill();
        });
        if (pair.isOpen)
            fill();
    }
}
