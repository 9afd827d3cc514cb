# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

"""Lists the faults that can be injected into qlocal, or, given the folder of the programs, shows that each is found."""

import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE.parents[2] / "src/mutation.rs"


def mutations():
    """Names and descriptions."""
    return re.findall(r'^    \("([a-z-]+)", "(.*)"\),$', TABLE.read_text(encoding="utf-8"), re.MULTILINE)


def find_each(programs):
    command = [sys.executable, "-B", str(HERE / "main.py"), "--programs", programs]
    missed = []
    for name, _ in mutations():
        run = subprocess.run(command + ["--mutation", name], stdout=subprocess.PIPE, text=True, check=False)
        found = run.returncode == 1 and " unexplained: " in run.stdout
        print(f"{name}: {'found' if found else 'MISSED'}", flush=True)
        if not found:
            print(run.stdout)
            missed.append(name)
    return int(bool(missed))


def main():
    if len(sys.argv) > 1:
        return find_each(sys.argv[1])
    for name, what in mutations():
        print(f"{name:18} {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
