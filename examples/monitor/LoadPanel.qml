// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

/// What load this window puts on the server.
Card {
    id: panel

    readonly property alias clients: slider.value
    readonly property int messageSize: [64, 1024, 65536][size.index]
    readonly property int pause: [0, 1, 10, 100][rest.index]

    function setClients(count: int) {
        slider.value = count;
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.unit * 4

        Label {
            Layout.fillWidth: true
            text: qsTr("Load")
            color: Theme.text
            font.weight: Font.DemiBold
            Accessible.role: Accessible.Heading
        }
        ColumnLayout {
            spacing: Theme.unit
            RowLayout {
                Label {
                    Layout.fillWidth: true
                    text: qsTr("Clients")
                    color: Theme.muted
                    font.pixelSize: Theme.small
                }
                Label {
                    text: slider.value
                    color: Theme.text
                    font.weight: Font.DemiBold
                }
            }
            Slider {
                id: slider
                Layout.fillWidth: true
                from: 0
                to: 64
                stepSize: 1
                value: 8
                focus: true
                leftPadding: 0
                rightPadding: 0
                Accessible.name: qsTr("Clients")
                Keys.onPressed: event => {
                    event.accepted = event.key === Qt.Key_Home || event.key === Qt.Key_End;
                    if (event.accepted)
                        value = event.key === Qt.Key_Home ? from : to;
                }
                background: Rectangle {
                    y: (slider.height - height) / 2
                    width: slider.width
                    height: 6
                    radius: 3
                    color: Theme.line
                    Rectangle {
                        width: slider.visualPosition * (parent.width - slider.handle.width) + slider.handle.width / 2
                        height: parent.height
                        radius: 3
                        color: Theme.blue
                    }
                }
                handle: Rectangle {
                    x: slider.visualPosition * (slider.width - width)
                    y: (slider.height - height) / 2
                    width: 20
                    height: 20
                    radius: 10
                    color: Theme.panel
                    border.width: slider.activeFocus ? 3 : 2
                    border.color: slider.activeFocus ? Theme.accent : Theme.blue
                    scale: slider.pressed ? 1.1 : 1
                }
            }
        }
        Choice {
            id: size
            Layout.fillWidth: true
            name: qsTr("Message size")
            texts: ["64 B", "1 KiB", "64 KiB"]
        }
        Choice {
            id: rest
            Layout.fillWidth: true
            name: qsTr("Pause between messages")
            texts: [qsTr("none"), "1 ms", "10 ms", "100 ms"]
            index: 2
        }
        Label {
            Layout.fillWidth: true
            text: qsTr("Each client has one message on its way. Start this program again to add load from another process.")
            color: Theme.muted
            font.pixelSize: Theme.small
            wrapMode: Text.Wrap
            lineHeight: 1.25
        }
        Item {
            Layout.fillHeight: true
        }
    }
}
