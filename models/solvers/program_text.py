"""Writes a program as `.lp` and free `.mps` text, and its rows as lines that people compare.

Neither format keeps an objective constant in a way that every reader honours, so it travels on a column fixed at 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from models.program import Names, Program

CONSTANT = "constant"
OBJECTIVE = "objective"
_ILLEGAL = re.compile(r"[^A-Za-z0-9_.()~,;!#$%&?@{}']")
# The LP grammar reads a leading digit or full stop, and an `e` before a digit, as a number.
_NUMERIC_START = re.compile(r"^([0-9.]|[eE][0-9.+-]|[eE]$)")
# Words that open a section or bound a column in the LP grammar.
_WORDS = re.compile(
    r"^(st|s\.t\.|st\.|subject|such|max|min|maximize|maximise|minimize|minimise|bounds?|binary|binaries|bin"
    r"|generals?|gen|integers?|int|free|inf|infinity|end|semi|sos[12]?)$",
    re.IGNORECASE,
)
_LONGEST_NAME = 200
_INFINITE = 1e30
_TERMS_A_LINE = 6
_CHUNK = 2000


def column_names(program: Program) -> list[str]:
    """Returns the readable name of every column."""
    return _all_names(program.column_names, program.column_count, "x")


def row_names(program: Program) -> list[str]:
    """Returns the readable name of every row."""
    return _all_names(program.row_names, program.row_count, "row")


def legal_names(names: Iterable[str]) -> list[str]:
    """Returns names that both formats accept, close to the readable ones, none twice."""
    taken: dict[str, int] = {}
    made = []
    for name in names:
        bare = _ILLEGAL.sub("_", name.replace("[", "(").replace("]", ")"))[:_LONGEST_NAME]
        if not bare or _NUMERIC_START.match(bare) or _WORDS.match(bare):
            bare = f"_{bare}"
        legal = bare
        while legal in taken:
            taken[bare] = taken.get(bare, 1) + 1
            legal = f"{bare}~{taken[bare]}"
        taken[legal] = 1
        made.append(legal)
    return made


def mps_text(program: Program, *, short_names: bool = False) -> Iterator[str]:
    """Yields the program as free MPS in pieces of whole lines; short names are `x0` and `r0`."""
    columns, rows = _file_names(program, short_names=short_names)
    yield f"NAME program FREE\nROWS\n N {OBJECTIVE}\n"
    kinds = [_kind(low, high) for low, high in _sides(program)]
    yield from _lines(f" {kind} {name}" for kind, name in zip(kinds, rows, strict=True))
    yield "COLUMNS\n"
    yield from _lines(_mps_columns(program, columns, rows))
    yield "RHS\n"
    yield from _lines(
        f" rhs {name} {_right_side(kind, low, high)!r}"
        for kind, name, (low, high) in zip(kinds, rows, _sides(program), strict=True)
    )
    yield "RANGES\n"
    yield from _lines(
        f" range {name} {high - low!r}"
        for kind, name, (low, high) in zip(kinds, rows, _sides(program), strict=True)
        if kind == "G" and np.isfinite(high) and np.isfinite(low)
    )
    yield "BOUNDS\n"
    yield from _lines(_mps_bounds(program, columns))
    yield "ENDATA\n"


def lp_text(program: Program) -> Iterator[str]:
    """Yields the program in CPLEX's LP format in pieces of whole lines."""
    columns, rows = _file_names(program, short_names=False)
    yield f"Minimize\n {OBJECTIVE}:"
    # Every column is named here, since readers refuse bounds of columns that they have not met.
    cost = zip(program.objective.tolist(), columns[: program.column_count], strict=True)
    terms = [_term(value, name) for value, name in cost]
    terms += [_term(program.constant, columns[-1])] if _has_constant(program) else []
    yield from _wrapped(terms)
    yield "Subject To\n"
    for index, (low, high) in enumerate(_sides(program)):
        yield from _lp_row(program, index, rows[index], columns, low=low, high=high)
    yield "Bounds\n"
    yield from _lines(_lp_bounds(program, columns))
    yield "Generals\n"
    yield from _lines(f" {columns[index]}" for index in np.flatnonzero(program.is_integer).tolist())
    yield "End\n"


def _all_names(blocks: tuple[Names, ...], count: int, letter: str) -> list[str]:
    if not blocks:
        return [f"{letter}{index}" for index in range(count)]
    return [block.name(index) for block in blocks for index in range(block.first, block.first + block.size)]


def _file_names(program: Program, *, short_names: bool) -> tuple[list[str], list[str]]:
    """Returns legal names of columns and rows; the constant's column comes last where there is a constant."""
    if short_names:
        columns = [f"x{index}" for index in range(program.column_count)]
        rows = [f"r{index}" for index in range(program.row_count)]
    else:
        columns = legal_names(column_names(program))
        rows = legal_names([OBJECTIVE, *row_names(program)])[1:]
    return (legal_names([*columns, CONSTANT]) if _has_constant(program) else columns), rows


def _has_constant(program: Program) -> bool:
    # A program without columns needs one all the same: some readers refuse an empty objective.
    return program.constant != 0 or program.column_count == 0


def _sides(program: Program) -> Iterator[tuple[float, float]]:
    return zip(program.row_lower.tolist(), program.row_upper.tolist(), strict=True)


def _kind(low: float, high: float) -> str:
    if low == high:
        return "E"
    return "L" if low == -np.inf and high != np.inf else "G"


def _right_side(kind: str, low: float, high: float) -> float:
    side = high if kind == "L" else low
    # A row without sides stays a row: readers drop free rows, and with them the numbering.
    return side if np.isfinite(side) else -_INFINITE


def _mps_columns(program: Program, columns: list[str], rows: list[str]) -> Iterator[str]:
    order = np.argsort(program.columns, kind="stable")
    row_of = program.row_of_entries()[order].tolist()
    values = program.values[order].tolist()
    counts = np.bincount(program.columns, minlength=program.column_count)
    ends = np.cumsum(counts).tolist()
    inside, start = False, 0
    for index, (cost, whole) in enumerate(zip(program.objective.tolist(), program.is_integer.tolist(), strict=True)):
        if whole != inside:
            yield f" marker{index} 'MARKER' '{'INTORG' if whole else 'INTEND'}'"
            inside = whole
        name = columns[index]
        yield f" {name} {OBJECTIVE} {cost!r}"
        for entry in range(start, ends[index]):
            yield f" {name} {rows[row_of[entry]]} {values[entry]!r}"
        start = ends[index]
    if inside:
        yield " marker_end 'MARKER' 'INTEND'"
    if _has_constant(program):
        yield f" {columns[-1]} {OBJECTIVE} {program.constant!r}"


def _mps_bounds(program: Program, columns: list[str]) -> Iterator[str]:
    for name, low, high in zip(columns, program.column_lower.tolist(), program.column_upper.tolist(), strict=False):
        if low == high:
            yield f" FX bound {name} {low!r}"
            continue
        # Both bounds are always written: readers differ in what an integer column has without them.
        yield f" MI bound {name}" if low == -np.inf else f" LO bound {name} {low!r}"
        yield f" PL bound {name}" if high == np.inf else f" UP bound {name} {high!r}"
    if _has_constant(program):
        yield f" FX bound {columns[-1]} 1"


def _lp_row(program: Program, index: int, name: str, columns: list[str], *, low: float, high: float) -> Iterator[str]:
    """Yields one row, or two for a row with two sides: readers disagree on ranges in this format."""
    span = slice(int(program.starts[index]), int(program.starts[index + 1]))
    entries = zip(program.values[span].tolist(), program.columns[span].tolist(), strict=True)
    terms = [_term(value, columns[column]) for value, column in entries] or [_term(0.0, columns[0])]
    kind = _kind(low, high)
    sign = {"E": "=", "L": "<=", "G": ">="}[kind]
    yield f" {name}:"
    yield from _wrapped([*terms, f"{sign} {_right_side(kind, low, high)!r}"])
    if kind == "G" and np.isfinite(low) and np.isfinite(high):
        yield f" {name}~upper:"
        yield from _wrapped([*terms, f"<= {high!r}"])


def _lp_bounds(program: Program, columns: list[str]) -> Iterator[str]:
    for name, low, high in zip(columns, program.column_lower.tolist(), program.column_upper.tolist(), strict=False):
        if low == -np.inf and high == np.inf:
            yield f" {name} free"
        elif low == high:
            yield f" {name} = {low!r}"
        elif low == -np.inf:
            yield f" -inf <= {name} <= {high!r}"
        elif high == np.inf:
            yield f" {name} >= {low!r}"
        else:
            yield f" {low!r} <= {name} <= {high!r}"
    if _has_constant(program):
        yield f" {columns[-1]} = 1"


def _term(value: float, name: str) -> str:
    return f"{'-' if value < 0 else '+'} {abs(value)!r} {name}"


def _wrapped(terms: list[str]) -> Iterator[str]:
    """Yields terms over lines of a length that old readers accept."""
    for start in range(0, max(1, len(terms)), _TERMS_A_LINE):
        yield f" {' '.join(terms[start : start + _TERMS_A_LINE])}\n"


def _lines(lines: Iterable[str]) -> Iterator[str]:
    """Yields lines in pieces, so that a large program is never one text in memory."""
    piece: list[str] = []
    for line in lines:
        piece.append(line)
        if len(piece) == _CHUNK:
            yield "\n".join(piece) + "\n"
            piece = []
    if piece:
        yield "\n".join(piece) + "\n"
