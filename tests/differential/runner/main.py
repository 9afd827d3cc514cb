# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Plays random scripts against stock Qt and against qlocal, and compares what happened."""

import argparse
import collections
import random
import sys

from compare import difference, shrink, side_by_side
from drivers import Driver, play_both
from explain import explain
from generate import Generator


def arguments():
    parser = argparse.ArgumentParser(prog="script/differential", description=__doc__)
    parser.add_argument("--scripts", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--seed", type=int, help="where the scripts come from (default: a new one)")
    parser.add_argument("--dispatcher", choices=("glib", "unix"), default="glib")
    parser.add_argument("--programs", required=True, help="folder of the two drivers")
    parser.add_argument("--play", help="file with one script to play instead")
    return parser.parse_args()


class Run:
    def __init__(self, options):
        self.drivers = [
            Driver(f"{options.programs}/differential_{flavour}", options.dispatcher)
            for flavour in ("stock", "qlocal")
        ]
        self.explained = collections.Counter()
        self.unexplained = collections.Counter()

    def play(self, title, script):
        """Plays it again alone before it counts: what a busy machine did does not come twice."""
        wanted = difference(play_both(self.drivers, script))
        if not wanted or difference(play_both(self.drivers, script)) != wanted:
            return
        script = shrink(self.drivers, script, wanted)
        traces = play_both(self.drivers, script)
        row = explain(script, wanted)
        if row:
            self.explained[row] += 1
            return
        self.unexplained[wanted] += 1
        if self.unexplained[wanted] == 1:
            report(title, script, wanted, traces)

    def close(self):
        for driver in self.drivers:
            driver.close()


def report(title, script, wanted, traces):
    print(f"--- {title}: stock: {wanted[0]}; qlocal: {wanted[1]}")
    print("\n".join(script))
    print()
    print("\n".join(side_by_side(traces)))
    print(flush=True)


def main():
    options = arguments()
    run = Run(options)
    if options.play:
        with open(options.play, encoding="utf-8") as file:
            script = [line.strip() for line in file if line.strip()]
        traces = play_both(run.drivers, script)
        print("\n".join(side_by_side(traces)))
        return int(difference(traces) is not None)
    seed = random.randrange(1 << 32) if options.seed is None else options.seed
    print(f"seed {seed}, dispatcher {options.dispatcher}", flush=True)
    for number in range(options.scripts):
        run.play(f"script {number}", Generator(f"{seed}/{number}").script())
    run.close()
    for row, count in run.explained.most_common():
        print(f"{count:6} explained: {row}")
    for pair, count in run.unexplained.most_common():
        print(f"{count:6} unexplained: stock: {pair[0]}; qlocal: {pair[1]}")
    explained, unexplained = run.explained.total(), run.unexplained.total()
    print(f"{options.scripts} scripts, {explained + unexplained} differences, {explained} explained")
    return int(unexplained > 0)


if __name__ == "__main__":
    sys.exit(main())
