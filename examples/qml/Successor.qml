// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QLocal

LocalServer {
    nameKept: true
    handsOver: true
    takeOverTimeout: 1000
    onNewConnection: socket => socket.write("hello\n")
    onNameLost: reason => console.warn("no client can connect")
    Component.onCompleted: listen("greeter")
}
