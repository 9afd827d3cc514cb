// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QtQuick.Controls.Basic

/// A round button with an icon; its text is the tool tip and the accessible name.
AbstractButton {
    id: button

    property string path
    property bool prominent: false

    implicitWidth: 36
    implicitHeight: 36
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: text
    ToolTip.text: text
    ToolTip.visible: hovered
    ToolTip.delay: 600

    background: Rectangle {
        radius: height / 2
        color: button.prominent ? (button.enabled ? Theme.ownBubble : Theme.line)
                                : (button.hovered || button.down ? Theme.hover : "transparent")
        border.width: button.visualFocus ? 2 : 0
        border.color: button.prominent ? Theme.text : Theme.accent
        opacity: button.down ? 0.8 : 1
    }
    contentItem: Item {
        Icon {
            anchors.centerIn: parent
            path: button.path
            color: button.prominent ? (button.enabled ? Theme.accentText : Theme.muted) : Theme.muted
        }
    }
}
