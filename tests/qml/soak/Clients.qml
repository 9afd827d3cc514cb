// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

pragma ComponentBehavior: Bound
import QtQml
import QLocal

// Clients that stay connected, and ask each new server for its generation.
QtObject {
    id: root

    required property string name
    required property int count
    property int generation: 0
    // How many clients have an answer of that generation.
    property int back: 0

    onGenerationChanged: back = 0

    readonly property Instantiator clients: Instantiator {
        model: root.count
        LocalSocket {
            // qmllint disable unqualified
            serverName: root.name
            // qmllint enable unqualified
            active: true
            framing: LocalSocket.Lines
            reconnect.initialInterval: 20
            reconnect.maximumInterval: 200
            onStatusChanged: if (connected)
                sendText("which?")
            onTextReceived: text => {
                if (Number(text) === root.generation)
                    ++root.back;
                if (Math.random() < 0.1)
                    gc();
            }
        }
    }
}
