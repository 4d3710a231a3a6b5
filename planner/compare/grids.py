"""Lines of numbers as a grid of text, the same in every medium: reference, then each run with its difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from planner.compare.page import Page, figure_name
from planner.compare.parts import CASH, FRACTION, MUSD, NET_PRESENT_COST, Comparison, Line, Standing
from planner.compare.words import NONE, difference, figure, share, sign

MOST_WITH_VALUES = 3
"""With more runs beside the reference, only their differences are shown."""


@dataclass(frozen=True)
class GridRow:
    """One line as text; `quiet` marks cells that are no finding, `is_total` a sum."""

    label: str
    cells: tuple[str, ...]
    quiet: tuple[bool, ...]
    is_total: bool


@dataclass(frozen=True)
class TextGrid:
    """A small table: its title (with the unit where it is one for all), headers of its cells, and rows."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[GridRow, ...]


def grids_of(comparison: Comparison, page: Page) -> tuple[TextGrid, TextGrid, TextGrid, TextGrid]:
    """Returns net present money by category, cash by year, service and key figures."""
    return (
        _grid(comparison, page.present, f"Net present, {MUSD}", lambda line: category_name(line.labels[0])),
        _grid(comparison, page.cash, f"Cash, {MUSD}", lambda line: line.labels[1]),
        _grid(comparison, page.service, "Share of demand served", lambda line: f"{line.labels[0]}, {line.labels[1]}"),
        _grid(comparison, page.key_figures, "Key figures", _figure_label),
    )


def category_name(category: str) -> str:
    """Returns a cost category as it is read: `tape_out` is `tape-out`, `value_left` is `value left`."""
    return {"tape_out": "tape-out"}.get(category, category.replace("_", " "))


def is_total(line: Line) -> bool:
    """True for the line that sums those above it."""
    return line.labels[0] == NET_PRESENT_COST or (line.labels[0] == CASH and not line.labels[1].isdigit())


def _figure_label(line: Line) -> str:
    return figure_name(line) if line.unit == FRACTION else f"{figure_name(line)}, {line.unit}"


def _grid(comparison: Comparison, lines: Sequence[Line], title: str, label: Callable[[Line], str]) -> TextGrid:
    first, *others = comparison.sides
    with_values = len(others) <= MOST_WITH_VALUES
    with_share = len(others) == 1 and any(line.unit != FRACTION for line in lines)
    headers = [first.letter]
    for side in others:
        headers += [side.letter] if with_values else []
        headers += [f"{side.letter} − {first.letter}"]
        headers += ["%"] if with_share else []
    rows = []
    for line in lines:
        cells = [*_cells(comparison, line, with_values=with_values, with_share=with_share)]
        texts, quiet = tuple(text for text, _ in cells), tuple(is_quiet for _, is_quiet in cells)
        rows.append(GridRow(label(line), texts, quiet, is_total(line)))
    return TextGrid(title, tuple(headers), tuple(rows))


def _cells(comparison: Comparison, line: Line, *, with_values: bool, with_share: bool) -> Iterator[tuple[str, bool]]:
    yield figure(line.values[0], line.unit), False
    for run in comparison.others:
        standing = line.standings[run - 1]
        is_quiet = standing in (Standing.SAME, Standing.WITHIN, Standing.APART)
        if with_values:
            yield figure(line.values[run], line.unit), False
        told = f"{difference(line.difference(run), line.unit)} {sign(line, run)}".strip()
        nil = {Standing.SAME: NONE, Standing.APART: ""}.get(standing)
        yield told if nil is None else nil, is_quiet
        if with_share:
            yield share(line.share(run)).removesuffix(" %") if nil is None else "", is_quiet
