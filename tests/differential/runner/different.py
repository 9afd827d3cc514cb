# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Differences on purpose, neither better nor worse; the rows of that section."""

import re

from events import (
    TURNS,
    State,
    differs_in_unsent,
    fails,
    handlers,
    inside,
    is_inside_end,
    is_signal,
    last_state,
    signal,
    step_of,
)
from explanation import explains

# The value of QEvent.
CHILD_ADDED = 68


@explains("The listening descriptor (`QLocalServer::socketDescriptor()`) is blocking")
def accepts_after_nested_loop(script, found):
    """A loop in a handler has served the listener, and the outer one handles the same event again."""
    loops = any(step in TURNS for *_, step in handlers(script))
    return "loop foreign" in script and found.stock.text == "hang" and loops


@explains("`listen(qintptr)` with anything but a local stream socket returns true")
def listens_on_invalid_descriptor(_, found):
    pattern = r"listenOn (none|closed) -> "
    return bool(re.match(pattern + "1", found.stock.text) and re.match(pattern + "0", found.qlocal.text))


@explains("A socket waiting for room in a backlog has a timer and a notifier as children")
def has_children_while_waiting(_, found):
    return (
        found.stock.text == f"> event {CHILD_ADDED}"
        and State(next((text for text in reversed(found.before) if State(text).name), "")).name == "Connecting"
    )


@explains("When a handler of a failed connect's `errorOccurred` calls `abort()`, `close()` is called once more afterwards")
def closes_failed_attempt_twice(script, found):
    return (
        found.stock.text == "> close"
        and found.before[-1:] == ("}",)
        and f"{{ {found.object} abort" in found.before
        and any(
            (target, what, step) == (found.object, "errorOccurred", f"{target} abort")
            for target, what, step in handlers(script)
        )
    )


@explains("Bytes that a handler of `bytesWritten` sends by `flush()` or a wait are never announced")
def sends_in_bytes_written(script, found):
    sends = any(
        (target, what) == (found.object, "bytesWritten")
        and (step in TURNS or re.match(rf"{target} (flush|waitFor)", step))
        for target, what, step in handlers(script)
    )
    if sends and is_signal(found.qlocal, "readyRead", "errorOccurred 5"):
        # Inside the handler: not announced yet in qlocal, and never in stock Qt.
        return (
            differs_in_unsent(found)
            and State(found.stock.text).unsent < State(found.qlocal.text).unsent
            and any(
                target == found.object and what.startswith("bytesWritten")
                for target, what, _ in found.stock.inside
            )
        )
    return sends and is_signal(found.qlocal, "bytesWritten") and found.stock.text != found.qlocal.text


@explains("Large writes in one turn are announced one by one")
def announces_large_writes_separately(script, found):
    large = [step for step in script if re.match(rf"{found.object} write \d{{5}}", step)]
    if len(large) < 1 or not (is_signal(found.stock, "bytesWritten") and is_signal(found.qlocal, "bytesWritten")):
        return False
    stock, qlocal = (State(event.text).unsent for event in (found.stock, found.qlocal))
    # Of fragmented data the kernel accepts a different amount until it is full.
    return stock > qlocal or (len(large) > 1 and stock > 0)


@explains("`connectToServer` while Closing warns, and continues as if unconnected")
def connects_while_closing(_, found):
    return (
        is_signal(found.stock, "stateChanged Connecting")
        and is_signal(found.qlocal, "errorOccurred 19")
        and State(found.qlocal.text).name == "Closing"
    )


@explains("`close()` and `disconnectFromServer()` while Connecting leave it Connecting forever")
def ends_attempt(script, found):
    ending = rf"{found.object} (abort|close|disconnectFromServer)$"
    if is_signal(found.stock, "stateChanged Connected") and found.qlocal.text == "nothing":
        # The attempt has ended, and goes on.
        return last_state(found).name == "Unconnected" and any(re.match(ending, step) for step in script)
    if re.match(ending, step_of(script, found)):
        return last_state(found).name == "Connecting" and is_signal(found.qlocal, "stateChanged Unconnected")
    state = next((State(text).name for text in reversed(found.before) if State(text).name), None)
    if state == "Connecting" and is_signal(found.qlocal, "stateChanged Unconnected"):
        return re.match("{ " + ending, found.before[-1]) is not None
    return any(
        (target, what) == (found.object, "Connecting") and re.match(ending, step)
        for target, what, step in handlers(script)
    ) and any(re.match("{ " + ending, text) for text in found.before[-6:])


@explains("Bytes written by a handler are lost when it calls `deleteLater()` on either end")
def deletes_later(script, found):
    """The deleted object, its peer, or the server that owns it."""
    deleted = [step.split()[-2] for step in script if re.search(r"\w+ deleteLater$", step)]
    is_deleted = found.object in deleted or (found.object[0] in "aA" and {*"vwVW"} & set(deleted))
    if is_deleted and signal(found.stock) == "stateChanged Unconnected":
        return State(found.stock.text).error == -1 and is_signal(
            found.qlocal, "bytesWritten", "readyRead", "errorOccurred 1"
        )
    return (
        bool(deleted)
        and is_signal(found.stock, "stateChanged Unconnected", "errorOccurred 1")
        and is_signal(found.qlocal, "bytesWritten")
    )


@explains("A write after one that filled the kernel's buffer waits until much of it is free")
def waits_for_free_buffer(script, found):
    large = [step for step in script if re.match(rf"{found.object} write \d{{5}}", step)]
    return (
        len(large) > 1
        and is_signal(found.stock, "errorOccurred 5")
        and is_signal(found.qlocal, "bytesWritten")
        and State(found.qlocal.text).unsent > 0
    )


@explains("`waitForConnected` in a handler of the failure tries again, and announces the failure again")
def retries_in_wait(_, found):
    target, what, step = inside(found.stock)
    return (
        target == found.object
        and step.startswith(f"{target} waitForConnected")
        and signal(found.stock) == what
        and what.startswith("errorOccurred")
        and re.match(r"waitForConnected \d+ -> 0", found.qlocal.text) is not None
    )


@explains("A transaction continues in the next connection, where `bytesAvailable` may be negative")
def continues_transaction(script, found):
    if State(found.stock.text).available < 0:
        return (
            State(found.qlocal.text).available == 0
            and f"{found.object} startTransaction" in "\n".join(script)
            and is_signal(found.qlocal, "connected")
        )
    return (
        found.stock.text.partition(" -> ")[0] == found.qlocal.text.partition(" -> ")[0]
        and re.match(r"(start|commit|rollback)Transaction -> ", found.stock.text) is not None
        and sum(text.startswith("!connected") for text in found.before) > 1
    )


@explains("A wait in `errorOccurred` for the peer's disconnect announces the error a second time")
def announces_error_twice(_, found):
    target, what, step = inside(found.stock)
    return (
        target == found.object
        and what in ("errorOccurred 1", "errorOccurred 7")
        and step.startswith(f"{target} waitFor")
        and is_signal(found.stock, what)
    )


@explains("`readChannelFinished` comes twice when a handler of the disconnect also ends the connection")
def finishes_twice(_, found):
    return is_signal(found.stock, "readChannelFinished") and any(
        text.startswith("!readChannelFinished") for text in found.before
    )


@explains("A wait in a handler of the disconnect crashes; `waitForDisconnected` may return false or time out there")
def waits_in_disconnect_handler(_, found):
    target, _, step = inside(found.stock)
    if fails(found.stock) and step.startswith(f"{target} waitFor"):
        return is_inside_end(found.stock, target)
    return step.startswith(f"{target} waitForDisconnected") and (
        fails(found.stock) or is_inside_end(found.stock, found.object) or times_out_with_all_sent(found)
    )


def times_out_with_all_sent(found):
    """In the handler of the last bytes before the disconnect, which comes next."""
    stock = State(found.stock.text)
    return (
        is_signal(found.stock, "errorOccurred 5")
        and is_signal(found.qlocal, "stateChanged Unconnected")
        and inside(found.stock)[0] == found.object
        and inside(found.stock)[1].startswith("bytesWritten")
        and (stock.name, stock.unsent) == ("Closing", 0)
    )


@explains("`setMaxPendingConnections(0)` after `listen` still accepts one more")
def accepts_one_more(script, found):
    return (
        f"{found.object} setMaxPendingConnections 0" in "\n".join(script)
        and is_signal(found.stock, "newConnection")
        and not is_signal(found.qlocal, "newConnection")
    )


@explains("A server that started listening with a limit of 0 never accepts")
def accepts_after_raised_limit(script, found):
    raised = rf"^{found.object} setMaxPendingConnections 0$.*^{found.object} listen.*^{found.object} setMaxPendingConnections [1-9]"
    return (
        re.search(raised, "\n".join(script), re.MULTILINE | re.DOTALL) is not None
        and found.stock.text == "nothing"
        and is_signal(found.qlocal, "newConnection")
    )


@explains("A socket that was given an invalid descriptor stays Connected forever")
def never_ends_without_descriptor(_, found):
    state = next((text for text in reversed(found.before) if text.startswith("= ")), "")
    return state.startswith("= Connected") and state.endswith(" nofd")


@explains("Bytes left in the device by `peek` and `ungetChar` stay readable while `abort` ends the connection, or the next")
def keeps_device_buffer(script, found):
    stock, qlocal = State(found.stock.text), State(found.qlocal.text)
    return (
        any(re.search(rf"{found.object} (ungetChar|peek|startTransaction|readLine|getChar)", step) for step in script)
        and signal(found.stock) == signal(found.qlocal)
        and is_signal(found.stock, "stateChanged Unconnected", "aboutToClose", "stateChanged Connected")
        and stock.available > qlocal.available
    )


@explains("`abort()` while unconnected, or a disconnect while Closing, makes the next disconnect skip Closing")
def skips_closing(_, found):
    """Nothing is lost by that; see loses_unread_answer() for the rest."""
    stock, qlocal = State(found.stock.text), State(found.qlocal.text)
    if ends_in_failure_handler(found):
        return any(text == "abort -> done" for text in found.before)
    return (
        is_signal(found.stock, "stateChanged Unconnected")
        and is_signal(found.qlocal, "stateChanged Closing")
        and stock.available == qlocal.available
        and any(text == "abort -> done" or text.startswith("!stateChanged Unconnected") for text in found.before)
    )


def ends_in_failure_handler(found):
    target, what, step = inside(found.stock)
    return (
        target == found.object
        and what.startswith("errorOccurred")
        and re.match(rf"{target} (close|disconnectFromServer)$", step) is not None
        and State(next((text for text in reversed(found.before) if State(text).name), "")).name == "Connecting"
        and is_signal(found.stock, "stateChanged Unconnected")
        and re.match(r"(close|disconnectFromServer) -> done", found.qlocal.text) is not None
    )


@explains("While a connection ends with an error `bytesToWrite()` may or may not count lost bytes")
def counts_lost_bytes(_, found):
    stock, qlocal = State(found.stock.text), State(found.qlocal.text)
    return (
        signal(found.stock) == signal(found.qlocal) == "stateChanged Unconnected"
        and stock.error == qlocal.error == 1
        and differs_in_unsent(found)
    )


@explains("A wait returns false when an event loop in a handler has received what it waits for")
def waits_for_event_of_nested_loop(script, found):
    if found.before[-1:] != ("}",):
        return False
    if re.match(r"waitForReadyRead \d+ -> 0", found.stock.text):
        loops = any(target == found.object and step in TURNS for target, _, step in handlers(script))
        return loops and found.qlocal.text == found.stock.text.replace("-> 0", "-> 1")
    return (
        is_signal(found.stock, "errorOccurred 5")
        and re.match(r"waitForBytesWritten \d+ -> 1", found.qlocal.text) is not None
    )


@explains("`flush()` also sends what handlers of `bytesWritten` write, for as long as they keep writing")
def flushes_handlers_writes(script, found):
    return (
        is_signal(found.stock, "bytesWritten")
        and found.qlocal.text == "flush -> 1"
        and any(
            (target, what) == (found.object, "bytesWritten") and step.startswith(f"{target} write")
            for target, what, step in handlers(script)
        )
    )


@explains("A wait for input, output or the disconnect while Connecting cancels the attempt")
def cancels_attempt_in_wait(_, found):
    state = next((State(text).name for text in reversed(found.before) if State(text).name), None)
    return (
        is_signal(found.stock, "stateChanged Unconnected")
        and state == "Connecting"
        and re.match(r"waitFor(ReadyRead|BytesWritten|Disconnected) \d+ -> 0", found.qlocal.text) is not None
    )


@explains("`write` to a device that is still open while it connects again crashes, if the data is not empty")
def writes_while_connecting(script, found):
    state = next((State(text).name for text in reversed(found.before) if State(text).name), None)
    if fails(found.stock):
        target, _, verb = (inside(found.stock)[2] or step_of(script, found)).partition(" ")
        return verb.startswith("write") and any(re.match(rf"{target} (connect|open)", played) for played in script)
    return state == "Connecting" and found.stock.text == "write 0 -> 0" and found.qlocal.text == "write 0 -> -1"


@explains("In a child of `fork()` whose event dispatcher is neither Qt's nor GLib's, a socket whose copy")
def copy_is_silent_in_foreign_loop(script, found):
    """The driver names copies by the socket's name in capitals."""
    is_copy = found.object[:1].isupper()
    return is_copy and "loop foreign" in script and "fork" in script and found.stock.text.startswith("!")
