// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

import QtQuick
import Monitor

/// Counts round trips, and keeps a minute of rates and latencies.
QtObject {
    id: meter

    readonly property int capacity: 120
    readonly property int interval: 500

    /// Messages and bytes per second, median and 99th percentile of the round trips in microseconds: the newest last.
    property var messages: []
    property var bytes: []
    property var median: []
    property var tail: []

    /// Round trips by the logarithm of their time, 16 counts for each factor of two.
    property var histogram: new Array(400).fill(0)
    property int count: 0
    property double size: 0
    property double begun: Clock.microseconds()

    readonly property Timer timer: Timer {
        interval: meter.interval
        repeat: true
        running: true
        onTriggered: meter.tick()
    }

    function add(microseconds: real, size: int) {
        const bucket = Math.round(Math.log2(Math.max(microseconds, 1)) * 16);
        ++histogram[Math.min(bucket, histogram.length - 1)];
        ++count;
        meter.size += size;
    }

    function tick() {
        const now = Clock.microseconds();
        const seconds = (now - begun) / 1e6;
        messages = followed(messages, count / seconds);
        bytes = followed(bytes, size / seconds);
        median = followed(median, percentile(0.5));
        tail = followed(tail, percentile(0.99));
        histogram.fill(0);
        count = 0;
        size = 0;
        begun = now;
    }

    function percentile(part: real): real {
        let left = Math.ceil(count * part);
        if (left === 0)
            return 0;
        const bucket = histogram.findIndex(value => (left -= value) <= 0);
        return Math.pow(2, bucket / 16);
    }

    function followed(values: var, value: real): var {
        return values.concat(value).slice(-capacity);
    }
}
