# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Makes random scripts. See script.h for what the words mean."""

import random

SOCKET_SIGNALS = (
    "connected disconnected readyRead readyRead readyRead bytesWritten aboutToClose"
    " readChannelFinished errorOccurred Connecting Connected Closing Unconnected"
).split()
MSECS = (0, 1, 5, 10)
SIZES = (0, 1, 3, 10, 11, 12, 30, 100, 1000)
LARGE_SIZES = (5000, 20000, 70000, 300000)
MODES = (1, 2, 19, 35)

# Each call of a socket with its weight; `{}` is filled in by the function beside it.
SOCKET_CALLS = (
    (20, "write {}", lambda r: r.choice(LARGE_SIZES if r.random() < 0.08 else SIZES)),
    (5, "read {}", lambda r: r.choice((0, 1, 5, 20, 200))),
    (6, "readAll", None),
    (5, "readLine {}", lambda r: r.choice((0, 2, 5, 20, 200))),
    (2, "canReadLine", None),
    (2, "peek {}", lambda r: r.choice((1, 5, 50))),
    (2, "skip {}", lambda r: r.choice((1, 5, 50))),
    (1, "ungetChar {}", lambda r: r.choice("xyz")),
    (1, "atEnd", None),
    (1, "startTransaction", None),
    (1, "commitTransaction", None),
    (1, "rollbackTransaction", None),
    (4, "flush", None),
    (3, "disconnectFromServer", None),
    (3, "close", None),
    (3, "abort", None),
    (2, "setReadBufferSize {}", lambda r: r.choice((0, 1, 5, 10, 100))),
    (1, "waitForConnected {}", lambda r: r.choice(MSECS)),
    (5, "waitForReadyRead {}", lambda r: r.choice(MSECS)),
    (5, "waitForBytesWritten {}", lambda r: r.choice(MSECS)),
    (2, "waitForDisconnected {}", lambda r: r.choice(MSECS)),
    (1, "deleteLater", None),
    (1, "delete", None),
)
CLIENT_CALLS = (
    (6, "connectToServer n1", None),
    (1, "connectToServer n1 {}", lambda r: r.choice(MODES)),
    (1, "connectToServer {}", lambda r: r.choice(("n2", "empty", "dir/n1"))),
    (1, "connectToServer", None),
    (1, "setServerName {}", lambda r: r.choice(("n1", "n2"))),
    (1, "setSocketOptions {}", lambda r: r.choice((0, 0, 8))),
    (1, "open", None),
)
SERVER_CALLS = (
    (20, "accept", None),
    (4, "listen {}", lambda r: r.choice(("n1", "n1", "n1", "n2", "empty", "dir/n1"))),
    (2, "close", None),
    (4, "waitForNewConnection {}", lambda r: r.choice(MSECS)),
    (1, "setMaxPendingConnections {}", lambda r: r.choice((0, 1, 2, 30))),
    (1, "setListenBacklogSize 20", None),
    (1, "setSocketOptions {}", lambda r: r.choice((0, 1, 7, 8))),
    (1, "remove {}", lambda r: r.choice(("n1", "n2", "empty"))),
    (1, "delete", None),
)


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def script(self):
        """A list of 5 to 60 steps."""
        length = min(60, 5 + int(self.random.expovariate(1 / 14)))
        steps = []
        if self.random.random() < 0.9:
            steps = ["v listen n1", "c1 connectToServer n1", "settle", "v accept"]
        while len(steps) < length:
            steps.append(self.step())
        return steps

    def step(self):
        choice = self.random.random()
        if choice < 0.2:
            return "settle"
        if choice < 0.3:
            return self.hook()
        return self.call(self.object())

    def object(self):
        return self.random.choice("v c1 c1 c1 c1 c2 c2 c3 a1 a1 a1 a1 a2 a2 a3".split())

    def hook(self):
        """A step inside a signal, mostly of the object that emits it."""
        source = self.object()
        if source == "v":
            return f"on v newConnection {self.random.choice((1, 2))} " + self.random.choice(
                ("v accept", "v close", "settle", self.call(self.object()))
            )
        target = source if self.random.random() < 0.7 else self.object()
        step = "settle" if self.random.random() < 0.1 else self.call(target)
        return f"on {source} {self.random.choice(SOCKET_SIGNALS)} 1 {step}"

    def call(self, target):
        calls = SERVER_CALLS if target == "v" else SOCKET_CALLS
        if target.startswith("c"):
            calls = SOCKET_CALLS + CLIENT_CALLS
        _, text, argument = self.random.choices(calls, [weight for weight, _, _ in calls])[0]
        return f"{target} " + text.format(argument(self.random) if argument else "")
