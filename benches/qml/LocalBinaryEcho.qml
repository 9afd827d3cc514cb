// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QLocal

QtObject {
    id: echo
    readonly property bool isOpen: client.connected
    signal received
    function sendBinary(data: var) { client.sendBinary(data); }

    readonly property LocalServer server: LocalServer {
        name: "qlocal-bench"
        active: true
        framing: LocalSocket.LengthPrefixed
        handler: Component {
            LocalSocket {
                onBinaryReceived: data => sendBinary(data)
            }
        }
    }
    readonly property LocalSocket client: LocalSocket {
        serverName: "qlocal-bench"
        active: true
        framing: LocalSocket.LengthPrefixed
        onBinaryReceived: data => echo.received()
    }
}
