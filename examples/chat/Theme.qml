// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

pragma Singleton

import QtQuick

/// Colours, sizes and the spacing grid of both looks. The system's palette chooses the first one.
QtObject {
    id: theme

    property bool dark: systemPalette.window.hslLightness < 0.5
    readonly property SystemPalette systemPalette: SystemPalette {}

    readonly property color window: dark ? "#14171c" : "#f4f5f8"
    readonly property color panel: dark ? "#1b1f26" : "#ffffff"
    readonly property color line: dark ? "#2c323c" : "#e1e4ea"
    readonly property color hover: dark ? "#272d37" : "#eceef3"
    readonly property color text: dark ? "#e8ebf1" : "#1a1d23"
    readonly property color muted: dark ? "#98a1af" : "#5c6470"
    readonly property color accent: dark ? "#8ea6ff" : "#3a5ccc"
    readonly property color ownBubble: dark ? "#4059b8" : "#3a5ccc"
    readonly property color accentText: "#ffffff"
    readonly property color bubble: dark ? "#262c36" : "#ffffff"
    readonly property color online: dark ? "#56c288" : "#2c9a5f"
    readonly property color warning: dark ? "#f2cd78" : "#744b00"
    readonly property color warningPanel: dark ? "#372d16" : "#fff3d6"
    readonly property color good: dark ? "#8fdcb1" : "#1d6a42"
    readonly property color goodPanel: dark ? "#17332a" : "#def5e8"

    /// All distances are multiples of this.
    readonly property int unit: 4
    readonly property int radius: 14
    readonly property int caption: 11
    readonly property int small: 12
    readonly property int body: 14
    readonly property int title: 17
    readonly property int display: 24

    /// Each has enough contrast to white.
    readonly property var tints: ["#b4473a", "#935710", "#4c7622", "#1b7464", "#2b6ca8", "#5654b8", "#8a4aa5", "#a83e6c"]

    /// The colour of a participant, the same in all windows.
    function tint(name: string): color {
        let sum = 7;
        for (let i = 0; i < name.length; ++i)
            sum = (sum * 31 + name.charCodeAt(i)) % 65521;
        return tints[sum % tints.length];
    }
}
