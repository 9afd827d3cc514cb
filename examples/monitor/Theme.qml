// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

pragma Singleton

import QtQuick

/// Colours, sizes and formats of both looks. The system's palette chooses the first one.
QtObject {
    id: theme

    property bool dark: systemPalette.window.hslLightness < 0.5
    readonly property SystemPalette systemPalette: SystemPalette {}

    readonly property color window: dark ? "#111419" : "#f2f4f7"
    readonly property color panel: dark ? "#1a1e25" : "#ffffff"
    readonly property color line: dark ? "#2a303a" : "#e2e5eb"
    readonly property color hover: dark ? "#262c36" : "#edeff4"
    readonly property color text: dark ? "#e8ebf1" : "#1a1d23"
    readonly property color muted: dark ? "#98a1af" : "#5c6470"
    readonly property color accent: dark ? "#8ea6ff" : "#3a5ccc"
    readonly property color blue: dark ? "#7d98ff" : "#3a5ccc"
    readonly property color teal: dark ? "#4cc9b0" : "#12897a"
    readonly property color amber: dark ? "#f0b45c" : "#c06a10"
    readonly property color good: dark ? "#56c288" : "#2c9a5f"
    readonly property color bad: dark ? "#f2857a" : "#b8392d"

    /// All distances are multiples of this.
    readonly property int unit: 4
    readonly property int radius: 12
    readonly property int caption: 11
    readonly property int small: 12
    readonly property int body: 14
    readonly property int title: 17
    readonly property int figure: 26

    /// An integer, or three significant digits.
    function number(value: real): string {
        const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
        return Number(value).toLocaleString(Qt.locale("en_GB"), "f", digits);
    }
    function bytes(value: real): string {
        return value >= 1e9 ? number(value / 1e9) + " GB" : value >= 1e6 ? number(value / 1e6) + " MB"
             : value >= 1e3 ? number(value / 1e3) + " kB" : number(value) + " B";
    }
    function duration(microseconds: real): string {
        return microseconds >= 1e6 ? number(microseconds / 1e6) + " s"
             : microseconds >= 1e3 ? number(microseconds / 1e3) + " ms" : number(microseconds) + " µs";
    }
}
