// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QLocal

QtObject {
    id: echo

    required property string name
    property string answer
    property LocalServer server: LocalServer {
        name: echo.name
        active: true
        onNewConnection: socket => socket.textReceived.connect(text => socket.sendText(text))
    }
    property LocalSocket client: LocalSocket {
        serverName: echo.name
        active: true
        onConnectedChanged: if (connected) sendText("Hello, local world!")
        onTextReceived: text => echo.answer += text
    }
}
