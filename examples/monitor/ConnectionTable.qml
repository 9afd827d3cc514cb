// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import QLocal

/// The connections of the server. The arrow keys choose one, Delete ends it.
Card {
    id: table

    required property LocalServer server
    readonly property alias count: list.count

    /// Widths of the columns, in parts of the whole, and their alignment.
    readonly property bool narrow: width < 520
    readonly property var columns: [
        { title: qsTr("Process"), part: narrow ? 0.42 : 0.26, right: false },
        { title: qsTr("PID"), part: narrow ? 0 : 0.16, right: false },
        { title: qsTr("User"), part: narrow ? 0 : 0.20, right: false },
        { title: qsTr("Transferred"), part: narrow ? 0.32 : 0.20, right: true },
        { title: qsTr("Since"), part: narrow ? 0.26 : 0.18, right: true }
    ]

    bottomPadding: Theme.unit

    component Cells: Row {
        id: cells
        required property var texts
        property color color: Theme.text
        property int size: Theme.body - 1

        Repeater {
            model: cells.texts
            delegate: Label {
                required property int index
                required property string modelData

                width: cells.width * table.columns[index].part
                height: cells.height
                visible: width > 0
                leftPadding: Theme.unit * 2
                rightPadding: Theme.unit * 2
                verticalAlignment: Text.AlignVCenter
                horizontalAlignment: table.columns[index].right ? Text.AlignRight : Text.AlignLeft
                text: modelData
                color: cells.color
                font.pixelSize: cells.size
                elide: Text.ElideRight
                textFormat: Text.PlainText
            }
        }
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: 0

        RowLayout {
            spacing: Theme.unit * 2
            Label {
                text: qsTr("Connections")
                color: Theme.text
                font.weight: Font.DemiBold
                Accessible.role: Accessible.Heading
            }
            Label {
                Layout.fillWidth: true
                text: list.count
                color: Theme.muted
            }
        }
        Cells {
            Layout.fillWidth: true
            Layout.topMargin: Theme.unit * 2
            Layout.preferredHeight: 28
            texts: table.columns.map(column => column.title)
            color: Theme.muted
            size: Theme.caption
            visible: list.count > 0
        }
        Rectangle {
            Layout.fillWidth: true
            implicitHeight: 1
            color: Theme.line
            visible: list.count > 0
        }
        ListView {
            id: list
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.minimumHeight: 160
            clip: true
            model: table.server.connections
            boundsBehavior: Flickable.StopAtBounds
            activeFocusOnTab: true
            focus: true
            highlightMoveDuration: 0
            onCountChanged: currentIndex = Math.max(currentIndex, Math.min(0, count - 1))
            Accessible.role: Accessible.Table
            Accessible.name: qsTr("Connections")
            ScrollBar.vertical: ScrollBar {}
            Keys.onDeletePressed: table.server.connections.socketAt(currentIndex)?.abort()

            component ConnectionRow: Rectangle {
                id: row
                required property int index
                required property string name
                required property int pid
                required property string user
                required property double bytes
                required property date since

                width: ListView.view.width
                height: 32
                radius: 6
                color: ListView.isCurrentItem && ListView.view.activeFocus ? Theme.hover
                    : index % 2 === 1 ? Qt.alpha(Theme.hover, 0.45) : "transparent"
                border.width: ListView.isCurrentItem && ListView.view.activeFocus ? 2 : 0
                border.color: Theme.accent
                Accessible.role: Accessible.Row
                Accessible.name: cells.texts.join(", ")

                Cells {
                    id: cells
                    anchors.fill: parent
                    texts: [row.name, String(row.pid), row.user, Theme.bytes(row.bytes),
                        row.since.toLocaleTimeString(Qt.locale(), "HH:mm:ss")]
                }
                TapHandler {
                    onTapped: {
                        row.ListView.view.currentIndex = row.index;
                        row.ListView.view.forceActiveFocus();
                    }
                }
            }
            delegate: ConnectionRow {}

            ColumnLayout {
                anchors.centerIn: parent
                width: Math.min(parent.width - Theme.unit * 8, 320)
                visible: list.count === 0
                spacing: Theme.unit

                Label {
                    Layout.fillWidth: true
                    horizontalAlignment: Text.AlignHCenter
                    text: table.server.listening ? qsTr("No connections") : qsTr("Not listening")
                    color: Theme.text
                    font.weight: Font.DemiBold
                }
                Label {
                    Layout.fillWidth: true
                    horizontalAlignment: Text.AlignHCenter
                    wrapMode: Text.Wrap
                    text: table.server.listening ? qsTr("Start clients with the slider.")
                                                 : qsTr("The window that listens has the table.")
                    color: Theme.muted
                }
            }
        }
    }
}
