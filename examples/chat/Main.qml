// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

ApplicationWindow {
    id: window

    readonly property var words: Qt.application.arguments
    readonly property bool wide: width >= 680

    /// The word after an option, or "".
    function option(name: string): string {
        const index = words.indexOf(name);
        return index > 0 && index + 1 < words.length ? words[index + 1] : "";
    }

    width: 920
    height: 620
    minimumWidth: 340
    minimumHeight: 380
    visible: true
    title: conversation.joined ? qsTr("%1 – chat").arg(conversation.name) : qsTr("Chat")
    color: Theme.window
    font.pixelSize: Theme.body

    Component.onCompleted: {
        if (words.includes("--dark") || words.includes("--light"))
            Theme.dark = words.includes("--dark");
        if (option("--as") !== "")
            conversation.join(option("--as"));
    }

    Conversation {
        id: conversation
        room: window.option("--room") || "qlocal-chat"
        mayHost: !window.words.includes("--guest")
    }

    Connections {
        target: conversation
        function onJoinedChanged() {
            Qt.callLater(composer.forceActiveFocus);
        }
    }

    Shortcut {
        sequence: "Ctrl+T"
        onActivated: Theme.dark = !Theme.dark
    }
    Shortcut {
        sequence: "Ctrl+R"
        enabled: conversation.joined && !conversation.online
        onActivated: conversation.retry()
    }
    Shortcut {
        sequence: "Ctrl+Q"
        onActivated: window.close()
    }

    JoinPage {
        anchors.fill: parent
        visible: !conversation.joined
        focus: true
        onAccepted: name => conversation.join(name)
    }

    RowLayout {
        anchors.fill: parent
        spacing: 0
        visible: conversation.joined

        People {
            Layout.preferredWidth: 232
            Layout.fillHeight: true
            visible: window.wide
            people: conversation.people
            me: conversation.me
            online: conversation.online
        }

        ColumnLayout {
            spacing: 0

            Pane {
                Layout.fillWidth: true
                // Above what the list draws outside of itself.
                z: 1
                padding: Theme.unit * 3
                leftPadding: Theme.unit * 5
                background: Rectangle {
                    color: Theme.panel
                    Rectangle {
                        anchors.bottom: parent.bottom
                        width: parent.width
                        height: 1
                        color: Theme.line
                    }
                }

                RowLayout {
                    anchors.fill: parent
                    spacing: Theme.unit * 2

                    ColumnLayout {
                        spacing: 2
                        Label {
                            Layout.fillWidth: true
                            text: "# " + conversation.room
                            color: Theme.text
                            font.pixelSize: Theme.title
                            font.weight: Font.DemiBold
                            elide: Text.ElideRight
                            textFormat: Text.PlainText
                            Accessible.role: Accessible.Heading
                        }
                        Label {
                            readonly property int present: conversation.people.filter(person => person.online).length

                            Layout.fillWidth: true
                            text: !conversation.online ? qsTr("Offline")
                                : conversation.hub.listening ? qsTr("%1 online, hosted by this window").arg(present)
                                : qsTr("%1 online, hosted by %2").arg(present).arg(conversation.host)
                            color: Theme.muted
                            font.pixelSize: Theme.small
                            elide: Text.ElideRight
                            textFormat: Text.PlainText
                        }
                    }
                    IconButton {
                        text: Theme.dark ? qsTr("Light look (Ctrl+T)") : qsTr("Dark look (Ctrl+T)")
                        path: Theme.dark
                            ? "M12 8a4 4 0 1 1 0 8a4 4 0 1 1 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4"
                                + "M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"
                            : "M20 14.5A8.5 8.5 0 1 1 9.5 4A6.8 6.8 0 0 0 20 14.5Z"
                        onClicked: Theme.dark = !Theme.dark
                    }
                }
            }

            Banner {
                z: 1
                Layout.fillWidth: true
                online: conversation.online
                attempt: conversation.attempt
                due: conversation.due
                onRetry: conversation.retry()
            }

            MessageList {
                id: list
                Layout.fillWidth: true
                Layout.fillHeight: true
                model: conversation.messages
                onLeave: composer.forceActiveFocus()
            }

            Composer {
                id: composer
                z: 1
                Layout.fillWidth: true
                placeholder: qsTr("Message #%1").arg(conversation.room)
                onSend: text => {
                    conversation.say(text);
                    list.showNewest();
                }
                onScroll: pages => list.scroll(pages)
            }
        }
    }
}
