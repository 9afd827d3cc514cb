// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

/// Asks for a name.
FocusScope {
    id: page

    signal accepted(string name)

    Rectangle {
        anchors.centerIn: parent
        width: Math.min(360, page.width - Theme.unit * 8)
        height: column.implicitHeight + Theme.unit * 16
        radius: Theme.radius
        color: Theme.panel
        border.color: Theme.line

        ColumnLayout {
            id: column
            anchors.fill: parent
            anchors.margins: Theme.unit * 8
            spacing: Theme.unit * 4

            Avatar {
                Layout.alignment: Qt.AlignHCenter
                implicitWidth: 64
                implicitHeight: 64
                name: field.text
            }
            Label {
                Layout.fillWidth: true
                horizontalAlignment: Text.AlignHCenter
                text: qsTr("Join the chat")
                color: Theme.text
                font.pixelSize: Theme.display
                font.weight: Font.DemiBold
                Accessible.role: Accessible.Heading
            }
            Label {
                Layout.fillWidth: true
                horizontalAlignment: Text.AlignHCenter
                wrapMode: Text.Wrap
                text: qsTr("It connects the windows of one user on this computer, and nothing leaves it.")
                color: Theme.muted
                lineHeight: 1.25
            }
            TextField {
                id: field
                Layout.fillWidth: true
                Layout.topMargin: Theme.unit
                focus: true
                maximumLength: 40
                placeholderText: qsTr("Your name")
                placeholderTextColor: Theme.muted
                color: Theme.text
                selectionColor: Theme.accent
                padding: Theme.unit * 3
                onAccepted: if (button.enabled)
                    page.accepted(text)
                Accessible.name: placeholderText
                background: Rectangle {
                    radius: Theme.radius - 4
                    color: Theme.window
                    border.width: field.activeFocus ? 2 : 1
                    border.color: field.activeFocus ? Theme.accent : Theme.line
                }
            }
            AbstractButton {
                id: button
                Layout.fillWidth: true
                text: qsTr("Join")
                enabled: field.text.trim() !== ""
                focusPolicy: Qt.StrongFocus
                padding: Theme.unit * 3
                onClicked: page.accepted(field.text)
                Keys.onReturnPressed: clicked()
                background: Rectangle {
                    radius: Theme.radius - 4
                    color: button.enabled ? Theme.ownBubble : Theme.hover
                    border.width: button.visualFocus ? 2 : 0
                    border.color: Theme.text
                    opacity: button.down ? 0.8 : 1
                }
                contentItem: Text {
                    text: button.text
                    horizontalAlignment: Text.AlignHCenter
                    color: button.enabled ? Theme.accentText : Theme.muted
                    font.pixelSize: Theme.body
                    font.weight: Font.DemiBold
                }
            }
        }
    }
}
