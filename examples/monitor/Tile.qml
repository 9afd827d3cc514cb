// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QtQuick.Controls.Basic

/// A figure with its name.
Card {
    id: tile

    required property string name
    required property string value
    required property color color

    implicitHeight: 88
    Accessible.role: Accessible.StaticText
    Accessible.name: name + ": " + value

    Item {
        anchors.fill: parent
        Rectangle {
            width: 8
            height: 8
            radius: 4
            y: 4
            color: tile.color
        }
        Label {
            x: 16
            width: parent.width - 16
            text: tile.name
            color: Theme.muted
            font.pixelSize: Theme.small
            elide: Text.ElideRight
        }
        Label {
            anchors.bottom: parent.bottom
            width: parent.width
            text: tile.value
            color: Theme.text
            font.pixelSize: Theme.figure
            font.weight: Font.DemiBold
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.body
        }
    }
}
