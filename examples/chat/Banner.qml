// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

/// Says that the connection is lost and when it is tried again, and for some seconds that it is back.
Item {
    id: banner

    required property bool online
    required property int attempt
    required property double due
    property bool wasOnline: false
    property bool isBack: false
    property double now: Date.now()
    readonly property bool open: isBack || (wasOnline || attempt > 0) && !online
    readonly property string text: {
        if (online)
            return qsTr("Connected again");
        if (due === 0)
            return qsTr("Waiting for a window that hosts the chat");
        const seconds = Math.ceil((due - now) / 1000);
        return seconds > 0 ? qsTr("Reconnecting, attempt %1, next in %2 s").arg(attempt).arg(seconds)
                           : qsTr("Reconnecting, attempt %1").arg(attempt);
    }

    signal retry()

    onOnlineChanged: {
        isBack = online && wasOnline;
        wasOnline = true;
    }
    onDueChanged: now = Date.now()

    implicitHeight: open ? row.implicitHeight : 0
    visible: implicitHeight > 0
    clip: true
    Behavior on implicitHeight {
        NumberAnimation {
            duration: 140
            easing.type: Easing.OutCubic
        }
    }
    Accessible.role: Accessible.AlertMessage
    Accessible.name: open ? text : ""

    Timer {
        interval: 200
        repeat: true
        running: banner.open && !banner.online && banner.due > 0
        onTriggered: banner.now = Date.now()
    }
    Timer {
        interval: 2500
        running: banner.isBack
        onTriggered: banner.isBack = false
    }

    Rectangle {
        anchors.fill: parent
        color: banner.online ? Theme.goodPanel : Theme.warningPanel
    }
    RowLayout {
        id: row
        readonly property color color: banner.online ? Theme.good : Theme.warning

        width: parent.width
        anchors.bottom: parent.bottom
        spacing: Theme.unit * 3

        Icon {
            id: icon
            Layout.leftMargin: Theme.unit * 5
            size: 18
            color: row.color
            path: banner.online ? "M5 12.5l4.5 4.5L19 7.5" : "M20 12a8 8 0 1 1-2.6-5.9M20 3.5v4h-4"
            RotationAnimator {
                target: icon
                running: banner.open && !banner.online
                from: 0
                to: 360
                duration: 1600
                loops: Animation.Infinite
                onStopped: icon.rotation = 0
            }
        }
        Label {
            Layout.fillWidth: true
            Layout.minimumHeight: 40
            verticalAlignment: Text.AlignVCenter
            text: banner.text
            color: row.color
            font.pixelSize: Theme.small + 1
            font.weight: Font.Medium
            elide: Text.ElideRight
            textFormat: Text.PlainText
        }
        AbstractButton {
            id: button
            Layout.rightMargin: Theme.unit * 5
            visible: !banner.online
            text: qsTr("Try now")
            padding: Theme.unit
            leftPadding: Theme.unit * 3
            rightPadding: Theme.unit * 3
            hoverEnabled: true
            focusPolicy: Qt.StrongFocus
            onClicked: banner.retry()
            ToolTip.text: "Ctrl+R"
            ToolTip.visible: hovered
            ToolTip.delay: 600
            background: Rectangle {
                radius: height / 2
                color: "transparent"
                border.width: button.visualFocus ? 2 : 1
                border.color: row.color
                opacity: button.hovered || button.visualFocus ? 1 : 0.6
            }
            contentItem: Text {
                text: button.text
                color: row.color
                font.pixelSize: Theme.small
                font.weight: Font.DemiBold
            }
        }
    }
}
