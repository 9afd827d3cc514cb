// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

/// Values over the last minute. The pointer, or the arrow keys, read off a moment.
Card {
    id: chart

    required property string title
    /// [{ name, color, values }], the newest value last.
    required property var series
    required property int capacity
    /// Milliseconds between values.
    required property int interval
    /// Whether values are times in microseconds.
    property bool showsTimes: false

    /// How many values ago the moment is that is read off; -1 if none is.
    property int ago: -1
    readonly property real ceiling: niceTop(Math.max(1, ...series.map(line => Math.max(0, ...line.values))))

    /// The least round value above `value`.
    function niceTop(value: real): real {
        const power = Math.pow(10, Math.floor(Math.log10(value)));
        return power * [1, 2, 4, 6, 8, 10].find(step => step * power >= value);
    }

    function format(value: real): string {
        return showsTimes ? Theme.duration(value) : Theme.number(value);
    }

    function valueAt(values: var, ago: int): real {
        return values[values.length - 1 - ago] ?? 0;
    }

    focusPolicy: Qt.TabFocus
    Accessible.role: Accessible.Chart
    Accessible.name: title
    Accessible.description: series.map(line => line.name + " " + format(valueAt(line.values, Math.max(0, ago)))).join(", ")
    Keys.onLeftPressed: ago = Math.min(ago + 1, capacity - 1)
    Keys.onRightPressed: ago = Math.max(ago - 1, -1)
    Keys.onEscapePressed: ago = -1
    onSeriesChanged: canvas.requestPaint()

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.unit * 3

        RowLayout {
            spacing: Theme.unit * 4
            Label {
                Layout.fillWidth: true
                text: chart.title
                color: Theme.text
                font.weight: Font.DemiBold
                elide: Text.ElideRight
            }
            Repeater {
                model: chart.series.length > 1 || chart.ago >= 0 ? chart.series : []
                delegate: Row {
                    id: legend
                    required property var modelData

                    spacing: Theme.unit * 2
                    Rectangle {
                        anchors.verticalCenter: parent.verticalCenter
                        width: 12
                        height: 3
                        radius: 1.5
                        color: legend.modelData.color
                    }
                    Label {
                        text: chart.ago < 0 ? legend.modelData.name
                            : legend.modelData.name + " " + chart.format(chart.valueAt(legend.modelData.values, chart.ago))
                        color: Theme.muted
                        font.pixelSize: Theme.small
                    }
                }
            }
        }

        Item {
            id: area
            readonly property real gutter: 60

            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.minimumHeight: 90

            Repeater {
                model: 5
                delegate: Item {
                    id: rule
                    required property int index

                    width: area.width
                    y: plot.height * (1 - index / 4)
                    Rectangle {
                        x: area.gutter
                        width: plot.width
                        height: 1
                        color: Theme.line
                    }
                    Label {
                        width: area.gutter - Theme.unit * 2
                        anchors.verticalCenter: parent.top
                        horizontalAlignment: Text.AlignRight
                        text: chart.format(chart.ceiling * rule.index / 4)
                        color: Theme.muted
                        font.pixelSize: Theme.caption
                    }
                }
            }
            Item {
                id: plot
                x: area.gutter
                width: area.width - area.gutter
                height: area.height - 22

                Canvas {
                    id: canvas
                    anchors.fill: parent
                    onPaint: {
                        const context = getContext("2d");
                        context.reset();
                        context.lineJoin = "round";
                        context.lineWidth = 2;
                        for (const line of chart.series) {
                            const first = chart.capacity - line.values.length;
                            const x = index => (first + index) / (chart.capacity - 1) * width;
                            const y = value => height - 1 - value / chart.ceiling * (height - 2);
                            if (line.values.length < 2)
                                continue;
                            context.beginPath();
                            line.values.forEach((value, index) => context.lineTo(x(index), y(value)));
                            context.strokeStyle = line.color;
                            context.stroke();
                            context.lineTo(width, height);
                            context.lineTo(x(0), height);
                            context.closePath();
                            const gradient = context.createLinearGradient(0, 0, 0, height);
                            gradient.addColorStop(0, Qt.alpha(line.color, 0.28));
                            gradient.addColorStop(1, Qt.alpha(line.color, 0.02));
                            context.fillStyle = gradient;
                            context.fill();
                        }
                    }
                }
                Rectangle {
                    visible: chart.ago >= 0
                    x: (chart.capacity - 1 - chart.ago) / (chart.capacity - 1) * plot.width
                    width: 1
                    height: plot.height
                    color: Theme.muted
                }
                HoverHandler {
                    id: hover
                    onPointChanged: chart.ago = hovered
                        ? Math.round((1 - point.position.x / plot.width) * (chart.capacity - 1)) : -1
                    onHoveredChanged: if (!hovered)
                        chart.ago = -1
                }
            }
            Repeater {
                model: 3
                delegate: Label {
                    required property int index
                    readonly property real seconds: (1 - index / 2) * chart.capacity * chart.interval / 1000

                    x: area.gutter + plot.width * index / 2 - width * index / 2
                    y: plot.height + Theme.unit * 2
                    text: seconds === 0 ? qsTr("now") : qsTr("%1 s ago").arg(seconds)
                    color: Theme.muted
                    font.pixelSize: Theme.caption
                }
            }
        }
    }
}
