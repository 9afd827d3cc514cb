// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QLocal

// Sends back what it receives.
LocalServer {
    handler: Component {
        LocalSocket {
            onBinaryReceived: data => sendBinary(data)
        }
    }
}
