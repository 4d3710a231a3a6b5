"""Measures the planner over a ladder of cases, beside its rivals, and prints tables; nothing passes or fails by time.

    python -m tests.benchmarks [--only ladder,rivals] [--rungs lab-year,lab-month] [--keep FILE] [--write PAGE]

Runs are one after another, each in a process of its own. With `--keep` every record goes to a file of JSON lines at
once; a second run of the same sources goes on where the first one ended. `--only page` measures nothing and writes the
page from the file. Sections of a page that were not measured stay as they are in it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from models.solve import DEFAULT
from tests.benchmarks.ladder import GAP, LADDER, NAMES, SEED, rung_of
from tests.benchmarks.measure import Keep
from tests.benchmarks.page import page, updated
from tests.benchmarks.perturbed import REPORTED
from tests.benchmarks.runs import RIVALS, Asked, Runs, say

PARTS = ("startup", "outside", "pypsa", "rivals", "perturbed", "ladder")
PAGE_ONLY = "page"
LADDER_LIMIT_S = 60.0
SEEDS = f"{REPORTED[0]}-{REPORTED[-1]}"


def parser():
    found = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found.add_argument("--only", default=",".join(PARTS), help=f"parts, of {', '.join(PARTS)}; or {PAGE_ONLY}")
    found.add_argument("--rungs", default=",".join(NAMES), help="rungs of the ladder to climb")
    own = ",".join(rung.name for rung in LADDER if rung.for_rivals)
    found.add_argument("--rival-rungs", default=own, help="rungs that rivals solve too")
    found.add_argument("--rivals", default=",".join(RIVALS), help="who they are")
    found.add_argument("--repeats", type=int, default=3, help="runs of each entrant, by turns")
    found.add_argument("--gap", type=float, default=GAP, help="relative gap of the rivals' runs; rungs have their own")
    found.add_argument("--limit", type=float, default=900.0, help="seconds for a run among rivals")
    found.add_argument("--ladder-limit", type=float, help="seconds for a rung; by default the limit, at most 60")
    found.add_argument("--slow", type=float, default=60.0, help="seconds from which on a rival is run only once")
    found.add_argument("--threads", type=int, default=1, help="threads for CBC and HiGHS among rivals")
    found.add_argument("--engine", default=DEFAULT, help="our engine")
    found.add_argument("--seed", type=int, default=SEED, help="seed of the ladder's differences")
    found.add_argument("--perturbations", default=SEEDS, help="first and last seed of the perturbed cases")
    found.add_argument("--rivals-python", default=sys.executable, help="a Python that has PyPSA")
    found.add_argument("--keep", type=Path, help="file of records to go on with")
    found.add_argument("--write", type=Path, help="page to write, such as docs/performance.md")
    return found


def asked_of(arguments, scratch):
    """What the command line asks for; raises ValueError for a part or rung that there is not."""
    ladder_limit = arguments.ladder_limit or min(arguments.limit, LADDER_LIMIT_S)
    return Asked(
        rungs=tuple(rung_of(name).name for name in listed(arguments.rungs)),
        rival_rungs=tuple(rung_of(name).name for name in listed(arguments.rival_rungs)),
        rivals=rivals_of(arguments.rivals),
        repeats=arguments.repeats,
        gap=arguments.gap,
        limit=arguments.limit,
        ladder_limit=ladder_limit,
        slow=arguments.slow,
        threads=arguments.threads,
        engine=arguments.engine,
        seed=arguments.seed,
        python=arguments.rivals_python,
        scratch=scratch,
        perturbations=seeds_of(arguments.perturbations),
    )


def rivals_of(text):
    """The rivals that are asked for; raises ValueError for one that there is not."""
    rivals = listed(text)
    strange = [rival for rival in rivals if rival not in RIVALS]
    if strange:
        msg = f"there is no rival '{strange[0]}'; there are {', '.join(RIVALS)}"
        raise ValueError(msg)
    return tuple(rivals)


def seeds_of(text):
    """The seeds from the first to the last one; raises ValueError where there are none."""
    first, _, last = text.partition("-")
    if not (first.isdigit() and last.isdigit() and 0 < int(first) <= int(last)):
        msg = f"seeds are two numbers such as {SEEDS}, not '{text}'"
        raise ValueError(msg)
    return tuple(range(int(first), int(last) + 1))


def parts_of(text):
    """The parts to run, in order; raises ValueError for one that there is not."""
    parts = listed(text)
    strange = [part for part in parts if part not in (*PARTS, PAGE_ONLY)]
    if strange:
        msg = f"there is no part '{strange[0]}'; there are {', '.join(PARTS)} and {PAGE_ONLY}"
        raise ValueError(msg)
    return [part for part in PARTS if part in parts]


def listed(text):
    return [part.strip() for part in text.split(",") if part.strip()]


def main():
    line = parser()
    arguments = line.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            parts, asked = parts_of(arguments.only), asked_of(arguments, Path(scratch))
        except ValueError as error:
            line.error(str(error))
        keep = Keep.opened(arguments.keep, any_source=not parts)
        if keep.strangers:
            say(f"{keep.strangers} records of other sources in {arguments.keep} are not looked at.")
        runs = Runs(asked, keep)
        if parts:
            runs.machine()
        for part in parts:
            say(f"{part}:")
            getattr(runs, part)()
    text = page(keep)
    if arguments.write is not None:
        if arguments.write.exists():
            text = updated(arguments.write.read_text(encoding="utf-8"), text)
        arguments.write.write_text(text, encoding="utf-8")
        say(f"{arguments.write} is written.")
    else:
        say(f"\n{text}")


if __name__ == "__main__":
    main()
