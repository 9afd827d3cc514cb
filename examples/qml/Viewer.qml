// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQml
import QLocal

LocalInstance {
    id: viewer
    name: "org.example.viewer"
    active: true
    onHandedOver: (handOver, reply) => {
        const file = handOver.arguments[handOver.arguments.length - 1];
        reply.answer(0, "opened " + file);
    }
    Component.onCompleted: {
        if (viewer.primary)
            return;
        const isAnswered = viewer.role === LocalInstance.Secondary;
        console.log(isAnswered ? viewer.answerText : viewer.error.text);
        Qt.exit(isAnswered ? viewer.exitCode : 1);
    }
}
