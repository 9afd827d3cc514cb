// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtWebSockets

QtObject {
    id: echo
    readonly property bool isOpen: client.status === WebSocket.Open
    signal received
    function sendBinary(data: var) { client.sendBinaryMessage(data); }

    readonly property WebSocketServer server: WebSocketServer {
        host: "127.0.0.1"
        listen: true
        onClientConnected: socket => {
            socket.binaryMessageReceived.connect(data => socket.sendBinaryMessage(data));
        }
    }
    readonly property WebSocket client: WebSocket {
        url: echo.server.url
        active: echo.server.listen
        onBinaryMessageReceived: data => echo.received()
    }
}
