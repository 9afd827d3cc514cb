# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Finds the first difference of two traces, and the shortest script that still shows it."""

import difflib
import re

from drivers import play_both


def difference(traces):
    """None, or a pair of short texts: what stock Qt does first that qlocal does not, and the reverse."""
    stock, qlocal = traces
    if not (stock.ended_well and qlocal.ended_well):
        if stock.ending == qlocal.ending:
            return None
        return (stock.ending, qlocal.ending)
    found = []
    for name in set(stock.objects) | set(qlocal.objects):
        ours, theirs = qlocal.objects.get(name, []), stock.objects.get(name, [])
        for index in range(max(len(ours), len(theirs))):
            pair = [
                events[index] if index < len(events) else ("end", "nothing")
                for events in (theirs, ours)
            ]
            if pair[0] != pair[1]:
                found.append((_order(pair), pair))
                break
    if not found:
        return None
    _, pair = min(found)
    return tuple(_kind(text, other) for (_, text), (_, other) in (pair, pair[::-1]))


def _order(pair):
    return min(999 if step == "end" else int(step) for step, _ in pair)


def _kind(text, other):
    """The event without its numbers and names, and the first part of its state that differs."""
    event, _, state = text.partition("|")
    if text.startswith("="):
        event, state = "=", text
    event = re.sub(r"\d+|'[^']*'|\".*\"", "#", event)
    words, others = state.split(), other.split()
    if event.split()[:1] == re.sub(r"\d+", "#", other).split()[:1]:
        others = (other if text.startswith("=") else other.partition("|")[2]).split()
        for index, (word, its) in enumerate(zip(words, others)):
            if word != its:
                return event.strip() + f" [{words[index - 1]} {_shape(word)}]"
    return event.strip()


def _shape(word):
    """Numbers as none, one or many only, so that a kind of difference has one name."""
    return re.sub(r"^\d+$", lambda match: "0" if match[0] == "0" else "n", word)


def shrink(drivers, script, wanted):
    """Leaves out steps as long as the same difference stays (delta debugging)."""

    def shows(candidate):
        return difference(play_both(drivers, candidate)) == wanted

    size = max(1, len(script) // 2)
    while size >= 1:
        index = 0
        while index < len(script):
            candidate = script[:index] + script[index + size :]
            if candidate and shows(candidate):
                script = candidate
            else:
                index += size
        size //= 2
    return script


def side_by_side(traces, width=130):
    """Both traces, with a mark where they differ."""
    stock, qlocal = (list(trace.lines()) for trace in traces)
    marks = {"- ": "stock   ", "+ ": "qlocal  ", "  ": "        "}
    for line in difflib.ndiff(stock, qlocal, charjunk=None):
        if line[:2] in marks:
            yield marks[line[:2]] + line[2 : 2 + width]
