"""The library of disruptions: rows like those of the table `disruptions`, with roles in place of names of a case."""

from __future__ import annotations

import os
from pathlib import Path

from models.case import TABLES
from models.tables.column_descriptions import columns_of
from models.tables.strategy_rows import Disruption
from planner.case.case_file import read_text
from planner.case.checks_names import check_keys
from planner.case.checks_shocks import check_terms
from planner.case.context import Context
from planner.case.sheet import read_sheet
from planner.case.typed_rows import convert_table
from planner.errors import CaseFaults, Fault, FaultLog

TABLE = "disruptions"
LIBRARY_FILE = f"{TABLE}.csv"
LIBRARY = "library"


def read_library(path: Path) -> tuple[Disruption, ...]:
    """Returns the disruptions of a library, a file or a folder that holds `disruptions.csv`, in its order.

    Targets are roles, which the table `roles` of a case maps to its names, so they are not looked up here.

    Raises:
        CaseFaults: the file is missing, or rows have faults; all of them at once, as for the table of a case.
    """
    file = path / LIBRARY_FILE if path.is_dir() else path
    log = FaultLog()
    text = read_text(file, log) if os.path.lexists(file) else None
    if text is None and not log.faults:
        log.add(Fault(str(file), "does not exist", f"Name a folder with {LIBRARY_FILE}, or the file itself."))
    sheet = None if text is None else read_sheet(file.name, text, tuple(columns_of(Disruption)), log)
    if sheet is None:
        raise CaseFaults(log.faults)
    table = convert_table(TABLE, TABLES[TABLE], sheet, log)
    context = Context(None, {TABLE: table}, log, unread=frozenset())
    check_keys(context)
    check_terms(context)
    if log.faults:
        counts = {file.name: (len(table.rows), table.refused)}
        raise CaseFaults(log.faults, warnings=log.warnings, row_counts=counts)
    return tuple(context.of(Disruption))


def default_library() -> Path | None:
    """Returns the folder of the library that comes with the project; None where it is not there.

    In a checkout it is `inputs/library`; an installed package carries a copy of its table.
    """
    package = Path(__file__).parents[1]
    for folder in (package.parent / "inputs" / LIBRARY, package / LIBRARY):
        if (folder / LIBRARY_FILE).is_file():
            return folder
    return None
