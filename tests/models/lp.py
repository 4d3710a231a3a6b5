"""Rows of a program as readable lines, written apart from the package's own files so that it can be compared to them.

A golden file holds the rows of one requirement, and the bounds of the variables in them that are not merely ≥ 0:

    site_power[north,2027]: 0.001 active[alpha,north,2027] - 0.05 build[hall,2027] <= 0.1
    bounds: build[hall,2027] in {0 .. 3}

Braces mark integers. Terms are sorted by name, and rows by their text: two texts are equal whatever the order in
which a family states them.
"""

from __future__ import annotations

import math


def lp_lines(program, requirement):
    """The sorted lines of one requirement of a program; none when it has no such rows."""
    names = [
        block.name(index) for block in program.column_names for index in range(block.first, block.first + block.size)
    ]
    rows, seen = [], set()
    for block in program.row_names:
        if block.block != requirement:
            continue
        for index in range(block.first, block.first + block.size):
            entries = range(int(program.starts[index]), int(program.starts[index + 1]))
            seen.update(int(program.columns[entry]) for entry in entries)
            terms = sorted((names[program.columns[entry]], float(program.values[entry])) for entry in entries)
            rows.append(f"{block.name(index)}: {_sum(terms)} {_side(program, index)}")
    return sorted(rows) + sorted(filter(None, (_bound(program, names[column], column) for column in seen)))


def number(value):
    """A number with ten digits, without a sign on zero."""
    return f"{value + 0.0:.10g}"


def _sum(terms):
    parts = []
    for name, value in terms:
        sign = "-" if value < 0 else "+"
        size = number(abs(value))
        parts.append(f"{sign} {name}" if size == "1" else f"{sign} {size} {name}")
    text = " ".join(parts) or "0"
    return text.removeprefix("+ ").replace("- ", "-", 1) if text.startswith("-") else text.removeprefix("+ ")


def _side(program, index):
    low, high = float(program.row_lower[index]), float(program.row_upper[index])
    if low == high:
        return f"= {number(low)}"
    parts = ([f">= {number(low)}"] if math.isfinite(low) else []) + (
        [f"<= {number(high)}"] if math.isfinite(high) else []
    )
    return " and ".join(parts) or "free"


def _bound(program, name, column):
    low, high = float(program.column_lower[column]), float(program.column_upper[column])
    whole = bool(program.is_integer[column])
    if not whole and low == 0 and math.isinf(high):
        return ""
    left, right = "{}" if whole else "[]"
    return f"bounds: {name} in {left}{number(low)} .. {number(high)}{right}"
