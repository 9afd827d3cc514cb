# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Parses the events of a trace and the steps of a script."""

import re

# The announcements of a disconnect.
ENDS = ("stateChanged Closing", "stateChanged Unconnected", "readChannelFinished", "disconnected", "aboutToClose")

# Steps that run an event loop.
TURNS = ("settle", "rest", "poll", "exclude")


class State:
    """The state of a socket from a signal or a state line."""

    def __init__(self, text):
        match = re.search(r"(\w+) mode (\d+) available (-?\d+) toWrite (\d+) error (-?\d+) '", text)
        self.name = match[1] if match else None
        self.available, self.unsent, self.error = (int(match[i]) if match else 0 for i in (3, 4, 5))


def last_state(found):
    """The state at the end of the step before the difference."""
    return State(next((text for text in reversed(found.before) if text.startswith("= ")), ""))


def signal(event):
    """The name and the argument of a signal, or nothing."""
    return event.text[1:].partition(" |")[0] if event.text.startswith("!") else ""


def is_signal(event, *names):
    return signal(event).startswith(names)


def differs_in_unsent(found):
    """Whether both did the same, and only the number of bytes to write differs."""
    stock, qlocal = (re.sub(r"toWrite \d+", "", event.text) for event in (found.stock, found.qlocal))
    return stock == qlocal and found.stock.text != found.qlocal.text


def fails(event):
    return event.text == "hang" or event.text.startswith("crash")


def handlers(script):
    """Object, signal and step of every handler of a script."""
    for step in script:
        words = step.split()
        if words[0] == "on":
            yield words[1], words[2], " ".join(words[4:])


def step_of(script, found):
    """The step during which the difference occurred."""
    return script[int(found.step) - 1] if found.step.isdigit() and found.step != "0" else ""


def inside(event):
    """The running handler: object, signal and step."""
    return event.inside[-1] if event.inside else ("", "", "")


def is_inside_end(event, name):
    return any(target == name and what.startswith(ENDS + ("errorOccurred 1",)) for target, what, _ in event.inside)
