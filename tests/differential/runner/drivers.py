# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Plays scripts with the two programs."""

import os
import subprocess

from trace import Trace


class Driver:
    """One of the programs: it plays every script in a separate process."""

    def __init__(self, program, dispatcher, mutation=None):
        environment = dict(os.environ)
        environment.pop("QT_NO_GLIB", None)
        # Qt's own dispatcher serves descriptors in the order of a hash table.
        environment["QT_HASH_SEED"] = "0"
        if dispatcher == "unix":
            environment["QT_NO_GLIB"] = "1"
        if mutation:
            environment["QLOCAL_MUTATION"] = mutation
        self.process = subprocess.Popen(
            [program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # The C library's message about a crash is not part of a trace.
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    def start(self, script):
        self.process.stdin.write(("\n".join(script) + "\n\n").encode())
        self.process.stdin.flush()

    def trace(self, script):
        lines = []
        for line in self.process.stdout:
            text = line.decode(errors="replace").rstrip("\n")
            if text.startswith("=\t"):
                return Trace(lines, text[2:], merge="coalescing" not in script)
            lines.append(text)
        raise RuntimeError("a driver has ended")


class Pair:
    """Stock Qt and qlocal, under one of the event dispatchers."""

    def __init__(self, programs, dispatcher, mutation=None):
        qlocal = "differential_mutations" if mutation else "differential_qlocal"
        self.drivers = (
            Driver(f"{programs}/differential_stock", dispatcher),
            Driver(f"{programs}/{qlocal}", dispatcher, mutation),
        )

    def play(self, script):
        """The traces of the script in stock Qt and in qlocal, which play it at the same time."""
        for driver in self.drivers:
            driver.start(script)
        return tuple(driver.trace(script) for driver in self.drivers)
