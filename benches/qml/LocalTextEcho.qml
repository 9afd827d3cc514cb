// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QLocal

QtObject {
    id: echo
    readonly property bool isOpen: client.connected
    signal received
    function sendText(text: string) { client.sendText(text); }

    readonly property LocalServer server: LocalServer {
        name: "qlocal-bench"
        active: true
        framing: LocalSocket.LengthPrefixed
        handler: Component {
            LocalSocket {
                onTextReceived: text => sendText(text)
            }
        }
    }
    readonly property LocalSocket client: LocalSocket {
        serverName: "qlocal-bench"
        active: true
        framing: LocalSocket.LengthPrefixed
        onTextReceived: text => echo.received()
    }
}
