// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

/// The field for a message: Enter sends, Shift+Enter starts a line, Escape clears.
FocusScope {
    id: composer

    required property string placeholder

    signal send(string text)
    /// The reader wants to see other messages: -1 is a page up.
    signal scroll(int pages)

    implicitHeight: row.implicitHeight + Theme.unit * 6

    function submit() {
        if (field.text.trim() === "")
            return;
        send(field.text.trim());
        field.clear();
    }

    Rectangle {
        anchors.fill: parent
        color: Theme.window
    }
    RowLayout {
        id: row
        anchors.fill: parent
        anchors.margins: Theme.unit * 3
        anchors.leftMargin: Theme.unit * 5
        anchors.rightMargin: Theme.unit * 5
        spacing: Theme.unit * 2

        ScrollView {
            id: scroll
            focus: true
            Layout.fillWidth: true
            Layout.maximumHeight: 132
            ScrollBar.horizontal.policy: ScrollBar.AlwaysOff

            TextArea {
                id: field
                focus: true
                color: Theme.text
                selectionColor: Theme.accent
                selectedTextColor: Theme.panel
                placeholderText: composer.placeholder
                placeholderTextColor: Theme.muted
                font.pixelSize: Theme.body
                wrapMode: TextEdit.Wrap
                padding: Theme.unit * 3
                leftPadding: Theme.unit * 4
                rightPadding: Theme.unit * 4
                Accessible.name: placeholderText
                Keys.onPressed: event => {
                    switch (event.key) {
                    case Qt.Key_Return:
                    case Qt.Key_Enter:
                        if (event.modifiers & Qt.ShiftModifier)
                            return;
                        composer.submit();
                        break;
                    case Qt.Key_Escape:
                        clear();
                        break;
                    case Qt.Key_Tab:
                    case Qt.Key_Backtab:
                        nextItemInFocusChain(event.key === Qt.Key_Tab).forceActiveFocus(Qt.TabFocusReason);
                        break;
                    case Qt.Key_PageUp:
                        composer.scroll(-1);
                        break;
                    case Qt.Key_PageDown:
                        composer.scroll(1);
                        break;
                    default:
                        return;
                    }
                    event.accepted = true;
                }
                background: Rectangle {
                    radius: 20
                    color: Theme.panel
                    border.width: field.activeFocus ? 2 : 1
                    border.color: field.activeFocus ? Theme.accent : Theme.line
                }
            }
        }
        IconButton {
            id: button
            Layout.alignment: Qt.AlignBottom
            implicitWidth: 40
            implicitHeight: 40
            prominent: true
            enabled: field.text.trim() !== ""
            text: qsTr("Send (Enter)")
            path: "M4.5 12L20 4.5L15.5 20L11.5 13ZM11.5 13L20 4.5"
            onClicked: composer.submit()
            Keys.onReturnPressed: composer.submit()
        }
    }
}
