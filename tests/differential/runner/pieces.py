# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""The same data and disconnects, received in other pieces or at another moment."""

import re

from events import TURNS, State, handlers, inside, is_signal, last_state
from explanation import explains


@explains("All received bytes give one `readyRead`; bytes written in one turn arrive together")
def receives_in_other_pieces(script, found):
    """Both have received the same at the end of the step, in which the ends exchanged data."""
    stock, qlocal = found.stock, found.qlocal
    is_in_loop = not stock.inside or inside(stock)[2] in TURNS
    if is_in_loop and found.states[0] == found.states[1] and found.states[0].startswith("= Connected"):
        return (
            is_signal(stock, "readyRead", "bytesWritten")
            and is_signal(qlocal, "readyRead", "bytesWritten")
            and transfers((stock.text, *found.after[0])) == transfers((qlocal.text, *found.after[1]))
        )
    return (
        receives_later(stock, found.after[0], qlocal)
        or receives_later(qlocal, found.after[1], stock)
        or detects_end_later(found, stock, qlocal, found.after[0])
        or detects_end_later(found, qlocal, stock, found.after[1])
        or ends_before_answer(script, found)
        or has_sent_before_flush(found)
        or is_accepted_before_end(script, found)
    )


def has_sent_before_flush(found):
    """The bytes that a readyRead handler would flush already fill the kernel in one of the two."""
    target, what, step = inside(found.stock)
    if (target, step) != (found.object, f"{target} flush") or not what.startswith("readyRead"):
        return False
    events = (found.stock, found.qlocal)
    sends, waits = events if is_signal(found.stock, "bytesWritten") else reversed(events)
    texts = ((event.text, *after) for event, after in zip(events, found.after))
    return (
        found.states[0] == found.states[1]
        and is_signal(sends, "bytesWritten")
        and waits.text == "flush -> 0"
        and len(set(map(transfers, texts))) == 1
    )


def is_accepted_before_end(script, found):
    """The next newConnection, whose handler takes the connection, comes before the peer's end in one of the two."""
    texts = {found.stock.text, found.qlocal.text}
    return (
        found.object[0] in "aA"
        and any(what == "newConnection" and step.endswith("accept") for _, what, step in handlers(script))
        and found.states[0] == found.states[1]
        and found.states[0] in texts
        and any(text.startswith("!errorOccurred 1") for text in texts)
    )


def transfers(texts):
    """Whether input is announced, and how many bytes are announced as written."""
    written = sum(int(text.split()[1]) for text in texts if text.startswith("!bytesWritten"))
    return any(text.startswith("!readyRead") for text in texts), written


def receives_later(late, rest, early):
    """One receives less, or nothing in a wait inside a handler, but the rest in the same step."""
    if not is_signal(early, "readyRead") or not any(text.startswith("!readyRead") for text in rest):
        return False
    if is_signal(late, "readyRead"):
        return State(late.text).available < State(early.text).available
    target, _, step = inside(late)
    return step.startswith(f"{target} waitFor") and inside(early)[2] == step


def detects_end_later(found, late, early, rest):
    """In a wait inside a handler one times out, and detects the peer's end right after it; the other in the wait."""
    target, _, step = inside(late)
    return (
        step.startswith(f"{target} waitForDisconnected")
        and inside(early)[2] == step
        and late.text.startswith("!errorOccurred 5")
        and early.text in rest
        and found.states[0] == found.states[1]
    )


def ends_before_answer(script, found):
    """One end closes in its handler, the other has written: the result depends on which is served first."""
    stock, qlocal = found.stock, found.qlocal
    transfer = [(target, step) for target, what, step in handlers(script) if what in ("readyRead", "bytesWritten")]
    ending = {target for target, step in transfer if re.match(rf"{target} (close|abort|disconnectFromServer)$", step)}
    answering = {target for target, step in transfer if step.startswith(f"{target} write")}
    if last_state(found).unsent > 0:
        answering.add(found.object)
    return (
        any(one != other for one in ending for other in answering)
        and not (stock.inside or qlocal.inside)
        and all(is_signal(event, "readyRead", "bytesWritten", "errorOccurred 1") for event in (stock, qlocal))
    )
