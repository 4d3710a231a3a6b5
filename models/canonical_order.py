"""The rows of every table in the order of their keys, so that it does not matter in which order they were given."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from models.case import TABLES, Case
from models.identity_cache import kept_by_identity
from models.tables.column_descriptions import key_columns

LOOKED_UP = frozenset(("demand", "throughput", "resale", "prices", "limit_use", "ramp", "added_supply"))
LOOKED_UP |= frozenset(("lead_times", "backlogs", "site_series", "delays", "disruptions", "roles", "scenario_values"))
"""Tables whose rows are looked up by their key alone: in another order they state the same program, byte for byte."""
_KEPT = 512
"""Tables that are kept in order: the futures of a tree share most of theirs."""


def in_canonical_order(case: Case) -> Case:
    """Returns the case with rows in the order of their keys; the very case where they are in that order already."""
    found: dict[str, Any] = {}
    for table in TABLES:
        rows = getattr(case, table)
        if len(rows) > 1 and table not in LOOKED_UP and (ordered := _ordered(rows)) is not rows:
            found[table] = ordered
    return replace(case, **found) if found else case


@kept_by_identity(_KEPT)
def _ordered(rows: tuple[Any, ...]) -> tuple[Any, ...]:
    """The rows of a table in the order of their keys; those of one key by what else they say."""
    keys = [canonical_key(row) for row in rows]
    if all(one < other for one, other in pairwise(keys)):
        return rows
    if len(set(keys)) == len(keys):
        order = sorted(range(len(rows)), key=keys.__getitem__)
    else:
        order = sorted(range(len(rows)), key=lambda at: (keys[at], repr(rows[at])))
    return rows if order == list(range(len(rows))) else tuple(rows[at] for at in order)


def canonical_key(row: Any) -> tuple[tuple[int, float, str], ...]:  # noqa: ANN401  a row of any table
    """Returns what a row of a table is sorted by."""
    return tuple(_rank(getattr(row, name)) for name in key_columns(type(row)))


def _rank(value: object) -> tuple[int, float, str]:
    """What a cell of a key is sorted by: blank ones first, then numbers, then text."""
    if isinstance(value, int | float):
        return 1, float(value), ""
    return (0, 0.0, "") if value is None else (2, 0.0, str(value))


__all__ = ["LOOKED_UP", "canonical_key", "in_canonical_order"]
