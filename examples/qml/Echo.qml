// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QLocal

QtObject {
    id: echo

    required property string name
    property string answer
    property LocalServer server: LocalServer {
        onNewConnection: socket => socket.readyRead.connect(() => socket.write(socket.readText()))
    }
    property LocalSocket client: LocalSocket {
        serverName: echo.name
        onConnected: write("Hello, local world!")
        onReadyRead: echo.answer += readText()
    }

    Component.onCompleted: {
        if (server.listen(name))
            client.connectToServer();
        else
            console.error(server.errorString());
    }
}
