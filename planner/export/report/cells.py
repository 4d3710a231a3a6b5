"""Cells of finished tables as numbers and text, and sums of them for display."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner.export.dossier import Dossier
from planner.results.table import Cell

Record = Mapping[str, Cell]


def number(cell: Cell) -> float:
    """Returns a cell as a number; 0 where it is blank or text."""
    return float(cell) if isinstance(cell, int | float) else 0.0


def text(cell: Cell) -> str:
    """Returns a cell as text; nothing where it is blank."""
    return "" if cell is None else str(cell)


def weight(row: Record) -> float:
    """Returns the probability of a row: 1, unless the plan branches."""
    return number(row["probability"]) if "probability" in row else 1.0


def reported(dossier: Dossier, table: str) -> list[dict[str, Cell]]:
    """Returns the rows of a table whose period is reported; those of the lookahead are left out."""
    kept = set(dossier.periods)
    return [row for row in dossier.records(table) if row["period"] in kept]


def sums(rows: Iterable[Record], keys: tuple[str, ...], value: str) -> dict[tuple[str, ...], float]:
    """Returns a column added up by some other columns, in the order met; expected values where the plan branches."""
    found: dict[tuple[str, ...], float] = {}
    for row in rows:
        key = tuple(text(row[name]) for name in keys)
        found[key] = found.get(key, 0.0) + number(row[value]) * weight(row)
    return found


def branches(dossier: Dossier) -> bool:
    """True when the plan knows several futures, so that sums of its tables are expected values."""
    return "key_figures" in dossier.tables and any("node" in table.columns for table in dossier.tables.values())
