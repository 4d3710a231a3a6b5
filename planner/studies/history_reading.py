"""The table of histories beside a case: a file `histories.csv`, or the folder that holds it."""

from __future__ import annotations

import os
from pathlib import Path

from models.calendar import parse_label
from models.tables.column_descriptions import columns_of, key_columns
from models.tables.history_rows import HISTORIES, HistoryValue
from planner.case.case_file import read_text
from planner.case.sheet import read_sheet
from planner.case.typed_rows import TypedTable, convert_table
from planner.errors import CaseFaults, Fault, FaultLog

FILE = f"{HISTORIES}.csv"


def read_histories(path: Path) -> tuple[HistoryValue, ...]:
    """Returns the rows of a table of histories.

    Raises:
        CaseFaults: there is none, it is empty, or rows have faults; all of them at once.
    """
    file = path / FILE if path.is_dir() else path
    log = FaultLog()
    text = read_text(file, log) if os.path.lexists(file) else None
    if text is None and not log.faults:
        remedy = f"Name a folder with {FILE}, the file itself, a number of draws, scenarios or disruptions."
        log.add(Fault(str(file), "does not exist", remedy))
    sheet = None if text is None else read_sheet(file.name, text, tuple(columns_of(HistoryValue)), log)
    if sheet is None:
        raise CaseFaults(log.faults)
    table = convert_table(HISTORIES, HistoryValue, sheet, log)
    _check_keys(table, log)
    if not table.rows and not log.faults:
        log.add(Fault(file.name, "has no rows", "Write a row for each value that is known."))
    if log.faults:
        raise CaseFaults(log.faults, warnings=log.warnings, row_counts={file.name: (len(table.rows), table.refused)})
    return tuple(row for row in table.rows if isinstance(row, HistoryValue))


def _check_keys(table: TypedTable, log: FaultLog) -> None:
    """No two rows have the same key; two labels that begin alike count as the same."""
    names, first = key_columns(HistoryValue), dict[tuple[object, ...], int]()
    for row, number in zip(table.rows, table.numbers, strict=True):
        cells = {name: getattr(row, name) for name in names}
        begins = parse_label(cells["period"])[0] if cells["period"] else ""
        other = first.setdefault(tuple((cells | {"period": begins}).values()), number)
        if other != number:
            expected, value = f"row {other} has the same {' and '.join(names)}", ", ".join(map(str, cells.values()))
            remedy = "Delete one of the two, or change its key."
            log.add(Fault(table.sheet.file, expected, remedy, row=number, column=", ".join(names), value=value))
