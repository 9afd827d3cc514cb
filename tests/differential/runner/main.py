# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Plays random scripts against stock Qt and against qlocal, and compares the traces.

The scripts in the folder `scripts`, each for one behaviour, come first.
"""

import argparse
import collections
import multiprocessing
import os
import pathlib
import random
import sys
import typing

from compare import Difference, difference, shrink, side_by_side
from drivers import Pair
from explain import explain
from explanation import EXPLANATIONS
from generate import Generator

# The maximum share of all scripts that one row may explain. With few scripts a share is meaningless.
MAX_SHARE = 0.02
MIN_TO_SHARE = 2000

# The tolerated share of differences that are not reproducible; depends on the load of the machine.
MAX_VANISHED = 0.002
TIMES_TO_TRY_AGAIN = 3

FIXED_SCRIPTS = pathlib.Path(__file__).resolve().parents[1] / "scripts"

DISPATCHERS = ("glib", "unix")


def arguments():
    parser = argparse.ArgumentParser(prog="script/differential", description=__doc__)
    parser.add_argument("--scripts", type=int, default=1000, help="number of scripts (default: 1000)")
    parser.add_argument("--seed", type=int, help="random seed (default: a new one)")
    parser.add_argument("--dispatcher", choices=DISPATCHERS + ("both",), default="both")
    parser.add_argument("--play", metavar="FILE", help="play only the script in this file")
    parser.add_argument("--mutation", metavar="NAME", help="inject this fault into qlocal")
    parser.add_argument("--virtuals", action="store_true", help="also compare the calls of virtual functions")
    parser.add_argument("--explained", action="store_true", help="also print explained differences")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="number of scripts at the same time")
    parser.add_argument("--programs", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.dispatchers = DISPATCHERS if options.dispatcher == "both" else (options.dispatcher,)
    return options


class Outcome(typing.NamedTuple):
    """The outcome of a script that was played differently."""

    title: str
    script: list
    # None if it was not reproducible.
    found: typing.Optional[Difference]
    row: typing.Optional[str]
    text: str


class Player:
    """Plays scripts in a separate process, with separate drivers."""

    def __init__(self, options):
        self.pairs = {
            dispatcher: Pair(options.programs, dispatcher, options.mutation)
            for dispatcher in options.dispatchers
        }

    def play(self, title, dispatcher, script):
        """None if there is no difference."""
        play = self.pairs[dispatcher].play
        title = f"{title}, dispatcher {dispatcher}"
        traces = play(script)
        first = difference(traces)
        if not first:
            return None
        found = next(filter(None, (difference(play(script)) for _ in range(TIMES_TO_TRY_AGAIN))), None)
        if not found:
            return Outcome(title, script, None, None, report(script, first, traces))
        script = shrink(play, script, found)
        traces = play(script)
        found = difference(traces) or found
        return Outcome(title, script, found, explain(script, found), report(script, found, traces))


def report(script, found, traces):
    lines = [*script, "", *side_by_side(traces, found.step), ""]
    return "\n".join([f"stock: {found.kind[0]}; qlocal: {found.kind[1]}", *lines])


def work(task):
    return Player.instance.play(*task)


def start_worker(options):
    Player.instance = Player(options)


def read(path):
    """The steps of a script; lines that begin with `#` are comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def play_one(options):
    script = read(pathlib.Path(options.play))
    different = False
    for dispatcher in options.dispatchers:
        traces = Pair(options.programs, dispatcher, options.mutation).play(script)
        found = difference(traces)
        print(f"dispatcher {dispatcher}: {'stock: %s; qlocal: %s' % found.kind if found else 'no difference'}")
        print("\n".join(side_by_side(traces)))
        different = different or found is not None
    return int(different)


def scripts(seed, count, virtuals):
    """Each with its title."""
    for path in sorted(FIXED_SCRIPTS.glob("*.txt")):
        yield path.name, read(path)
    for number in range(count):
        yield f"script {number}", Generator(f"{seed}/{number}", virtuals).script()


def play_many(options):
    seed = random.randrange(1 << 32) if options.seed is None else options.seed
    print(f"seed {seed}, dispatchers {', '.join(options.dispatchers)}", flush=True)
    tasks = (
        (title, dispatcher, script)
        for title, script in scripts(seed, options.scripts, options.virtuals)
        for dispatcher in options.dispatchers
    )
    explained, unexplained, once = collections.Counter(), collections.Counter(), 0
    with multiprocessing.Pool(options.jobs, start_worker, (options,)) as pool:
        for outcome in filter(None, pool.imap_unordered(work, tasks, 4)):
            if not outcome.found:
                once += 1
                print(f"--- {outcome.title}, not reproducible: {outcome.text}", flush=True)
            elif outcome.row:
                explained[outcome.row] += 1
                if options.explained:
                    print(f"--- {outcome.title}, explained by {outcome.row}: {outcome.text}", flush=True)
            else:
                unexplained[outcome.found.kind] += 1
                # The first of a kind with its traces, the others as scripts to replay.
                is_first = unexplained[outcome.found.kind] == 1
                text = outcome.text if is_first else f"another of a known kind: {'; '.join(outcome.script)}"
                print(f"--- {outcome.title}: {text}", flush=True)
                if options.mutation:
                    break
    return sum_up(options, explained, unexplained, once)


def sum_up(options, explained, unexplained, once):
    played = options.scripts * len(options.dispatchers)
    too_broad = [
        row
        for row, count in explained.items()
        if played >= MIN_TO_SHARE and count > MAX_SHARE * played
    ]
    for row, count in explained.most_common():
        print(f"{count:6} explained: {row}" + (" (TOO MANY)" if row in too_broad else ""))
    for (stock, qlocal), count in unexplained.most_common():
        print(f"{count:6} unexplained: stock: {stock}; qlocal: {qlocal}")
    unsteady = once > max(1, MAX_VANISHED * played)
    print(f"{once:6} not reproducible" + (" (TOO MANY)" if unsteady else ""))
    total = explained.total() + unexplained.total()
    print(f"{options.scripts} scripts, {total} differences, {explained.total()} explained")
    return int(bool(unexplained) or bool(too_broad) or unsteady)


def unknown_rows():
    """The explanations without a row on the page."""
    page = (pathlib.Path(__file__).resolve().parents[3] / "COMPATIBILITY.md").read_text(encoding="utf-8")
    return [row for row, _ in EXPLANATIONS if f"| {row}" not in page]


def main():
    if unknown_rows():
        sys.exit(f"COMPATIBILITY.md has no such rows: {unknown_rows()}")
    options = arguments()
    return play_one(options) if options.play else play_many(options)


if __name__ == "__main__":
    sys.exit(main())
