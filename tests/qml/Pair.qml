// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QLocal

// A server, a socket, and the other end of its connection.
QtObject {
    id: pair

    readonly property string name: "qlocal-qml-" + Date.now() + "-" + Math.random().toString(36).slice(2)
    property LocalSocket accepted: null
    readonly property LocalServer server: LocalServer {
        onNewConnection: socket => pair.accepted = socket as LocalSocket
    }
    readonly property LocalSocket socket: LocalSocket {}

    function open() {
        if (!server.listen(name))
            throw new Error(server.lastError.text);
        socket.serverName = name;
        socket.active = true;
    }
}
