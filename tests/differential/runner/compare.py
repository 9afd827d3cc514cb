# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Finds the first difference of two traces, and the shortest script that reproduces it."""

import difflib
import itertools
import re
import textwrap
import typing

from trace import Event, place


class Difference(typing.NamedTuple):
    """The first event that one of the two had and the other did not."""

    # The object concerned; `-` if one of the two crashed or hung.
    object: str
    step: str
    stock: Event
    qlocal: Event
    # Earlier events of the object; if it is `-`, all events in stock Qt.
    before: tuple
    # The state of the object after the step, in stock Qt and in qlocal.
    states: tuple = ("", "")
    # Events of the object in the rest of the step, in both.
    after: tuple = ((), ())

    @property
    def kind(self):
        """Both events, without numbers and names: differences of one kind have one cause."""
        return (_kind(self.stock.text, self.qlocal.text), _kind(self.qlocal.text, self.stock.text))


NOTHING = Event("end", "nothing", (), 1 << 30)


def difference(traces):
    """The first difference, or None."""
    found = []
    for name in set(traces[0].objects) | set(traces[1].objects):
        one = _first_different(name, traces)
        if one:
            found.append(one)
    if found:
        return min(found, key=lambda one: (place(one.step), min(one.stock.place, one.qlocal.place)))
    if traces[0].ending == traces[1].ending:
        return None
    last = min((trace.step for trace in traces), key=place)
    events = (Event(trace.step, trace.ending, trace.inside, 0) for trace in traces)
    before = tuple(event.text for events in traces[0].objects.values() for event in events)
    return Difference("-", last, *events, before)


def _first_different(name, traces):
    """Events missing at the end of a truncated trace are not a difference."""
    events = [trace.objects.get(name, []) for trace in traces]
    state = [NOTHING, NOTHING]
    for count, pair in enumerate(itertools.zip_longest(*events)):
        for index, trace in enumerate(traces):
            is_last = pair[index] is None or pair[index] is events[index][-1]
            if is_last and not trace.ended_well:
                return None
        pair = [event or NOTHING for event in pair]
        if not pair[0].same_as(pair[1]):
            step = min((event.step for event in pair), key=place)
            before = tuple(event.text for event in events[0][:count])
            states = tuple(_state_after(step, trace_events) for trace_events in events)
            after = (tuple(event.text for event in rest[count + 1 :] if event.step == step) for rest in events)
            return Difference(name, step, *_in_step(pair, state, step), before, states, tuple(after))
        if pair[0].text.startswith("= "):
            state = pair
    return None


def _state_after(step, events):
    states = [event.text for event in events if event.text.startswith("= ") and place(event.step) <= place(step)]
    return states[-1] if states else ""


def _in_step(pair, state, step):
    """The events of both in this step; without a printed state, an object is still in the previous one."""
    other_state = any(event.step == step and event.text.startswith("= ") for event in pair)
    for event, before in zip(pair, state):
        if event.step == step:
            yield event
        else:
            yield before if other_state else NOTHING


def _kind(text, other):
    """The event without its numbers and names, and the first part of its state that differs."""
    event, _, state = text.partition("|")
    if text.startswith("="):
        event, state = "=", text
    if not re.match(r"hang|crash|exit", text):
        event = re.sub(r"\d+|'[^']*'|\".*\"", "#", event)
    words, others = state.split(), other.split()
    if event.split()[:1] == re.sub(r"\d+", "#", other).split()[:1]:
        others = (other if text.startswith("=") else other.partition("|")[2]).split()
        for index, (word, its) in enumerate(zip(words, others)):
            if word != its:
                return event.strip() + f" [{words[index - 1]} {_shape(word)}]"
    return event.strip()


def _shape(word):
    """Replaces numbers by none, one or many, so that a kind of difference has one name."""
    return re.sub(r"^\d+$", lambda match: "0" if match[0] == "0" else "n", word)


def shrink(play, script, wanted):
    """Removes steps as long as a difference of the same kind remains (delta debugging)."""

    def shows(candidate):
        found = difference(play(candidate))
        return found is not None and found.kind == wanted.kind

    until_there = script[: place(wanted.step)]
    if len(until_there) < len(script) and shows(until_there):
        script = until_there
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


def side_by_side(traces, last="end", width=88):
    """Both traces up to a step in two columns, with a mark where they differ."""
    stock, qlocal = (list(trace.lines(last)) for trace in traces)
    yield f"  {'stock Qt':{width}} | qlocal"
    for what, *ranges in difflib.SequenceMatcher(None, stock, qlocal, False).get_opcodes():
        rows = itertools.zip_longest(stock[slice(*ranges[:2])], qlocal[slice(*ranges[2:])])
        for row in rows:
            cells = (textwrap.wrap(cell or "", width, subsequent_indent=" " * 8) for cell in row)
            for left, right in itertools.zip_longest(*cells, fillvalue=""):
                yield f"{' ' if what == 'equal' else '*'} {left:{width}} | {right}"
