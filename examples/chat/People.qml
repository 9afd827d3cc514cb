// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

/// Who takes part, with presence.
Pane {
    id: pane

    required property var people
    required property string me
    /// Whether presence is known.
    required property bool online

    padding: 0
    background: Rectangle {
        color: Theme.panel
        Rectangle {
            anchors.right: parent.right
            width: 1
            height: parent.height
            color: Theme.line
        }
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: 0

        Label {
            Layout.fillWidth: true
            padding: Theme.unit * 5
            bottomPadding: Theme.unit * 2
            text: qsTr("PEOPLE")
            color: Theme.muted
            font.pixelSize: Theme.caption
            font.weight: Font.DemiBold
            font.letterSpacing: 0.8
            Accessible.role: Accessible.Heading
        }
        ListView {
            id: list
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.rightMargin: 1
            clip: true
            model: pane.people
            boundsBehavior: Flickable.StopAtBounds
            activeFocusOnTab: true
            Accessible.role: Accessible.List
            Accessible.name: qsTr("People")

            delegate: Item {
                id: person

                required property int index
                required property var modelData
                readonly property bool present: modelData.online && pane.online
                readonly property string note: !present ? qsTr("offline")
                    : modelData.hosts ? qsTr("hosts this chat") : qsTr("online")

                width: ListView.view.width
                height: 52
                Accessible.role: Accessible.ListItem
                Accessible.name: qsTr("%1, %2").arg(modelData.name).arg(note)

                Rectangle {
                    anchors.fill: parent
                    anchors.leftMargin: Theme.unit * 2
                    anchors.rightMargin: Theme.unit * 2
                    radius: Theme.radius - 4
                    color: "transparent"
                    border.width: 2
                    border.color: Theme.accent
                    visible: list.activeFocus && person.ListView.isCurrentItem
                }
                RowLayout {
                    anchors.fill: parent
                    anchors.leftMargin: Theme.unit * 5
                    anchors.rightMargin: Theme.unit * 4
                    spacing: Theme.unit * 3

                    Avatar {
                        name: person.modelData.name
                        showsPresence: true
                        online: person.present
                    }
                    ColumnLayout {
                        spacing: 1
                        Label {
                            Layout.fillWidth: true
                            text: person.modelData.id === pane.me ? qsTr("%1 (you)").arg(person.modelData.name)
                                                                  : person.modelData.name
                            color: person.present ? Theme.text : Theme.muted
                            font.weight: Font.Medium
                            elide: Text.ElideRight
                            textFormat: Text.PlainText
                        }
                        Label {
                            Layout.fillWidth: true
                            text: person.note
                            color: Theme.muted
                            font.pixelSize: Theme.small
                            elide: Text.ElideRight
                        }
                    }
                }
            }
        }
    }
}
