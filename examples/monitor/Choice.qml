// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

/// One of several values, as a row of buttons. The arrow keys choose too.
FocusScope {
    id: choice

    required property string name
    required property var texts
    property int index: 0

    implicitHeight: column.implicitHeight
    activeFocusOnTab: true
    Accessible.role: Accessible.RadioButton
    Accessible.name: name + ": " + texts[index]
    Keys.onLeftPressed: index = Math.max(0, index - 1)
    Keys.onRightPressed: index = Math.min(texts.length - 1, index + 1)

    ColumnLayout {
        id: column
        width: parent.width
        spacing: Theme.unit * 2

        Label {
            text: choice.name
            color: Theme.muted
            font.pixelSize: Theme.small
        }
        Rectangle {
            Layout.fillWidth: true
            implicitHeight: 34
            radius: 8
            color: Theme.window
            border.width: choice.activeFocus ? 2 : 1
            border.color: choice.activeFocus ? Theme.accent : Theme.line

            RowLayout {
                anchors.fill: parent
                anchors.margins: 3
                spacing: 2

                Repeater {
                    model: choice.texts
                    delegate: Rectangle {
                        id: part
                        required property int index
                        required property string modelData
                        readonly property bool chosen: index === choice.index

                        Layout.fillWidth: true
                        Layout.fillHeight: true
                        Layout.preferredWidth: 1
                        radius: 6
                        color: chosen ? Theme.blue : area.containsMouse ? Theme.hover : "transparent"

                        Label {
                            anchors.centerIn: parent
                            text: part.modelData
                            color: part.chosen ? (Theme.dark ? Theme.window : "white") : Theme.text
                            font.pixelSize: Theme.small
                            font.weight: part.chosen ? Font.DemiBold : Font.Normal
                        }
                        MouseArea {
                            id: area
                            anchors.fill: parent
                            hoverEnabled: true
                            onClicked: {
                                choice.index = part.index;
                                choice.forceActiveFocus();
                            }
                        }
                    }
                }
            }
        }
    }
}
