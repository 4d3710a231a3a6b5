"""Which inputs differ between runs: rows by their key, cells from what to what, settings and options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from models.canonical_order import LOOKED_UP
from models.case import TABLES, Settings, SolverSettings
from models.tables.column_descriptions import ColumnDescription, columns_of
from planner.case.settings import PLAN_FILE, SETTINGS, SOLVER
from planner.comparison.comparison_items import ChangeKind, ComparedInput
from planner.documents.number_text import input_cell
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell

REMARKS = ("label", "note", "source")
ORDER = "order of rows"
_NO_COLUMN = ColumnDescription("")
_MOST_OPTIONS = ("solver", "gap", "time_limit_s", "threads", "seed", "memory_mb")


@dataclass(frozen=True)
class _ComparedRow:
    """One row of one run: its cells as they are compared, and where it stands."""

    cells: Mapping[str, Cell]
    place: str


def inputs(loaded_runs: Sequence[LoadedRun]) -> Iterator[ComparedInput]:
    """Yields every input that is not the same in all runs: settings, then tables in their order, then options."""
    yield from _settings(loaded_runs)
    for table, row_class in TABLES.items():
        yield from _table(loaded_runs, table, columns_of(row_class))
    yield from _options(loaded_runs)


def _table(
    loaded_runs: Sequence[LoadedRun], table: str, columns: Mapping[str, ColumnDescription]
) -> Iterator[ComparedInput]:
    keys = [name for name, facts in columns.items() if facts.key]
    found = [_rows(loaded, table, columns, keys) for loaded in loaded_runs]
    remarks: list[ComparedInput] = []
    for key in dict.fromkeys(key for rows in found for key in rows):
        for entry in _row_inputs(table, columns, keys, [rows.get(key) for rows in found]):
            if entry.is_remark:
                remarks.append(entry)
            else:
                yield entry
    if table not in LOOKED_UP:
        yield from _order(table, found)
    yield from remarks


def _order(table: str, found: Sequence[Mapping[tuple[Cell, ...], _ComparedRow]]) -> Iterator[ComparedInput]:
    """Yields that runs have the same rows in another order, which is that of charts and tables."""
    rows = [list(own) for own in found]
    other = [own != rows[0] and set(own) == set(rows[0]) for own in rows]
    if any(other):
        changes = tuple(ChangeKind.CHANGED if is_other else ChangeKind.SAME for is_other in other[1:])
        names = tuple("; ".join(" ".join(input_cell(part) for part in key[:-1]) for key in own[:3]) for own in rows)
        yield ComparedInput(table, "", "", ORDER, "", names, tuple("" for _ in rows), changes)


def _rows(
    loaded: LoadedRun, table: str, columns: Mapping[str, ColumnDescription], keys: Sequence[str]
) -> dict[tuple[Cell, ...], _ComparedRow]:
    """Returns the rows of a table by their key; rows with the same key are distinguished by their order."""
    found: dict[tuple[Cell, ...], _ComparedRow] = {}
    for index, row in enumerate(getattr(loaded.case, table)):
        cells = {name: _comparable(getattr(row, name)) for name in columns}
        key = tuple(cells[name] for name in keys)
        count = 0
        while (*key, count) in found:
            count += 1
        found[*key, count] = _ComparedRow(cells, loaded.read.cite(table, index))
    return found


def _row_inputs(
    table: str, columns: Mapping[str, ColumnDescription], keys: Sequence[str], rows: Sequence[_ComparedRow | None]
) -> Iterator[ComparedInput]:
    some = next(row for row in rows if row is not None)
    names = ", ".join(input_cell(some.cells[key]) for key in keys if not columns[key].label and some.cells[key] != "")
    time = ", ".join(input_cell(some.cells[key]) for key in keys if columns[key].label and some.cells[key] != "")
    places = tuple("" if row is None else row.place for row in rows)
    if any((row is None) != (rows[0] is None) for row in rows):
        usual = {entry.name: entry.default for entry in fields(TABLES[table]) if columns[entry.name].is_rare}
        texts = tuple(None if row is None else _summary(row, usual, keys) for row in rows)
        yield ComparedInput(table, names, time, "", "", texts, places, _presence(rows))
    if rows[0] is None:
        return
    for column, facts in columns.items():
        values = tuple(None if row is None else _shown(row.cells[column], facts) for row in rows)
        changes = tuple(
            ChangeKind.SAME if row is None or row.cells[column] == rows[0].cells[column] else ChangeKind.CHANGED
            for row in rows[1:]
        )
        if any(change is not ChangeKind.SAME for change in changes):
            yield ComparedInput(
                table, names, time, column, facts.unit, values, places, changes, is_remark=column in REMARKS
            )


def _presence(rows: Sequence[_ComparedRow | None]) -> tuple[ChangeKind, ...]:
    first = rows[0]
    changes = []
    for row in rows[1:]:
        if (row is None) == (first is None):
            changes.append(ChangeKind.SAME)
        else:
            changes.append(ChangeKind.ADDED if first is None else ChangeKind.DROPPED)
    return tuple(changes)


def _summary(row: _ComparedRow, usual: Mapping[str, object], keys: Sequence[str]) -> str:
    """Returns what a row says beside its names: the cells that are not blank, of rare columns those not as usual."""
    said = [
        f"{name} {input_cell(value)}"
        for name, value in row.cells.items()
        if name not in keys and name not in REMARKS and value not in (None, "", usual.get(name))
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


def _shown(value: Cell, facts: ColumnDescription) -> Cell:
    """Returns a cell as it is shown: a blank one by what it means."""
    if value is None or value == "":
        return f"blank ({facts.blank})" if facts.blank else "blank"
    return value


def _settings(loaded_runs: Sequence[LoadedRun]) -> Iterator[ComparedInput]:
    for entry in fields(Settings):
        found = [getattr(loaded.case.settings, entry.name) for loaded in loaded_runs]
        yield from _setting(PLAN_FILE, entry.name, SETTINGS.get(entry.name, _NO_COLUMN), found)
    for entry in fields(SolverSettings):
        found = [getattr(loaded.case.solver, entry.name) for loaded in loaded_runs]
        yield from _setting(PLAN_FILE, f"solver.{entry.name}", SOLVER.get(entry.name, _NO_COLUMN), found)


def _options(loaded_runs: Sequence[LoadedRun]) -> Iterator[ComparedInput]:
    """Yields what differs in how the runs were solved, as their manifests tell."""
    manifests = [loaded.manifest for loaded in loaded_runs]
    given = [options if isinstance(options := manifest.get("options"), dict) else {} for manifest in manifests]
    for name in _MOST_OPTIONS:
        yield from _setting("options", name, SOLVER.get(name, _NO_COLUMN), [options.get(name) for options in given])
    yield from _setting("options", "fleetplan", _NO_COLUMN, [one.get("fleetplan_version") for one in manifests])
    solvers = [solver if isinstance(solver := one.get("solver"), dict) else {} for one in manifests]
    yield from _setting("options", "solver version", _NO_COLUMN, [solver.get("version") for solver in solvers])


def _setting(table: str, name: str, facts: ColumnDescription, found: Sequence[object]) -> Iterator[ComparedInput]:
    cells = [_comparable(value) for value in found]
    changes = tuple(ChangeKind.SAME if value == cells[0] else ChangeKind.CHANGED for value in cells[1:])
    if any(change is not ChangeKind.SAME for change in changes):
        values = tuple(_shown(value, facts) for value in cells)
        yield ComparedInput(table, "", "", name, facts.unit, values, tuple(table for _ in cells), changes)
