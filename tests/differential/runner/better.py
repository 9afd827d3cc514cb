# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Differences where qlocal is better on purpose; the rows of that section."""

import re

from events import ENDS, TURNS, State, fails, handlers, inside, is_signal, signal, step_of
from explanation import explains


@explains("Connecting again in a handler of the disconnect leaves a socket that crashes or transfers nothing")
def reconnects_during_disconnect(script, found):
    ends = tuple(end.split()[-1] for end in ENDS)
    connects = {
        target
        for target, what, step in handlers(script)
        if what in ends and re.match(rf"{target} (connect|open)", step)
    }
    if fails(found.stock):
        return bool(connects)
    return found.object in connects and (
        any(re.match(rf"{found.object} (connect|open)", step) for *_, step in found.stock.inside + found.qlocal.inside)
        or any(re.match(rf"{{ {found.object} (connect|open)", text) for text in found.before)
    )


@explains("Ending a connection in a handler of stateChanged(Connected) crashes")
def ends_before_device_opens(script, found):
    return fails(found.stock) and any(
        what == "Connected" and re.match(rf"{target} (abort|close|disconnectFromServer)", step)
        for target, what, step in handlers(script)
    )


@explains("`delete` of the sender reads freed memory in many signals")
def deletes_in_handler(script, found):
    deleted = {target for target, _, step in handlers(script) if step == f"{target} delete"}
    if not fails(found.stock):
        # Its own wait uses freed memory.
        own_wait = re.match(r"(\w+) waitFor\w+ \d+ ->", found.stock.text)
        return bool(own_wait) and own_wait[1] in deleted and f"{{ {own_wait[1]} delete" in found.before
    deleted_by_a_loop = any(
        step in TURNS and f"{{ {step}" in found.before and any(f"{target} deleteLater" in played for played in script)
        for target, _, step in handlers(script)
    )
    return deleted_by_a_loop or any(f"{{ {target} delete" in found.before for target in deleted)


@explains("With a full read buffer a wait for input burns a core until it times out, and any wait does so forever")
def waits_with_full_buffer(script, found):
    return found.stock.text == "hang" and any(
        re.match(r"(\w+) waitFor", step) and f"{step.split()[0]} setReadBufferSize" in "\n".join(script)
        for step in (step_of(script, found), inside(found.stock)[2])
        if step
    )


@explains("The peer answers and closes, then we write: the unread answer is lost")
def loses_unread_answer(script, found):
    """Stock Qt detects a disconnected peer by writing to it, or writes before it reads; qlocal reads first."""
    stock, qlocal = State(found.stock.text), State(found.qlocal.text)
    ends = any(re.search(r" (abort|close|disconnectFromServer|delete)$", step) for step in script)
    what = (signal(found.stock).split(" ")[0], signal(found.qlocal).split(" ")[0])
    if what == ("errorOccurred", "readyRead"):
        return stock.unsent > 0 and qlocal.available > stock.available
    if what[0] == "errorOccurred" and found.qlocal.text == "flush -> 0":
        # In a readyRead handler the send waits until that has returned.
        return stock.unsent > 0 and State(found.states[0]).available < State(found.states[1]).available
    if what == ("errorOccurred", "bytesWritten"):
        return ends and stock.error == 1 and qlocal.unsent + int(signal(found.qlocal).split()[1]) == stock.unsent
    if what == ("bytesWritten", "readyRead"):
        return ends and stock.unsent + int(signal(found.stock).split()[1]) == qlocal.unsent
    if found.stock.text.startswith("!stateChanged Unconnected") and what[1] == "stateChanged":
        # With nothing unread the only difference is the Closing, which a failed write skips.
        before = State(found.before[-1])
        is_read_first = qlocal.name == "Closing" and qlocal.error == 1 and qlocal.unsent > 0
        return stock.error == 1 and before.unsent > 0 and (qlocal.available > stock.available or is_read_first)
    return False


@explains("Input received by an event loop in a time-out handler is lost if the peer then closes")
def loses_input_of_nested_loop(script, found):
    stock, qlocal = State(found.stock.text), State(found.qlocal.text)
    loops = any(
        (target, what) == (found.object, "errorOccurred") and (step in TURNS or step.startswith(f"{target} waitFor"))
        for target, what, step in handlers(script)
    )
    return (
        loops
        and found.stock.text.startswith("= Unconnected")
        and found.stock.text == found.qlocal.text.replace(f"available {qlocal.available}", "available 0")
        and stock.error == 1
        and any(text.startswith("!errorOccurred 5") for text in found.before)
    )


@explains("`waitForNewConnection` with one pending connection waits for a second one until it times out")
def waits_with_one_pending(_, found):
    return found.stock.text == found.qlocal.text + " timed out" and found.qlocal.text.endswith("-> 1")


@explains("`listen` on a name that is too long, or through a symlink loop, reports a stale errno")
def listens_on_unusable_path(script, found):
    """The stale errno may be that of an earlier failure, which leaves the state of the server unchanged."""
    return (
        found.object in "vwVW"
        and step_of(script, found).endswith("listen long")
        and "'QLocalServer::listen: Name error'" in found.qlocal.text
        and "'QLocalServer::listen: Name error'" not in found.stock.text
    )


@explains("Its accepted sockets show a private temporary path")
def shows_temporary_path(script, found):
    return (
        any(re.search(r" setSocketOptions [1-7]$", step) for step in script)
        and re.search(r" 's' 'TMP/\.\w+/s'", found.stock.text) is not None
        and re.search(r" '(\w+)' 'TMP/\1'", found.qlocal.text) is not None
    )


@explains("A server with access options takes the name of a live one")
def takes_live_name(script, found):
    return (
        any(re.search(r" setSocketOptions [1-7]$", step) for step in script)
        and re.match(r"listen (\w+) -> 1", found.stock.text) is not None
        and re.match(r"listen (\w+) -> 0", found.qlocal.text) is not None
    )


@explains("`close()` removes whatever file has the name")
def removes_another_servers_file(script, found):
    """The file bound by a second server after `removeServer` is removed with the first one."""
    text = "\n".join(script)
    return (
        re.search(r"[vw] remove n", text, re.IGNORECASE) is not None
        and text.count(" listen n") > 1
        and (
            (is_signal(found.stock, "errorOccurred 2") and is_signal(found.qlocal, "stateChanged Connected"))
            or re.match(r"listen (\w+) -> 1", found.stock.text) is not None
            and re.match(r"listen (\w+) -> 0", found.qlocal.text) is not None
        )
    )


@explains("Sending through an unconnected descriptor is an unknown error")
def sends_unconnected(_, found):
    return (
        is_signal(found.stock, "errorOccurred -1")
        and "Unknown error 107" in found.stock.text
        and is_signal(found.qlocal, "errorOccurred 7")
    )


@explains("`close()` leaves the file of a server whose options have since been set to abstract names")
def leaves_file(script, found):
    """A client is refused because nothing listens, or the name is in use."""
    changed = r"^(\w) listen n\d$.*\b\1 setSocketOptions 8$.*\b\1 (close|delete|deleteLater)$"
    if not re.search(changed, "\n".join(script), re.MULTILINE | re.DOTALL):
        return False
    return (is_signal(found.stock, "errorOccurred 0") and is_signal(found.qlocal, "errorOccurred 2")) or (
        re.match(r"listen \w+ -> 0", found.stock.text) is not None
        and re.match(r"listen \w+ -> 1", found.qlocal.text) is not None
    )
