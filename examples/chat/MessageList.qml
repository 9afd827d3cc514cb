// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

/// The messages, the newest at the bottom. It stays there unless the reader scrolls up.
FocusScope {
    id: pane

    property alias model: list.model
    property int unseen: 0

    /// Escape was pressed.
    signal leave()

    function showNewest() {
        list.positionViewAtBeginning();
        unseen = 0;
    }

    function scroll(pages: int) {
        const top = list.originY;
        const bottom = list.originY + list.contentHeight - list.height;
        list.contentY = Math.max(Math.min(top, bottom), Math.min(bottom, list.contentY + pages * list.height * 0.8));
    }

    // Once the rows have their places.
    Timer {
        id: later
        interval: 0
        onTriggered: pane.showNewest()
    }

    ListView {
        id: list

        property bool atNewest: true

        anchors.fill: parent
        verticalLayoutDirection: ListView.BottomToTop
        boundsBehavior: Flickable.StopAtBounds
        clip: true
        activeFocusOnTab: true
        focus: true
        highlightMoveDuration: 0
        currentIndex: -1
        header: Item {
            height: Theme.unit * 2
        }
        footer: Item {
            height: Theme.unit * 3
        }
        ScrollBar.vertical: ScrollBar {}
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Messages")

        delegate: Message {}

        onMovementEnded: atNewest = atYEnd
        onContentYChanged: if (atYEnd)
            pane.unseen = 0
        onCountChanged: {
            if (atNewest)
                later.restart();
            else
                ++pane.unseen;
        }
        onHeightChanged: if (atNewest)
            later.restart()
        onActiveFocusChanged: if (activeFocus && currentIndex < 0)
            currentIndex = 0
        Keys.onEscapePressed: pane.leave()
        Keys.onPressed: event => {
            if (event.key === Qt.Key_PageUp || event.key === Qt.Key_PageDown)
                pane.scroll(event.key === Qt.Key_PageUp ? -1 : 1);
            else if (event.key === Qt.Key_End)
                pane.showNewest();
            else
                return;
            event.accepted = true;
        }
    }

    ColumnLayout {
        anchors.centerIn: parent
        width: Math.min(parent.width - Theme.unit * 8, 320)
        spacing: Theme.unit * 2
        visible: list.count === 0

        Icon {
            Layout.alignment: Qt.AlignHCenter
            size: 44
            color: Theme.muted
            path: "M5 4.5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-8l-5 4v-4h-1a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2ZM8 9h8M8 12.5h5"
        }
        Label {
            Layout.fillWidth: true
            horizontalAlignment: Text.AlignHCenter
            text: qsTr("No messages yet")
            color: Theme.text
            font.pixelSize: Theme.title
            font.weight: Font.DemiBold
        }
        Label {
            Layout.fillWidth: true
            horizontalAlignment: Text.AlignHCenter
            wrapMode: Text.Wrap
            text: qsTr("Start this program again, and say hello from one window to the other.")
            color: Theme.muted
            lineHeight: 1.25
        }
    }

    AbstractButton {
        id: newest
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.unit * 2
        visible: list.count > 0 && !list.atYEnd && !list.atNewest
        text: pane.unseen > 0 ? qsTr("%n new message(s)", "", pane.unseen) : qsTr("Newest")
        padding: Theme.unit * 2
        leftPadding: Theme.unit * 4
        rightPadding: Theme.unit * 4
        focusPolicy: Qt.StrongFocus
        onClicked: pane.showNewest()
        background: Rectangle {
            radius: height / 2
            color: Theme.panel
            border.width: newest.visualFocus ? 2 : 1
            border.color: newest.visualFocus ? Theme.accent : Theme.line
        }
        contentItem: Text {
            text: newest.text
            color: Theme.accent
            font.pixelSize: Theme.small
            font.weight: Font.DemiBold
        }
    }
}
