"""How well each input is founded: sourced, derived, judged or without a source, read from its note and source."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from models.case import TABLES, Case
from models.solution import Solution
from models.tables.fleet_rows import InputRow
from planner.results.node_labels import NodeLabels
from planner.results.table import Cell, Table, table

SOURCED, DERIVED, JUDGED, NO_SOURCE = BASES = ("sourced", "derived", "judged", "no source")
_BASIS = re.compile(r"\bbasis: (sourced|derived|judged)\b", re.IGNORECASE)
_JUDGED = re.compile(r"\b(judg\w*|recollect\w*|assum\w*|guess\w*|estimate of our own|illustrative)\b", re.IGNORECASE)
_DERIVED = re.compile(r"\bderiv\w*\b", re.IGNORECASE)


def basis_of(row: InputRow) -> str:
    """Returns how a row is founded: as it says itself (`Basis: …`), else by the weakest word in note and source.

    A row that speaks of judgement or recollection is judged, one that speaks of derivation derived, another with a
    source sourced; of a row without note and source nothing is known.
    """
    return _founded(row.note, row.source)


@functools.lru_cache(10_000)
def _founded(note: str, source: str) -> str:
    stated = _BASIS.search(note)
    if stated:
        return stated.group(1).lower()
    words = f"{note} {source}"
    if _JUDGED.search(words):
        return JUDGED
    if _DERIVED.search(words):
        return DERIVED
    return SOURCED if source.strip() else NO_SOURCE


def counts_of(case: Case) -> dict[str, dict[str, int]]:
    """Returns the rows of each input table by how they are founded; tables without rows are left out."""
    found: dict[str, dict[str, int]] = {}
    for name in TABLES:
        rows: Sequence[InputRow] = getattr(case, name)
        if rows:
            marks = [basis_of(row) for row in rows]
            found[name] = {basis: marks.count(basis) for basis in BASES}
    return found


def input_basis(solution: Solution, _: NodeLabels) -> Table:
    """Returns how many rows of each input table are sourced, derived, judged or without a source, and of all."""
    return table_of(solution.model.frame.stated)


def table_of(case: Case) -> Table:
    """Returns the table of a case."""
    counts = counts_of(case)
    rows: list[tuple[Cell, ...]] = [
        (name, sum(entry.values()), *(entry[basis] for basis in BASES)) for name, entry in counts.items()
    ]
    sums = [sum(entry[basis] for entry in counts.values()) for basis in BASES]
    rows.append(("all", sum(sums), *sums))
    return table("input_basis", "table rows sourced derived judged no_source", rows)


MAKES = (input_basis,)
