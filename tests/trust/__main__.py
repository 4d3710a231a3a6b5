"""Runs the trials of docs/trust.md at full count and prints a table; CI runs none of this.

    python -m tests.trust [--only T4,T8] [--count N] [--workers N] [--minutes M] [--write docs/trust.md]

Every result goes to a file of JSON lines at once, under the hash of `models` and `planner`: a run goes on where the one
before it ended, by itself, by `--minutes` or by Ctrl-C. Checks that did not hold are printed with how to run them
again, and the command then ends with 1. `--count 0` runs nothing and makes the table.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path

from tests.trust import table, trials
from tests.trust.state import State
from tests.trust.tools import Tools
from tests.trust.workers import attempt, results


def parser():
    found = argparse.ArgumentParser(
        prog="python -m tests.trust", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found.add_argument("--only", default=",".join(trials.NAMES), help="trials, in the order in which to run them")
    found.add_argument("--count", type=int, default=sys.maxsize, help="checks of each trial, at most")
    found.add_argument("--workers", type=int, default=1, help="processes that run checks")
    found.add_argument("--minutes", type=float, default=math.inf, help="begin nothing after so many minutes")
    found.add_argument("--state", type=Path, default=Path("outputs/trust"), help="folder of results to go on from")
    found.add_argument("--retry", action="store_true", help="run what did not hold again")
    found.add_argument("--number", type=int, help="run this one check of the trial, here, and keep nothing")
    found.add_argument("--write", type=Path, help="page with a place for the table, such as docs/trust.md")
    return found


def main(words=None):
    line = parser()
    asked = line.parse_args(words)
    names = [name.strip() for name in asked.only.split(",") if name.strip()]
    try:
        counts = {name: trials.module_of(name).count() for name in names}
    except trials.UnknownTrialError as error:
        line.error(str(error))
    if asked.number is not None:
        return one(names[0], asked.number)
    state = State(asked.state)
    if asked.retry:
        state.results = {key: result for key, result in state.results.items() if result.held}
    tasks = [(name, number) for name in names for number in state.missing(name, asked.count)]
    print(f"{len(tasks):,} checks to run of {sum(counts.values()):,}; results in {state.path}", flush=True)
    run(state, tasks, asked)
    text = table.markdown(state)
    print(text)
    if asked.write is not None:
        table.write(asked.write, text)
    missed = table.failures(state)
    print("\n".join(["", f"{len(missed)} checks did not hold:", *missed] if missed else ["", "Every check held."]))
    return 1 if missed else 0


def run(state, tasks, asked):
    """Runs the tasks and keeps their results; Ctrl-C ends it with what there is."""
    try:
        for result in results(tasks, asked.workers, time.monotonic() + 60.0 * asked.minutes):
            state.add(result)
            if not result.held:
                print(f"{result.trial} {result.number} did not hold: {result.detail}", flush=True)
    except KeyboardInterrupt:
        print("Stopped; the next run goes on from here.", flush=True)


def one(name, number):
    """Runs one check here and prints what came of it."""
    tools = Tools()
    try:
        result = attempt(name, number, tools)
    finally:
        tools.close()
    print(f"{name} {number} {'held' if result.held else 'did not hold'} in {result.seconds} s. {result.detail}")
    return 0 if result.held else 1


if __name__ == "__main__":
    sys.exit(main())
