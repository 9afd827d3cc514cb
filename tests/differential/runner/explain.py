# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""The known differences, each with its row of COMPATIBILITY.md.

A predicate sees the shortest script and its first difference, and has to recognise the behaviour of both stock Qt and
qlocal. Its row is identified by the beginning of the row's text about stock Qt.
"""

import re

from events import (
    ENDS,
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

EXPLANATIONS = []

# The value of QEvent.
CHILD_ADDED = 68


def explains(row):
    def register(predicate):
        EXPLANATIONS.append((row, predicate))
        return predicate

    return register


def explain(script, found):
    """The row that explains the difference, or None."""
    views = [view for view in (found, beyond_calls(found)) if view]
    for row, predicate in EXPLANATIONS:
        if any(predicate(script, view) for view in views):
            return row
    return None


def beyond_calls(found):
    """The difference without the surrounding calls of virtual functions, or None if only those differ."""
    events, rests = [], []
    for event, rest in zip((found.stock, found.qlocal), found.after):
        first, *others = without_calls((event.text, *rest)) or ["nothing"]
        events.append(event._replace(text=first))
        rests.append(tuple(others))
    if events[0].text == events[1].text:
        return None
    before = tuple(without_calls(found.before))
    return found._replace(stock=events[0], qlocal=events[1], before=before, after=tuple(rests))


def without_calls(texts):
    return [text for text in texts if not text.startswith("> ")]


# Better on purpose.


@explains("Connecting again in a handler of the disconnect leaves a socket that crashes or transfers nothing")
def connects_again_in_the_end(script, found):
    ends = tuple(end.split()[-1] for end in ENDS)
    connects = {
        who
        for who, what, step in handlers(script)
        if what in ends and re.match(rf"{who} (connect|open)", step)
    }
    if fails(found.stock):
        return bool(connects)
    return found.object in connects and (
        any(re.match(rf"{found.object} (connect|open)", step) for *_, step in found.stock.inside + found.qlocal.inside)
        or any(re.match(rf"{{ {found.object} (connect|open)", text) for text in found.before)
    )


@explains("Ending a connection in a handler of stateChanged(Connected) crashes")
def ends_before_the_device_opens(script, found):
    return fails(found.stock) and any(
        what == "Connected" and re.match(rf"{who} (abort|close|disconnectFromServer)", step)
        for who, what, step in handlers(script)
    )


@explains("`delete` of the sender reads freed memory in many signals")
def deletes_in_a_handler(script, found):
    deleted = {who for who, _, step in handlers(script) if step == f"{who} delete"}
    if not fails(found.stock):
        # Its own wait uses freed memory.
        own_wait = re.match(r"(\w+) waitFor\w+ \d+ ->", found.stock.text)
        return bool(own_wait) and own_wait[1] in deleted and f"{{ {own_wait[1]} delete" in found.before
    deleted_by_a_loop = any(
        step in TURNS and f"{{ {step}" in found.before and any(f"{who} deleteLater" in played for played in script)
        for who, _, step in handlers(script)
    )
    return deleted_by_a_loop or any(f"{{ {who} delete" in found.before for who in deleted)


@explains("With a full read buffer a wait for input burns a core until it times out, and any wait does so forever")
def waits_with_a_full_buffer(script, found):
    return found.stock.text == "hang" and any(
        re.match(r"(\w+) waitFor", step) and f"{step.split()[0]} setReadBufferSize" in "\n".join(script)
        for step in (step_of(script, found), inside(found.stock)[2])
        if step
    )


@explains("The peer answers and closes, then we write: the unread answer is lost")
def loses_the_unread_answer(script, found):
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
def loses_what_a_loop_has_met(script, found):
    stock, qlocal = State(found.stock.text), State(found.qlocal.text)
    loops = any(
        (who, what) == (found.object, "errorOccurred") and (step in TURNS or step.startswith(f"{who} waitFor"))
        for who, what, step in handlers(script)
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
def listens_on_too_long_a_name(script, found):
    return (
        found.object in "vwVW"
        and step_of(script, found).endswith("listen long")
        and "'QLocalServer::listen: Unknown error" in found.stock.text
        and "'QLocalServer::listen: Name error'" in found.qlocal.text
    )


@explains("Its accepted sockets show a private temporary path")
def shows_a_temporary_path(script, found):
    return (
        any(re.search(r" setSocketOptions [1-7]$", step) for step in script)
        and re.search(r" 's' 'TMP/\.\w+/s'", found.stock.text) is not None
        and re.search(r" '(\w+)' 'TMP/\1'", found.qlocal.text) is not None
    )


@explains("A server with access options takes the name of a live one")
def takes_the_name_of_a_live_one(script, found):
    return (
        any(re.search(r" setSocketOptions [1-7]$", step) for step in script)
        and re.match(r"listen (\w+) -> 1", found.stock.text) is not None
        and re.match(r"listen (\w+) -> 0", found.qlocal.text) is not None
    )


@explains("`close()` removes whatever file has the name")
def removes_the_file_of_another(script, found):
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


@explains("All received bytes give one `readyRead`; bytes written in one turn arrive together")
def hears_of_it_in_other_pieces(script, found):
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
        hears_of_it_later(stock, found.after[0], qlocal)
        or hears_of_it_later(qlocal, found.after[1], stock)
        or hears_of_the_end_later(found, stock, qlocal, found.after[0])
        or hears_of_the_end_later(found, qlocal, stock, found.after[1])
        or ends_before_the_answer(script, found)
        or has_sent_before_the_flush(found)
        or is_taken_before_its_end(script, found)
    )


def has_sent_before_the_flush(found):
    """The bytes that a readyRead handler would flush already fill the kernel in one of the two."""
    who, what, step = inside(found.stock)
    if (who, step) != (found.object, f"{who} flush") or not what.startswith("readyRead"):
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


def is_taken_before_its_end(script, found):
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


def hears_of_it_later(late, rest, early):
    """One receives less, or nothing in a wait inside a handler, but the rest in the same step."""
    if not is_signal(early, "readyRead") or not any(text.startswith("!readyRead") for text in rest):
        return False
    if is_signal(late, "readyRead"):
        return State(late.text).available < State(early.text).available
    who, _, step = inside(late)
    return step.startswith(f"{who} waitFor") and inside(early)[2] == step


def hears_of_the_end_later(found, late, early, rest):
    """In a wait inside a handler one times out, and learns of the peer's end right after it; the other in the wait."""
    who, _, step = inside(late)
    return (
        step.startswith(f"{who} waitForDisconnected")
        and inside(early)[2] == step
        and late.text.startswith("!errorOccurred 5")
        and early.text in rest
        and found.states[0] == found.states[1]
    )


def ends_before_the_answer(script, found):
    """One end closes in its handler, the other has written: the result depends on which is served first."""
    stock, qlocal = found.stock, found.qlocal
    transfer = [(who, step) for who, what, step in handlers(script) if what in ("readyRead", "bytesWritten")]
    ending = {who for who, step in transfer if re.match(rf"{who} (close|abort|disconnectFromServer)$", step)}
    answering = {who for who, step in transfer if step.startswith(f"{who} write")}
    if last_state(found).unsent > 0:
        answering.add(found.object)
    return (
        any(one != other for one in ending for other in answering)
        and not (stock.inside or qlocal.inside)
        and all(is_signal(event, "readyRead", "bytesWritten", "errorOccurred 1") for event in (stock, qlocal))
    )


@explains("Sending through an unconnected descriptor is an unknown error")
def sends_without_a_connection(_, found):
    return (
        is_signal(found.stock, "errorOccurred -1")
        and "Unknown error 107" in found.stock.text
        and is_signal(found.qlocal, "errorOccurred 7")
    )


@explains("`close()` leaves the file of a server whose options have since been set to abstract names")
def leaves_a_file(script, found):
    """A client is refused because nothing listens, or the name is in use."""
    changed = r"^(\w) listen n\d$.*\b\1 setSocketOptions 8$.*\b\1 (close|delete|deleteLater)$"
    if not re.search(changed, "\n".join(script), re.MULTILINE | re.DOTALL):
        return False
    return (is_signal(found.stock, "errorOccurred 0") and is_signal(found.qlocal, "errorOccurred 2")) or (
        re.match(r"listen \w+ -> 0", found.stock.text) is not None
        and re.match(r"listen \w+ -> 1", found.qlocal.text) is not None
    )


# Different on purpose.


@explains("The listening descriptor (`QLocalServer::socketDescriptor()`) is blocking")
def accepts_what_a_loop_has_accepted(script, found):
    """A loop in a handler has served the listener, and the one around it has the same news of it."""
    loops = any(step in TURNS for *_, step in handlers(script))
    return "loop foreign" in script and found.stock.text == "hang" and loops


@explains("`listen(qintptr)` with anything but a local stream socket returns true")
def listens_on_nothing(_, found):
    pattern = r"listenOn (none|closed) -> "
    return bool(re.match(pattern + "1", found.stock.text) and re.match(pattern + "0", found.qlocal.text))


@explains("A socket waiting for room in a backlog has a timer and a notifier as children")
def has_children_while_it_waits(_, found):
    return (
        found.stock.text == f"> event {CHILD_ADDED}"
        and State(next((text for text in reversed(found.before) if State(text).name), "")).name == "Connecting"
    )


@explains("When a handler of a failed connect's `errorOccurred` calls `abort()`, `close()` is called once more afterwards")
def closes_a_failed_attempt_twice(script, found):
    return (
        found.stock.text == "> close"
        and found.before[-1:] == ("}",)
        and f"{{ {found.object} abort" in found.before
        and any(
            (who, what, step) == (found.object, "errorOccurred", f"{who} abort") for who, what, step in handlers(script)
        )
    )


@explains("Bytes that a handler of `bytesWritten` sends by `flush()` or a wait are never announced")
def sends_in_bytes_written(script, found):
    sends = any(
        (who, what) == (found.object, "bytesWritten")
        and (step in TURNS or re.match(rf"{who} (flush|waitFor)", step))
        for who, what, step in handlers(script)
    )
    if sends and is_signal(found.qlocal, "readyRead", "errorOccurred 5"):
        # Inside the handler: not announced yet in qlocal, and never in stock Qt.
        return (
            differs_in_unsent(found)
            and State(found.stock.text).unsent < State(found.qlocal.text).unsent
            and any(who == found.object and what.startswith("bytesWritten") for who, what, _ in found.stock.inside)
        )
    return sends and is_signal(found.qlocal, "bytesWritten") and found.stock.text != found.qlocal.text


@explains("Large writes in one turn are announced one by one")
def announces_large_writes_apart(script, found):
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
def ends_an_attempt(script, found):
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
        (who, what) == (found.object, "Connecting") and re.match(ending, step)
        for who, what, step in handlers(script)
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
def waits_for_a_good_part(script, found):
    large = [step for step in script if re.match(rf"{found.object} write \d{{5}}", step)]
    return (
        len(large) > 1
        and is_signal(found.stock, "errorOccurred 5")
        and is_signal(found.qlocal, "bytesWritten")
        and State(found.qlocal.text).unsent > 0
    )


@explains("`waitForConnected` in a handler of the failure tries again, and announces the failure again")
def tries_again(_, found):
    who, what, step = inside(found.stock)
    return (
        who == found.object
        and step.startswith(f"{who} waitForConnected")
        and signal(found.stock) == what
        and what.startswith("errorOccurred")
        and re.match(r"waitForConnected \d+ -> 0", found.qlocal.text) is not None
    )


@explains("A transaction continues in the next connection, where `bytesAvailable` may be negative")
def goes_on_with_a_transaction(script, found):
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
def announces_the_error_again(_, found):
    who, what, step = inside(found.stock)
    return (
        who == found.object
        and what in ("errorOccurred 1", "errorOccurred 7")
        and step.startswith(f"{who} waitFor")
        and is_signal(found.stock, what)
    )


@explains("`readChannelFinished` comes twice when a handler of the disconnect also ends the connection")
def finishes_twice(_, found):
    return is_signal(found.stock, "readChannelFinished") and any(
        text.startswith("!readChannelFinished") for text in found.before
    )


@explains("A wait in a handler of the disconnect crashes; `waitForDisconnected` may return false or time out there")
def waits_in_a_handler_of_the_end(_, found):
    who, _, step = inside(found.stock)
    if fails(found.stock) and step.startswith(f"{who} waitFor"):
        return is_inside_end(found.stock, who)
    return step.startswith(f"{who} waitForDisconnected") and (
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
def accepts_once_the_limit_is_raised(script, found):
    raised = rf"^{found.object} setMaxPendingConnections 0$.*^{found.object} listen.*^{found.object} setMaxPendingConnections [1-9]"
    return (
        re.search(raised, "\n".join(script), re.MULTILINE | re.DOTALL) is not None
        and found.stock.text == "nothing"
        and is_signal(found.qlocal, "newConnection")
    )


@explains("A socket that was given an invalid descriptor stays Connected forever")
def never_ends_without_a_descriptor(_, found):
    state = next((text for text in reversed(found.before) if text.startswith("= ")), "")
    return state.startswith("= Connected") and state.endswith(" nofd")


@explains("Bytes left in the device by `peek` and `ungetChar` stay readable while `abort` ends the connection, or the next")
def keeps_what_is_in_the_device(script, found):
    stock, qlocal = State(found.stock.text), State(found.qlocal.text)
    return (
        any(re.search(rf"{found.object} (ungetChar|peek|startTransaction|readLine|getChar)", step) for step in script)
        and signal(found.stock) == signal(found.qlocal)
        and is_signal(found.stock, "stateChanged Unconnected", "aboutToClose", "stateChanged Connected")
        and stock.available > qlocal.available
    )


@explains("`abort()` while unconnected, or a disconnect while Closing, makes the next disconnect skip Closing")
def skips_closing(_, found):
    """Nothing is lost by that; see loses_the_unread_answer() for the rest."""
    stock, qlocal = State(found.stock.text), State(found.qlocal.text)
    if ends_in_the_handler_of_a_failure(found):
        return any(text == "abort -> done" for text in found.before)
    return (
        is_signal(found.stock, "stateChanged Unconnected")
        and is_signal(found.qlocal, "stateChanged Closing")
        and stock.available == qlocal.available
        and any(text == "abort -> done" or text.startswith("!stateChanged Unconnected") for text in found.before)
    )


def ends_in_the_handler_of_a_failure(found):
    who, what, step = inside(found.stock)
    return (
        who == found.object
        and what.startswith("errorOccurred")
        and re.match(rf"{who} (close|disconnectFromServer)$", step) is not None
        and State(next((text for text in reversed(found.before) if State(text).name), "")).name == "Connecting"
        and is_signal(found.stock, "stateChanged Unconnected")
        and re.match(r"(close|disconnectFromServer) -> done", found.qlocal.text) is not None
    )


@explains("While a connection ends with an error `bytesToWrite()` may or may not count lost bytes")
def counts_what_is_lost(_, found):
    stock, qlocal = State(found.stock.text), State(found.qlocal.text)
    return (
        signal(found.stock) == signal(found.qlocal) == "stateChanged Unconnected"
        and stock.error == qlocal.error == 1
        and differs_in_unsent(found)
    )


@explains("A wait returns false when an event loop in a handler has received what it waits for")
def waits_for_what_a_handler_has_met(script, found):
    if found.before[-1:] != ("}",):
        return False
    if re.match(r"waitForReadyRead \d+ -> 0", found.stock.text):
        loops = any(who == found.object and step in TURNS for who, _, step in handlers(script))
        return loops and found.qlocal.text == found.stock.text.replace("-> 0", "-> 1")
    return (
        is_signal(found.stock, "errorOccurred 5")
        and re.match(r"waitForBytesWritten \d+ -> 1", found.qlocal.text) is not None
    )


@explains("`flush()` also sends what handlers of `bytesWritten` write, for as long as they keep writing")
def flushes_what_handlers_write(script, found):
    return (
        is_signal(found.stock, "bytesWritten")
        and found.qlocal.text == "flush -> 1"
        and any(
            (who, what) == (found.object, "bytesWritten") and step.startswith(f"{who} write")
            for who, what, step in handlers(script)
        )
    )


@explains("A wait for input, output or the disconnect while Connecting cancels the attempt")
def gives_up_in_a_wait(_, found):
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
        who, _, verb = (inside(found.stock)[2] or step_of(script, found)).partition(" ")
        return verb.startswith("write") and any(re.match(rf"{who} (connect|open)", played) for played in script)
    return state == "Connecting" and found.stock.text == "write 0 -> 0" and found.qlocal.text == "write 0 -> -1"


@explains("In a child of `fork()` whose event dispatcher is neither Qt's nor GLib's, a socket whose copy")
def copy_is_silent_in_a_foreign_loop(script, found):
    """The driver names copies by the socket's name in capitals."""
    is_copy = found.object[:1].isupper()
    return is_copy and "loop foreign" in script and "fork" in script and found.stock.text.startswith("!")
