# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Plays scripts with a driver, and reads the traces."""

import os
import subprocess
import threading


class Driver:
    """One of the two programs: it plays every script in a process of its own."""

    def __init__(self, program, dispatcher):
        environment = dict(os.environ)
        environment.pop("QT_NO_GLIB", None)
        if dispatcher == "unix":
            environment["QT_NO_GLIB"] = "1"
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )

    def play(self, script):
        text = "\n".join(script) + "\n\n"
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            text = line.decode(errors="replace").rstrip("\n")
            if text.startswith("=\t"):
                return Trace(lines, text[2:])
            lines.append(text)
        raise RuntimeError("a driver has ended")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Trace:
    """What happened to each object, in order, and how the script ended."""

    def __init__(self, lines, ending):
        self.ending = ending
        self.objects = {}
        step = "0"
        for line in lines:
            name, _, text = line.partition("\t")
            if name == "#":
                step = text
            else:
                self._add(name, step, text)

    def _add(self, name, step, text):
        events = self.objects.setdefault(name, [])
        if events and events[-1][0] == step:
            merged = _merged(events[-1][1], text)
            if merged:
                events[-1] = (step, merged)
                return
        events.append((step, text))

    @property
    def ended_well(self):
        return self.ending == "exit 0"

    def lines(self):
        for name in sorted(self.objects):
            for step, text in self.objects[name]:
                yield f"{step:>3} {name} {text}"
        yield f"    {self.ending}"


def _merged(first, second):
    """Adjacent readyRead are one, adjacent bytesWritten one of the sum."""
    if first.startswith("!readyRead") and second.startswith("!readyRead"):
        return second
    if first.startswith("!bytesWritten") and second.startswith("!bytesWritten"):
        size = int(first.split()[1]) + int(second.split()[1])
        return f"!bytesWritten {size} |" + second.partition("|")[2]
    return None


def play_both(drivers, script):
    """The traces of the script by stock Qt and by qlocal, played at the same time."""
    traces = [None, None]

    def play(index):
        traces[index] = drivers[index].play(script)

    thread = threading.Thread(target=play, args=(1,))
    thread.start()
    play(0)
    thread.join()
    return traces
