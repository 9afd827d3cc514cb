// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QtWebSockets

QtObject {
    id: echo
    readonly property bool isOpen: client.status === WebSocket.Open
    signal received
    function sendText(text: string) { client.sendTextMessage(text); }

    readonly property WebSocketServer server: WebSocketServer {
        host: "127.0.0.1"
        listen: true
        onClientConnected: socket => {
            socket.textMessageReceived.connect(text => socket.sendTextMessage(text));
        }
    }
    readonly property WebSocket client: WebSocket {
        url: echo.server.url
        active: echo.server.listen
        onTextMessageReceived: text => echo.received()
    }
}
