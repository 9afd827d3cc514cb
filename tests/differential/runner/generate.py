# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Generates random scripts. See script.h for the format.

Each script has a theme, which determines its preferred steps. Steps that are different on purpose get small weights, so
that few scripts contain them: after such a difference the rest of a script is meaningless.
"""

import random

MSECS = (0, 0, 10)
SIZES = (0, 1, 3, 10, 11, 12, 30, 100, 1000)
# A socket's buffers hold about 200 KB by default.
LARGE_SIZES = (20_000, 65_536, 150_000, 300_000, 1 << 20, 3_000_000)
# More than a single read takes, which the kernel holds only with a large enough buffer.
MESSAGE_SIZES = (200_000, 262_144, 300_000, 600_000, 900_000)
SEND_BUFFERS = (4096, 1 << 20, 1 << 20)
READ_SIZES = (0, 1, 5, 20, 200)
MODES = (1, 2, 3, 34, 35)
NAMES = ("n1", "n1", "n1", "n2", "n2", "empty", "dir/n1")

END_SIGNALS = "disconnected aboutToClose readChannelFinished errorOccurred Closing Unconnected".split()
SOCKET_SIGNALS = END_SIGNALS + (
    "readyRead readyRead readyRead bytesWritten bytesWritten connected Connecting Connected".split()
)

# Each call with its weight, and the values of `{}`.
WRITING = (
    (20, "write {}", SIZES),
    (4, "flush", ()),
)
LARGE_WRITING = (
    (20, "write {}", LARGE_SIZES),
    (6, "flush", ()),
)
MESSAGE_WRITING = (
    (20, "write {}", MESSAGE_SIZES),
    (20, "flush", ()),
    (5, "setSendBuffer {}", SEND_BUFFERS),
)
READING = (
    (5, "read {}", READ_SIZES),
    (6, "readAll", ()),
    (5, "readLine {}", READ_SIZES),
    (2, "getChar", ()),
    (2, "canReadLine", ()),
    (0.7, "peek {}", READ_SIZES),
    (2, "skip {}", READ_SIZES),
    (0.2, "ungetChar {}", "xyz"),
    (1, "atEnd", ()),
    (1, "startTransaction", ()),
    (1, "commitTransaction", ()),
    (1, "rollbackTransaction", ()),
)
ENDING = (
    (3, "disconnectFromServer", ()),
    (3, "close", ()),
    (3, "abort", ()),
)
LIMITING = ((1, "setReadBufferSize {}", (0, 1, 5, 10, 100)),)
WAITING = (
    (1, "waitForConnected {}", MSECS),
    (5, "waitForReadyRead {}", MSECS),
    (5, "waitForBytesWritten {}", MSECS),
    (2, "waitForDisconnected {}", MSECS),
)
DELETING = (
    (1, "deleteLater", ()),
    (1, "delete", ()),
)
CONNECTING = (
    (6, "connectToServer n1", ()),
    (1, "connectToServer n1 {}", MODES),
    (1, "connectToServer {}", NAMES),
    (1, "connect", ()),
    (1, "open", ()),
    (1, "open {}", MODES),
    (1, "setServerName {}", NAMES),
    (1, "setSocketOptions {}", (0, 0, 8)),
)
ADOPTING = (
    (3, "setSocketDescriptor {}", ("live", "live", "pair", "lonely")),
    (1, "setSocketDescriptor live 3 {}", MODES),
    (0.05, "setSocketDescriptor {}", ("none", "closed")),
)
SERVING = (
    (20, "accept", ()),
    (3, "listen n1", ()),
    (2, "close", ()),
    (1, "waitForNewConnection {}", MSECS),
)
NAMING = (
    (6, "listen {}", NAMES),
    (1, "listenOn listening", ()),
    (0.2, "listenOn none", ()),
    (2, "setSocketOptions {}", (0, 8)),
    (0.3, "setSocketOptions {}", (1, 7)),
    (2, "remove {}", ("n1", "n2", "empty")),
    (0.3, "listen long", ()),
)
LIMITING_SERVERS = (
    (3, "setMaxPendingConnections {}", (1, 2, 30)),
    (0.3, "setMaxPendingConnections 0", ()),
)


def weighted(calls, factor):
    return tuple((weight * factor, text, values) for weight, text, values in calls)


OPENING = ("v listen n1", "c1 connectToServer n1", "v waitForNewConnection 10", "v accept")
FROM_THE_SECOND = ("v listen n1", "C1 connectToServer n1", "v waitForNewConnection 10", "v accept")
TO_THE_SECOND = ("V listen n1", "c1 connectToServer n1", "V waitForNewConnection 10", "V accept")

COMMON = WRITING + READING + ENDING + WAITING


class Theme:
    """The ingredients of scripts of one kind."""

    def __init__(self, sockets, clients=CONNECTING, servers=SERVING, **others):
        self.calls = {"s": servers, "a": sockets, "c": sockets + clients}
        self.signals = others.get("signals", SOCKET_SIGNALS)
        self.hooks = others.get("hooks", 0.1)
        self.turns = others.get("turns", 0.2)
        self.start = others.get("start", ())
        self.opening = others.get("opening", OPENING)
        # Steps between calls.
        self.others = others.get("others", ())
        self.objects = others.get("objects", "v c1 c1 c1 c1 c2 c2 c3 a1 a1 a1 a1 a2 a2 a3").split()


THEMES = (
    (30, Theme(COMMON + weighted(DELETING, 0.3))),
    # Handlers do most of it.
    (20, Theme(COMMON + weighted(DELETING, 0.3), weighted(CONNECTING, 0.3), hooks=0.4)),
    # No event loop, except at the beginning.
    (8, Theme(WRITING + READING + ENDING + weighted(WAITING, 4), turns=0.02)),
    # More than the kernel accepts. How often it is announced differs, so no handler is connected to that.
    (8, Theme(LARGE_WRITING + READING + ENDING + WAITING, signals=END_SIGNALS, hooks=0.05, turns=0.3)),
    (5, Theme(COMMON + weighted(LIMITING, 8))),
    (8, Theme(COMMON + weighted(ADOPTING, 4), weighted(CONNECTING, 0.5), objects="v c1 c1 c2 c3 c4 a1 a2 a3")),
    (10, Theme(COMMON, weighted(CONNECTING, 3), SERVING + weighted(NAMING, 3), objects="v v v w w c1 c1 c2 c3 a1 a2")),
    # One client waits for room in the backlog: which of several connects first is unspecified.
    (
        3,
        Theme(
            ENDING + WRITING + WAITING[:1],
            weighted(CONNECTING[:1], 8),
            start=("v setListenBacklogSize 1",),
            objects="v c1 c2 c3",
        ),
    ),
    (
        5,
        Theme(
            ENDING + WRITING + READING,
            weighted(CONNECTING[:1], 8),
            SERVING + LIMITING_SERVERS,
            start=("v setMaxPendingConnections 1",),
            objects="v v c1 c2 c3 c4 a1",
        ),
    ),
    # Each signal counts.
    (5, Theme(COMMON, start=("coalescing",), hooks=0)),
    (3, Theme(COMMON + weighted(DELETING, 4), servers=SERVING + DELETING, hooks=0.3)),
    # Messages that the kernel holds as a whole, or not.
    (
        4,
        Theme(
            MESSAGE_WRITING + weighted(READING, 0.3) + weighted(ENDING, 0.3),
            signals=END_SIGNALS + ["readyRead"] * 6,
            hooks=0.2,
            opening=(*OPENING, "c1 setSendBuffer 1048576"),
            objects="v c1 c1 c1 c2 a1 a1 a2",
        ),
    ),
    # A second process, started fresh or as a copy, with the client or the server.
    (
        5,
        Theme(
            COMMON + weighted(DELETING, 0.3),
            weighted(CONNECTING, 0.3),
            start=("exec",),
            opening=FROM_THE_SECOND,
            objects="v c1 C1 C1 C1 C1 C2 a1 a1 a1 a1 a2",
        ),
    ),
    (
        3,
        Theme(
            COMMON,
            weighted(CONNECTING, 0.3),
            start=("fork",),
            opening=TO_THE_SECOND,
            objects="V C1 c1 c1 c1 c1 c2 A1 A1 A1 A1 A2",
        ),
    ),
    # A copy of a process that has connections.
    (
        3,
        Theme(
            WRITING + READING + ENDING,
            weighted(CONNECTING, 0.3),
            objects="v c1 c1 c1 c2 c2 a1 a1 a1 a2 C2 C2 C2 C3 C1 A1",
            opening=(*OPENING, "fork"),
            others=("leave", "vanish"),
        ),
    ),
)

# Which event loop runs: none means Qt's own.
LOOPS = ((80, ()), (10, ("loop glib",)), (10, ("loop foreign",)))


class Generator:
    def __init__(self, seed, virtuals=False):
        self.random = random.Random(seed)
        self.virtuals = ("virtuals",) * virtuals

    def script(self):
        """A list of 5 to 60 steps."""
        self.theme = self.random.choices([theme for _, theme in THEMES], [weight for weight, _ in THEMES])[0]
        # How much has arrived when one end is notified depends on whether the other end was notified before.
        self.unheard = self.random.choice(("readyRead", "bytesWritten"))
        length = min(60, 5 + int(self.random.expovariate(1 / 14)))
        loop = self.random.choices([loop for _, loop in LOOPS], [weight for weight, _ in LOOPS])[0]
        steps = [*loop, *self.virtuals, *self.theme.start]
        if self.random.random() < 0.9:
            steps += self.theme.opening
        while len(steps) < length:
            step = self.step()
            if "setSocketDescriptor" in step:
                # Listening again without closing is useless.
                steps.append(f"{step.split()[0]} close")
            steps.append(step)
            if "setSocketDescriptor pair" in step:
                steps += ["c4 close", "c4 setSocketDescriptor other"]
        return steps

    def step(self):
        choice = self.random.random()
        if self.theme.others and self.random.random() < 0.03:
            return self.random.choice(self.theme.others)
        if choice < self.theme.turns:
            return self.turns()
        if choice < self.theme.turns + self.theme.hooks:
            return self.hook()
        return self.call(self.object())

    def turns(self):
        return self.random.choice(("settle",) * 9 + ("poll",) * 3 + ("rest",) * 3 + ("exclude",))

    def object(self):
        return self.random.choice(self.theme.objects)

    def hook(self):
        """A step inside a signal of the object itself: the order of other objects' signals is unspecified."""
        source = self.object()
        number = self.random.choice((1, 1, 1, 2))
        if source in "vwVW":
            signal = "newConnection"
            step = self.random.choice((f"{source} accept", self.turns(), self.call(source)))
        else:
            signal = self.random.choice([signal for signal in self.theme.signals if signal != self.unheard])
            if signal in ("readyRead", "bytesWritten"):
                # The number of pieces in which data arrives is unspecified too.
                number = 1
            step = self.turns() if self.random.random() < 0.1 else self.call(source)
            if "setSocketDescriptor" in step:
                step = f"{source} abort"
        return f"on {source} {signal} {number} {step}"

    def call(self, target):
        calls = self.theme.calls["s" if target in "vwVW" else target[0].lower()]
        _, text, values = self.random.choices(calls, [weight for weight, _, _ in calls])[0]
        return f"{target} " + (text.format(self.random.choice(values)) if values else text)
