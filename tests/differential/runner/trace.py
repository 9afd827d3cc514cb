# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""The trace of a script, as a list of events for each object."""

import re
import typing

# Stock Qt's warnings mention internal objects of its sockets, which users never see and qlocal doesn't have.
OF_INNER_OBJECTS = re.compile(r"warning (QIODevice::\w+ \(QTcpSocket\)|QSocketNotifier|QNativeSocketEngine)")


class Event(typing.NamedTuple):
    """One line of a trace."""

    step: str
    text: str
    # The steps inside whose handlers it happened, outermost first: (object, signal, step).
    inside: tuple
    # Its position among the lines of all objects.
    place: int

    def same_as(self, other):
        return (self.step, self.text) == (other.step, other.text)


class Trace:
    """What happened to each object, in order, and how the script ended."""

    def __init__(self, lines, ending, merge=True):
        self.ending = ending
        self.objects = {}
        self.step = "0"
        self.merge = merge
        self.inside = ()
        # The last signal of each object, which its handlers handle.
        signals = {}
        for place, line in enumerate(lines):
            name, _, text = line.partition("\t")
            if name == "#":
                self.step = text
                continue
            if OF_INNER_OBJECTS.match(text):
                continue
            if text == "}":
                self.inside = self.inside[:-1]
            self._add(name, Event(self.step, text, self.inside, place))
            if text.startswith("!"):
                signals[name] = text[1:].partition(" |")[0]
            if text.startswith("{ "):
                self.inside += ((name, signals[name], text[2:]),)

    def _add(self, name, event):
        events = self.objects.setdefault(name, [])
        if self.merge and events and events[-1].step == event.step:
            merged = _merged(events[-1].text, event.text)
            if merged:
                events[-1] = event._replace(text=merged)
                return
        events.append(event)

    @property
    def ended_well(self):
        return self.ending == "exit 0"

    def lines(self, last):
        """The trace as text, up to this step."""
        for name in sorted(self.objects):
            for event in self.objects[name]:
                if place(event.step) <= place(last):
                    yield f"{event.step:>3} {name} {event.text}"
        if not self.ended_well:
            yield f"    {self.ending}"


def place(step):
    return 999 if step == "end" else int(step)


def _merged(first, second):
    """Merges adjacent readyRead, and adjacent bytesWritten by their sum."""
    if first.startswith("!readyRead") and second.startswith("!readyRead"):
        return second
    if first.startswith("!bytesWritten") and second.startswith("!bytesWritten"):
        size = int(first.split()[1]) + int(second.split()[1])
        return f"!bytesWritten {size} |" + second.partition("|")[2]
    return None
