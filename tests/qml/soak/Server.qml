// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QLocal

LocalServer {
    id: server

    required property int generation

    framing: LocalSocket.Lines
    handler: Component {
        LocalSocket {
            onTextReceived: text => sendText(String(server.generation))
        }
    }
}
