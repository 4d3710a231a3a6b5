"""The checks of the reader for a case that was not read: one that a disruption or a changed value has made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace

from models.case import TABLES, Case
from models.tables.column_descriptions import key_columns
from models.tables.fleet_rows import InputRow
from planner.case.case_checks import check_tables
from planner.case.sheet import Sheet
from planner.case.typed_rows import TypedTable, convert_table
from planner.errors import Fault, FaultLog

FIRST_ROW = 2


def faults_of(case: Case) -> list[Fault]:
    """Returns every fault that reading the case from its files would find, by table and row; empty for a sound case.

    Rows are counted as if each table were written as it stands, with its header in row 1; each fault names the
    key of its row too, because a table that was rewritten has rows that no file has.
    """
    log = FaultLog()
    tables = tables_of(case, log)
    check_tables(case.settings, tables, log, unread=frozenset())
    return [_with_key(fault, tables) for fault in log.faults]


def tables_of(case: Case, log: FaultLog) -> dict[str, TypedTable]:
    """Returns the tables of a case as the reader has them, each cell read again; what it refuses goes to the log."""
    return {name: _typed(name, getattr(case, name), log) for name in TABLES if getattr(case, name)}


_SOUND: dict[int, tuple[tuple[InputRow, ...], TypedTable]] = {}
"""Tables without findings by the identity of their rows, which are kept too: futures of a case share most tables."""
_MOST_SOUND = 128


def _typed(name: str, rows: tuple[InputRow, ...], log: FaultLog) -> TypedTable:
    """Returns a table as the reader has it; rows that were sound before are not read again."""
    known = _SOUND.get(id(rows))
    if known is not None and known[1].name == name:
        return known[1]
    count = len(log.faults) + len(log.warnings)
    table = convert_table(name, TABLES[name], sheet_of(name, rows), log)
    if len(log.faults) + len(log.warnings) == count:
        if len(_SOUND) >= _MOST_SOUND:
            _SOUND.clear()
        _SOUND[id(rows)] = rows, table
    return table


def sheet_of(table: str, rows: Iterable[InputRow]) -> Sheet:
    """Returns the typed rows of a table as the text of its file; a cell that holds its default is blank."""
    kept = list(rows)
    texts = {
        entry.name: ["" if (value := getattr(row, entry.name)) == entry.default else cell_text(value) for row in kept]
        for entry in fields(TABLES[table])
    }
    return Sheet(f"{table}.csv", texts=texts, rows=tuple(range(FIRST_ROW, FIRST_ROW + len(kept))))


def cell_text(value: object) -> str:
    """Returns a typed value as the text of a cell, with all digits that tell it apart.

    >>> cell_text(None), cell_text(0.1), cell_text(3.0), cell_text(True), cell_text(("a", "b"))
    ('', '0.1', '3', 'true', 'a;b')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, tuple):
        return ";".join(value)
    return str(value)


def _with_key(fault: Fault, tables: Mapping[str, TypedTable]) -> Fault:
    """Returns a fault that names the key of its row, unless its value does."""
    table = tables.get(fault.file.removesuffix(".csv"))
    if table is None or fault.row is None or fault.row < FIRST_ROW:
        return fault
    keys = key_columns(TABLES[table.name])
    parts = [table.sheet.texts[name][fault.row - FIRST_ROW] for name in keys]
    key = ", ".join(part for part in parts if part)
    return fault if not key or fault.value == key else replace(fault, expected=f"{fault.expected} (the row of {key})")
