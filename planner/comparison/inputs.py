"""Which inputs differ between runs: rows by their key, cells from what to what, settings and options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from models.case import TABLES, Settings, SolverSettings
from models.columns import Column, columns_of
from planner.case.settings import PLAN_FILE, SETTINGS, SOLVER
from planner.comparison.parts import Change, Input
from planner.documents.number_text import input_cell
from planner.export.dossier import Dossier
from planner.results.table import Cell

REMARKS = ("note", "source")
ORDER = "order of rows"
LOOKED_UP = frozenset(("demand", "throughput", "resale", "prices", "limit_use", "open_orders", "ramp", "added_supply"))
LOOKED_UP |= frozenset(("lead_times", "backlogs", "site_series", "delays", "disruptions", "roles", "scenario_values"))
"""Tables whose rows are looked up by their key alone: in another order they state the same program, byte for byte."""
_NO_COLUMN = Column("")
_MOST_OPTIONS = ("solver", "gap", "time_limit_s", "threads", "seed", "memory_mb")


@dataclass(frozen=True)
class _Row:
    """One row of one run: its cells as they are compared, and where it stands."""

    cells: Mapping[str, Cell]
    place: str


def inputs(dossiers: Sequence[Dossier]) -> Iterator[Input]:
    """Yields every input that is not the same in all runs: settings, then tables in their order, then options."""
    yield from _settings(dossiers)
    for table, row_class in TABLES.items():
        yield from _table(dossiers, table, columns_of(row_class))
    yield from _options(dossiers)


def _table(dossiers: Sequence[Dossier], table: str, columns: Mapping[str, Column]) -> Iterator[Input]:
    keys = [name for name, facts in columns.items() if facts.key]
    found = [_rows(dossier, table, columns, keys) for dossier in dossiers]
    remarks: list[Input] = []
    for key in dict.fromkeys(key for rows in found for key in rows):
        for entry in _row_inputs(table, columns, keys, [rows.get(key) for rows in found]):
            if entry.is_remark:
                remarks.append(entry)
            else:
                yield entry
    if table not in LOOKED_UP:
        yield from _order(table, found)
    yield from remarks


def _order(table: str, found: Sequence[Mapping[tuple[Cell, ...], _Row]]) -> Iterator[Input]:
    """Yields that runs have the same rows in another order, which changes no requirement, but which plan is found."""
    rows = [list(own) for own in found]
    other = [own != rows[0] and set(own) == set(rows[0]) for own in rows]
    if any(other):
        changes = tuple(Change.CHANGED if is_other else Change.SAME for is_other in other[1:])
        names = tuple("; ".join(" ".join(input_cell(part) for part in key[:-1]) for key in own[:3]) for own in rows)
        yield Input(table, "", "", ORDER, "", names, tuple("" for _ in rows), changes)


def _rows(
    dossier: Dossier, table: str, columns: Mapping[str, Column], keys: Sequence[str]
) -> dict[tuple[Cell, ...], _Row]:
    """Returns the rows of a table by their key; rows with the same key are told apart by their order."""
    found: dict[tuple[Cell, ...], _Row] = {}
    for index, row in enumerate(getattr(dossier.case, table)):
        cells = {name: _comparable(getattr(row, name)) for name in columns}
        key = tuple(cells[name] for name in keys)
        count = 0
        while (*key, count) in found:
            count += 1
        found[*key, count] = _Row(cells, dossier.read.cite(table, index))
    return found


def _row_inputs(
    table: str, columns: Mapping[str, Column], keys: Sequence[str], rows: Sequence[_Row | None]
) -> Iterator[Input]:
    some = next(row for row in rows if row is not None)
    names = ", ".join(input_cell(some.cells[key]) for key in keys if not columns[key].label and some.cells[key] != "")
    time = ", ".join(input_cell(some.cells[key]) for key in keys if columns[key].label and some.cells[key] != "")
    places = tuple("" if row is None else row.place for row in rows)
    if any((row is None) != (rows[0] is None) for row in rows):
        texts = tuple(None if row is None else _summary(row, columns, keys) for row in rows)
        yield Input(table, names, time, "", "", texts, places, _presence(rows))
    if rows[0] is None:
        return
    for column, facts in columns.items():
        values = tuple(None if row is None else _shown(row.cells[column], facts) for row in rows)
        changes = tuple(
            Change.SAME if row is None or row.cells[column] == rows[0].cells[column] else Change.CHANGED
            for row in rows[1:]
        )
        if any(change is not Change.SAME for change in changes):
            yield Input(table, names, time, column, facts.unit, values, places, changes, is_remark=column in REMARKS)


def _presence(rows: Sequence[_Row | None]) -> tuple[Change, ...]:
    first = rows[0]
    changes = []
    for row in rows[1:]:
        if (row is None) == (first is None):
            changes.append(Change.SAME)
        else:
            changes.append(Change.ADDED if first is None else Change.DROPPED)
    return tuple(changes)


def _summary(row: _Row, columns: Mapping[str, Column], keys: Sequence[str]) -> str:
    """Returns what a row says beside its names: the cells that are not blank."""
    said = [
        f"{name} {input_cell(value)}"
        for name, value in row.cells.items()
        if name not in keys and name not in REMARKS and value not in (None, "")
    ]
    return ", ".join(said) or "no further cells"


def _comparable(value: object) -> Cell:
    """Returns a typed cell as one that compares by what it says: numbers as floats, lists in their order."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, tuple | list):
        return ";".join(map(str, value))
    return None if value is None else str(value)


def _shown(value: Cell, facts: Column) -> Cell:
    """Returns a cell as it is told: a blank one by what it means."""
    if value is None or value == "":
        return f"blank ({facts.blank})" if facts.blank else "blank"
    return value


def _settings(dossiers: Sequence[Dossier]) -> Iterator[Input]:
    for entry in fields(Settings):
        found = [getattr(dossier.case.settings, entry.name) for dossier in dossiers]
        yield from _setting(PLAN_FILE, entry.name, SETTINGS.get(entry.name, _NO_COLUMN), found)
    for entry in fields(SolverSettings):
        found = [getattr(dossier.case.solver, entry.name) for dossier in dossiers]
        yield from _setting(PLAN_FILE, f"solver.{entry.name}", SOLVER.get(entry.name, _NO_COLUMN), found)


def _options(dossiers: Sequence[Dossier]) -> Iterator[Input]:
    """Yields what differs in how the runs were solved, as their manifests tell."""
    manifests = [dossier.manifest for dossier in dossiers]
    given = [options if isinstance(options := manifest.get("options"), dict) else {} for manifest in manifests]
    for name in _MOST_OPTIONS:
        yield from _setting("options", name, SOLVER.get(name, _NO_COLUMN), [options.get(name) for options in given])
    yield from _setting("options", "fleetplan", _NO_COLUMN, [one.get("fleetplan_version") for one in manifests])
    solvers = [solver if isinstance(solver := one.get("solver"), dict) else {} for one in manifests]
    yield from _setting("options", "solver version", _NO_COLUMN, [solver.get("version") for solver in solvers])


def _setting(table: str, name: str, facts: Column, found: Sequence[object]) -> Iterator[Input]:
    cells = [_comparable(value) for value in found]
    changes = tuple(Change.SAME if value == cells[0] else Change.CHANGED for value in cells[1:])
    if any(change is not Change.SAME for change in changes):
        values = tuple(_shown(value, facts) for value in cells)
        yield Input(table, "", "", name, facts.unit, values, tuple(table for _ in cells), changes)
