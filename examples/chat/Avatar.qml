// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick

/// A circle with initials, and with a dot that shows presence if there is one to show.
Rectangle {
    id: avatar

    required property string name
    property bool showsPresence: false
    property bool online: false

    implicitWidth: 36
    implicitHeight: 36
    radius: width / 2
    color: Theme.tint(name)
    opacity: showsPresence && !online ? 0.55 : 1
    Accessible.ignored: true

    function initials(name: string): string {
        const words = name.match(/\S+/g) ?? ["?"];
        const used = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
        return used.map(word => Array.from(word)[0]).join("").toUpperCase();
    }

    Text {
        anchors.centerIn: parent
        text: avatar.initials(avatar.name)
        color: Theme.accentText
        font.pixelSize: Math.round(avatar.width * 0.38)
        font.weight: Font.DemiBold
        textFormat: Text.PlainText
    }
    Rectangle {
        visible: avatar.showsPresence
        anchors.right: parent.right
        anchors.bottom: parent.bottom
        anchors.margins: -2
        width: 13
        height: 13
        radius: width / 2
        color: avatar.online ? Theme.online : Theme.muted
        border.width: 2
        border.color: Theme.panel
    }
}
