"""What a chart is before it is drawn: panels of Vega-Lite, the legend, and the numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Spec = dict[str, Any]
"""A Vega-Lite specification, complete but for its size and its look."""


@dataclass(frozen=True)
class DisplayTable:
    """A table for display: header and rows of text; `numeric` are the columns that are set to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Panel:
    """One plot of a figure; `height` in pixels."""

    title: str
    spec: Spec
    height: int = 220
    alt: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart of the report; `name` is that of its files, `least_width` in pixels before it scrolls."""

    name: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    legend: tuple[tuple[str, str], ...] = ()
    """Label and colour."""
    grid: DisplayTable
    least_width: int = 280
    columns: int = 1
    source: tuple[str, ...] = ()
    """The result and input tables that it is drawn from."""
    notes: tuple[str, ...] = field(default=())


def pivot(first: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> DisplayTable:
    """Returns a grid with time across: a label, then a cell for each column."""
    body = tuple((label, *cells) for label, cells in rows)
    return DisplayTable((first, *columns), body, frozenset(range(1, len(columns) + 1)))
