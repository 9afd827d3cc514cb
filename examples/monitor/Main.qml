// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import QtQml
import QLocal

ApplicationWindow {
    id: window

    readonly property var words: Qt.application.arguments
    readonly property bool wide: width >= 820
    readonly property string serverName: option("--server") || "qlocal-monitor"

    /// The word after an option, or "".
    function option(name: string): string {
        const index = words.indexOf(name);
        return index > 0 && index + 1 < words.length ? words[index + 1] : "";
    }
    function newest(values: var): real {
        return values[values.length - 1] ?? 0;
    }

    width: 1040
    height: 760
    minimumWidth: 380
    minimumHeight: 420
    visible: true
    title: qsTr("%1 – monitor").arg(serverName)
    color: Theme.window
    font.pixelSize: Theme.body

    Component.onCompleted: {
        if (words.includes("--dark") || words.includes("--light"))
            Theme.dark = words.includes("--dark");
        if (option("--clients") !== "")
            load.setClients(Number(option("--clients")));
    }

    LocalServer {
        id: server
        name: window.serverName
        active: true
        framing: LocalSocket.LengthPrefixed
        // A second window loads this server, and must not replace it.
        handsOver: false
        takeOverTimeout: -1
        onNewConnection: socket => socket.binaryReceived.connect(data => socket.sendBinary(data))
    }
    Meter {
        id: meter
    }
    Instantiator {
        // Some versions of Qt keep the objects of a model that has become empty.
        active: load.clients > 0
        model: load.clients
        delegate: Probe {
            serverName: window.serverName
            messageSize: load.messageSize
            pause: load.pause
            onAnswered: (microseconds, size) => meter.add(microseconds, size)
        }
    }

    Shortcut {
        sequence: "Ctrl+T"
        onActivated: Theme.dark = !Theme.dark
    }
    Shortcut {
        sequence: "Ctrl+Q"
        onActivated: window.close()
    }

    Flickable {
        id: scroll
        anchors.fill: parent
        contentHeight: page.height + Theme.unit * 8
        boundsBehavior: Flickable.StopAtBounds
        ScrollBar.vertical: ScrollBar {}

        ColumnLayout {
            id: page
            x: Theme.unit * 4
            y: Theme.unit * 4
            width: scroll.width - Theme.unit * 8
            height: Math.max(implicitHeight, scroll.height - Theme.unit * 8)
            spacing: Theme.unit * 4

            RowLayout {
                Layout.leftMargin: Theme.unit
                spacing: Theme.unit * 3

                ColumnLayout {
                    spacing: 2
                    Label {
                        Layout.fillWidth: true
                        text: window.serverName
                        color: Theme.text
                        font.pixelSize: Theme.title
                        font.weight: Font.DemiBold
                        elide: Text.ElideRight
                        textFormat: Text.PlainText
                        Accessible.role: Accessible.Heading
                    }
                    RowLayout {
                        spacing: Theme.unit * 2
                        Rectangle {
                            implicitWidth: 8
                            implicitHeight: 8
                            radius: 4
                            color: server.listening ? Theme.good : Theme.bad
                        }
                        Label {
                            Layout.fillWidth: true
                            text: server.listening ? qsTr("Listening on %1").arg(server.fullName) : server.error.text
                            color: Theme.muted
                            font.pixelSize: Theme.small
                            elide: Text.ElideMiddle
                            textFormat: Text.PlainText
                        }
                    }
                }
                AbstractButton {
                    id: look
                    text: Theme.dark ? qsTr("Light") : qsTr("Dark")
                    padding: Theme.unit * 2
                    leftPadding: Theme.unit * 4
                    rightPadding: Theme.unit * 4
                    hoverEnabled: true
                    focusPolicy: Qt.StrongFocus
                    onClicked: Theme.dark = !Theme.dark
                    ToolTip.text: "Ctrl+T"
                    ToolTip.visible: hovered
                    ToolTip.delay: 600
                    background: Rectangle {
                        radius: height / 2
                        color: look.hovered ? Theme.hover : Theme.panel
                        border.width: look.visualFocus ? 2 : 1
                        border.color: look.visualFocus ? Theme.accent : Theme.line
                    }
                    contentItem: Text {
                        text: look.text
                        color: Theme.text
                        font.pixelSize: Theme.small
                        font.weight: Font.DemiBold
                    }
                }
            }

            GridLayout {
                columns: window.wide ? 4 : 2
                columnSpacing: Theme.unit * 4
                rowSpacing: Theme.unit * 4

                Tile {
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    name: qsTr("Messages per second")
                    value: Theme.number(window.newest(meter.messages))
                    color: Theme.blue
                }
                Tile {
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    name: qsTr("Throughput")
                    value: qsTr("%1/s").arg(Theme.bytes(window.newest(meter.bytes)))
                    color: Theme.teal
                }
                Tile {
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    name: qsTr("Median round trip")
                    value: Theme.duration(window.newest(meter.median))
                    color: Theme.teal
                }
                Tile {
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    name: qsTr("99th percentile")
                    value: Theme.duration(window.newest(meter.tail))
                    color: Theme.amber
                }
            }
            GridLayout {
                columns: window.wide ? 2 : 1
                columnSpacing: Theme.unit * 4
                rowSpacing: Theme.unit * 4

                Chart {
                    Layout.fillWidth: true
                    Layout.fillHeight: true
                    Layout.preferredWidth: 1
                    Layout.preferredHeight: 200
                    title: qsTr("Messages per second")
                    capacity: meter.capacity
                    interval: meter.interval
                    series: [{ name: qsTr("messages"), color: Theme.blue, values: meter.messages }]
                }
                Chart {
                    Layout.fillWidth: true
                    Layout.fillHeight: true
                    Layout.preferredWidth: 1
                    Layout.preferredHeight: 200
                    title: qsTr("Round trip")
                    capacity: meter.capacity
                    interval: meter.interval
                    series: [
                        { name: qsTr("99 %"), color: Theme.amber, values: meter.tail },
                        { name: qsTr("50 %"), color: Theme.teal, values: meter.median }
                    ]
                    showsTimes: true
                }
            }
            GridLayout {
                columns: window.wide ? 2 : 1
                columnSpacing: Theme.unit * 4
                rowSpacing: Theme.unit * 4

                ConnectionTable {
                    id: table
                    Layout.fillWidth: true
                    Layout.fillHeight: true
                    Layout.preferredHeight: 240
                    server: server
                }
                LoadPanel {
                    id: load
                    Layout.fillWidth: !window.wide
                    Layout.fillHeight: true
                    Layout.preferredWidth: 300
                    focus: true
                }
            }
        }
    }
}
