# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""The differences that are known, each with the row of COMPATIBILITY.md that it belongs to.

A predicate sees the shortest script, and what stock Qt and qlocal do first that the other does not, so that it speaks of
one difference only.
"""

import re

ENDS = ("Closing", "Unconnected", "readChannelFinished", "disconnected", "aboutToClose")


def _hooks(script):
    """Signal and call of each step that is done inside a signal."""
    for step in script:
        words = step.split()
        if words[0] == "on":
            yield words[2], " ".join(words[5:])


def _connects_again_in_the_end(script, stock, _):
    return _fails(stock) and any(
        signal in ENDS and call.startswith("connectToServer") for signal, call in _hooks(script)
    )


def _deletes_in_a_handler(script, stock, _):
    return _fails(stock) and any(call == "delete" for _, call in _hooks(script))


def _sends_in_bytes_written(script, _, qlocal):
    return qlocal == "!bytesWritten #" and any(
        signal == "bytesWritten" and re.match("flush|waitFor|settle", call)
        for signal, call in _hooks(script)
    )


def _waits_with_a_full_buffer(script, stock, _):
    text = "\n".join(script)
    return stock == "hang" and "setReadBufferSize" in text and "waitFor" in text


def _unread_answer(script, stock, qlocal):
    return (
        (stock, qlocal) == ("!errorOccurred #", "!readyRead")
        and not any("deleteLater" in step for step in script)
        and len({step.split()[0] for step in script if " write " in step}) > 1
    )


def _connects_while_closing(_, stock, qlocal):
    return (stock, qlocal) == ("!stateChanged Connecting", "!errorOccurred #")


def _waits_with_one_pending(_, stock, qlocal):
    return (stock, qlocal) == (
        "waitForNewConnection # -> # timed out",
        "waitForNewConnection # -> #",
    )


def _fails(ending):
    return ending == "hang" or ending.startswith("crash")


EXPLANATIONS = (
    ("Connecting again in a handler of the end leaves a socket that crashes", _connects_again_in_the_end),
    ("`delete` of the sender reads freed memory in many signals", _deletes_in_a_handler),
    ("Bytes that a handler of `bytesWritten` sends are announced after it", _sends_in_bytes_written),
    ("With a full read buffer and a peer that has closed, a wait spins for ever", _waits_with_a_full_buffer),
    ("The peer answers and closes, then we write: the unread answer is lost", _unread_answer),
    ("`connectToServer` while Closing is an OperationError", _connects_while_closing),
    ("`waitForNewConnection` with one pending waits until its time is up", _waits_with_one_pending),
)


def explain(script, wanted):
    """The row that explains the difference, or None."""
    for row, predicate in EXPLANATIONS:
        if predicate(script, *wanted):
            return row
    return None
