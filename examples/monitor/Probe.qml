// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QLocal
import Monitor

/// A client with one message on its way at a time.
LocalSocket {
    id: probe

    required property int messageSize
    /// Milliseconds between an answer and the next message.
    required property int pause
    property double sentAt: 0

    readonly property Timer timer: Timer {
        interval: probe.pause
        onTriggered: probe.ping()
    }

    signal answered(double microseconds, int size)

    active: true
    framing: LocalSocket.LengthPrefixed
    onConnected: ping()
    onBinaryReceived: data => {
        answered(Clock.microseconds() - sentAt, data.byteLength);
        if (pause > 0)
            timer.start();
        else
            ping();
    }

    function ping() {
        sentAt = Clock.microseconds();
        sendBinary(new ArrayBuffer(messageSize));
    }
}
