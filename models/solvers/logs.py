"""Objective and bound read from the lines that engines print while they run."""

from __future__ import annotations

import math
import re

Figures = tuple[float | None, float | None]
"""Objective and bound, None where the line says nothing."""

_SCIP_FIELDS = 16
# SCIP prints seven digits; the bound is moved by one unit of the last, so that rounding never overstates it.
_SCIP_ROUNDING = 1e-6
_CP_SAT = re.compile(r"^#\S+ .*best:(\S+)\s+next:\[([^,\]]*),")
_CBC_NODE = re.compile(r"Cbc0010I After .* (\S+) best solution, best possible (\S+)")
_CBC_FOUND = re.compile(r"Cbc00(?:04|12|16)I Integer solution of (\S+) found")


def number(text: str) -> float | None:
    """Returns the finite number that a field holds, None for a blank, a word or an infinity."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e20 else None


def scip(line: str) -> Figures:
    """Reads a row of SCIP's table."""
    fields = line.split("|")
    if len(fields) < _SCIP_FIELDS or "%" not in fields[-1] + fields[-2] + line[-8:]:
        return None, None
    bound, objective = number(fields[-4]), number(fields[-3])
    return objective, None if bound is None else bound - _SCIP_ROUNDING * abs(bound)


def highs(line: str) -> Figures:
    """Reads a row of HiGHS' branch-and-bound table."""
    _, percent, rest = line.partition("%")
    fields = rest.split()
    if not percent or len(fields) < 8 or "|" in rest:
        return None, None
    return number(fields[1]), number(fields[0])


def cp_sat(line: str) -> Figures:
    """Reads a line of CP-SAT such as `#1 0.01s best:-3 next:[-5,-4] default_lp`."""
    match = _CP_SAT.match(line)
    return (number(match[1]), number(match[2])) if match else (None, None)


def cbc(line: str) -> Figures:
    """Reads a line of CBC's log."""
    if match := _CBC_NODE.search(line):
        return number(match[1]), number(match[2])
    if match := _CBC_FOUND.search(line):
        return number(match[1]), None
    return None, None
