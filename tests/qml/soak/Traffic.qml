// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QLocal

// A client that sends messages of each type, and a server that sends them back, with the collector running.
QtObject {
    id: root

    required property string name
    required property int count
    property int sent: 0
    property int received: 0
    property string fault: ""
    readonly property int ahead: 50

    readonly property LocalServer server: LocalServer {
        name: root.name
        active: true
        framing: LocalSocket.LengthPrefixed
        handler: Component {
            LocalSocket {
                onBinaryReceived: data => sendBinary(data)
            }
        }
    }
    readonly property LocalSocket client: LocalSocket {
        property string text
        property var value

        serverName: root.name
        active: true
        framing: LocalSocket.LengthPrefixed
        onStatusChanged: if (connected)
            root.fill()
        // The handlers of a message are called in this order.
        onTextReceived: received => text = received
        onJsonReceived: received => value = received
        onBinaryReceived: data => root.take(value, data.byteLength)
    }

    function message(index: int): var {
        return { index: index, padding: "x".repeat(index % 1000) };
    }

    function fill() {
        for (; sent < count && sent - received < ahead; ++sent) {
            const text = JSON.stringify(message(sent));
            const bytes = sent % 3 === 1 ? new Uint8Array(text.length) : null;
            for (let i = 0; bytes && i < text.length; ++i)
                bytes[i] = text.charCodeAt(i);
            const isSent = sent % 3 === 0 ? client.sendText(text)
                : sent % 3 === 1 ? client.sendBinary(bytes) : client.sendJson(message(sent));
            if (!isSent)
                fault = client.error.text;
        }
    }

    function take(value: var, length: int) {
        if (value.index !== received || value.padding.length !== received % 1000)
            fault = "message " + received + " is " + JSON.stringify(value).slice(0, 80);
        if (length !== JSON.stringify(value).length)
            fault = "message " + received + " has " + length + " bytes";
        ++received;
        if (received % 300 === 0)
            gc();
        fill();
    }
}
