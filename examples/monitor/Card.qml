// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QtQuick.Controls.Basic

/// A panel with round corners; its border shows focus.
Pane {
    id: card

    padding: Theme.unit * 4
    background: Rectangle {
        radius: Theme.radius
        color: Theme.panel
        border.width: card.visualFocus ? 2 : 1
        border.color: card.visualFocus ? Theme.accent : Theme.line
    }
}
