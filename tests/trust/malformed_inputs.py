"""T10: malformed files, folders, workbooks and runs: a sentence, soon, in little memory, and never a half-read case."""

from __future__ import annotations

import atexit
import functools
import re
import shutil
import tempfile
from pathlib import Path

from tests.planner import malformed
from tests.trust import items
from tests.trust.tools import require

FOLDERS, WORKBOOKS, RUNS = 300, 100, 60
FIRST = 10_000
FILES = tuple(f"planner/case/test_{name}.py" for name in ("files", "numbers", "units", "labels", "workbook"))
HOSTILE = "planner/case/test_workbook_hostile.py"
TITLE = (
    f"malformed input: files with a known answer; {FOLDERS} folders, {WORKBOOKS} workbooks and {RUNS} runs by chance"
)


@functools.cache
def home():
    """A folder of this process for what every check starts from."""
    found = Path(tempfile.mkdtemp(prefix="trust-malformed-"))
    atexit.register(shutil.rmtree, found, ignore_errors=True)
    return found


@functools.cache
def sound_workbook():
    return malformed.made_workbook(home())


@functools.cache
def sound_run():
    return malformed.made_run(home())


def names():
    return items.items(*FILES, HOSTILE)


def count():
    return FOLDERS + WORKBOOKS + RUNS + len(names())


def check(number, tools):
    if number >= FOLDERS + WORKBOOKS + RUNS:
        return items.run(names()[number - FOLDERS - WORKBOOKS - RUNS])
    place, seed = tools.folder(), FIRST + number
    if number < FOLDERS:
        commands = [("check", malformed.folder(seed, place))]
    elif number < FOLDERS + WORKBOOKS:
        commands = [("check", malformed.workbook(seed, place, sound_workbook()))]
    else:
        there = malformed.run(seed, place, sound_run())
        others = [("report", there, "-o", place / "out"), ("compare", sound_run(), there, "-o", place / "c")]
        commands = [("verify", there), *others]
    told = []
    for command in commands:
        done = malformed.ended(*command)
        trouble = done.trouble(command[0])
        require(not trouble, f"{command[0]}, number {seed}: {trouble}")
        told.append(f"{command[0]} ended with {done.code} after {done.seconds:.2f} s at {done.megabytes:.0f} MB")
    return "; ".join(told)


def remark(details):
    """The worst time and memory."""
    found = [(float(s), float(mb)) for told in details for s, mb in re.findall(r"after ([\d.]+) s at (\d+) MB", told)]
    if not found:
        return ""
    slowest, largest = max(s for s, _ in found), max(mb for _, mb in found)
    return f"{len(found):,} commands on odd inputs: worst {slowest:.1f} s, and {largest:.0f} MB"
