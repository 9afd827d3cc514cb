// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QtQuick.Controls.Basic

/// A row of the list: a message, or a note without an author, below the day if it is the first of that day.
Item {
    id: row

    required property int index
    required property string author
    required property string name
    required property string content
    required property double at
    required property bool sent
    required property bool mine
    required property bool startsDay
    required property bool startsGroup

    readonly property bool isNote: author === ""
    readonly property string time: new Date(at).toLocaleTimeString(Qt.locale(), "HH:mm")
    readonly property real margin: Theme.unit * 5
    readonly property real gutter: 36 + Theme.unit * 3
    readonly property real maximum: Math.min(560, width - 2 * margin - gutter - Theme.unit * 6)

    width: ListView.view.width
    height: body.y + body.height
    Accessible.role: Accessible.ListItem
    Accessible.name: isNote ? content : qsTr("%1, %2: %3").arg(name).arg(time).arg(content)

    function dayName(): string {
        const date = new Date(at);
        const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86400000);
        return days === 0 ? qsTr("Today") : days === 1 ? qsTr("Yesterday")
                                          : date.toLocaleDateString(Qt.locale(), "dddd, d MMMM");
    }

    Item {
        id: day
        width: parent.width
        height: row.startsDay ? 44 : 0
        visible: row.startsDay

        Rectangle {
            anchors.verticalCenter: parent.verticalCenter
            x: row.margin
            width: parent.width - 2 * row.margin
            height: 1
            color: Theme.line
        }
        Rectangle {
            anchors.centerIn: parent
            width: dayLabel.implicitWidth + Theme.unit * 6
            height: dayLabel.implicitHeight
            color: Theme.window
            Label {
                id: dayLabel
                anchors.centerIn: parent
                text: row.dayName()
                color: Theme.muted
                font.pixelSize: Theme.small
                font.weight: Font.Medium
            }
        }
    }

    Item {
        id: body
        y: day.height
        width: parent.width
        height: row.isNote ? note.implicitHeight : bubble.y + bubble.height

        Label {
            id: note
            width: parent.width
            topPadding: Theme.unit * 3
            bottomPadding: Theme.unit
            horizontalAlignment: Text.AlignHCenter
            visible: row.isNote
            text: qsTr("%1, %2").arg(row.content).arg(row.time)
            color: Theme.muted
            font.pixelSize: Theme.small
            elide: Text.ElideRight
            textFormat: Text.PlainText
        }

        Avatar {
            x: row.margin
            y: bubble.y
            visible: !row.isNote && !row.mine && row.startsGroup
            name: row.name
        }
        Label {
            id: authorLabel
            x: row.margin + row.gutter
            y: Theme.unit * 3
            height: visible ? implicitHeight + Theme.unit : 0
            visible: !row.isNote && !row.mine && row.startsGroup
            text: row.name
            color: Theme.dark ? Qt.lighter(Theme.tint(row.name), 1.6) : Theme.tint(row.name)
            font.pixelSize: Theme.small
            font.weight: Font.DemiBold
            textFormat: Text.PlainText
        }

        Rectangle {
            id: bubble

            // The time stands beside a short text, below a longer one.
            readonly property bool oneLine: unwrapped.lineCount === 1
                && unwrapped.implicitWidth + Theme.unit * 9 + stamp.width <= row.maximum

            x: row.mine ? parent.width - width - row.margin : row.margin + row.gutter
            y: authorLabel.visible ? authorLabel.y + authorLabel.height : row.startsGroup ? Theme.unit * 3 : Theme.unit
            width: oneLine ? text.width + stamp.width + Theme.unit * 9
                           : Math.min(row.maximum, Math.max(text.contentWidth, stamp.width) + Theme.unit * 7)
            height: text.height + Theme.unit * 4 + (oneLine ? 0 : stamp.height + 2)
            visible: !row.isNote
            radius: Theme.radius
            color: row.mine ? Theme.ownBubble : Theme.bubble
            border.width: row.ListView.isCurrentItem && row.ListView.view.activeFocus ? 2 : row.mine || Theme.dark ? 0 : 1
            border.color: row.ListView.isCurrentItem && row.ListView.view.activeFocus
                ? (row.mine ? Theme.text : Theme.accent) : Theme.line
            opacity: row.sent ? 1 : 0.7

            Text {
                id: unwrapped
                visible: false
                text: row.content
                font: text.font
                textFormat: Text.PlainText
            }
            Text {
                id: text
                x: Theme.unit * 3 + 2
                y: Theme.unit * 2 + 1
                width: Math.min(Math.ceil(unwrapped.implicitWidth), row.maximum - Theme.unit * 7)
                text: row.content
                color: row.mine ? Theme.accentText : Theme.text
                font.pixelSize: Theme.body
                lineHeight: 1.2
                wrapMode: Text.Wrap
                textFormat: Text.PlainText
            }
            Row {
                id: stamp
                anchors.right: parent.right
                anchors.bottom: parent.bottom
                anchors.rightMargin: Theme.unit * 3
                anchors.bottomMargin: Theme.unit * 2
                spacing: Theme.unit
                opacity: row.mine ? 0.8 : 1

                Text {
                    text: row.time
                    color: row.mine ? Theme.accentText : Theme.muted
                    font.pixelSize: Theme.caption
                }
                Icon {
                    visible: row.mine
                    size: 13
                    color: Theme.accentText
                    path: row.sent ? "M4 13l5 5L20 7" : "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17M12 8v4.5l3 1.5"
                }
            }
        }
    }
}
