"""Reads the tables of actuals from a folder of CSV files or a workbook, and checks them against the case of a plan."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.case import Case
from models.tables.actual_rows import (
    ACTUAL_TABLES,
    BillItem,
    Delivery,
    EventDate,
    FleetChange,
    ObservedDemand,
    Payment,
    PowerUse,
)
from models.tables.column_descriptions import columns_of
from planner.case.case_file import CaseFile, bytes_of, read_case_file
from planner.case.nearest_name import nearest
from planner.case.read import MOST_BYTES_OF_CASE, WORKBOOK
from planner.case.sheet import Sheet, read_sheet
from planner.case.typed_rows import TypedTable, convert_table
from planner.case.workbook_cell_names import CellNames, WorkbookFault
from planner.errors import CaseFaults, Fault, FaultLog, UnreadableError
from planner.files.safe_reading import MOST_BYTES, kind_of, names_in
from planner.tracking.actuals_checks import check_actuals
from planner.tracking.focus_bills import Bill, ContractCommitment, is_bill, read_bill

ASIDE = frozenset(("index", "lists", "help"))


@dataclass(frozen=True, kw_only=True)
class Actuals:
    """What happened, as typed rows, each table in the order of its file.

    `rows` holds, for each table, the row in its file of each typed row. `bills` and
    `contract_commitments` are rows of files in the format FOCUS.
    """

    deliveries: tuple[Delivery, ...] = ()
    payments: tuple[Payment, ...] = ()
    fleet_changes: tuple[FleetChange, ...] = ()
    observed_demand: tuple[ObservedDemand, ...] = ()
    event_dates: tuple[EventDate, ...] = ()
    power_used: tuple[PowerUse, ...] = ()
    bill_items: tuple[BillItem, ...] = ()
    bills: tuple[Bill, ...] = ()
    contract_commitments: tuple[ContractCommitment, ...] = ()
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    warnings: tuple[Fault, ...] = ()
    files: tuple[CaseFile, ...] = ()
    is_workbook: bool = False

    def cite(self, table: str, index: int) -> str:
        """Returns the place of a row: `deliveries.csv row 7`, in a workbook `deliveries row 7`.

        Raises KeyError or IndexError.
        """
        return f"{table}{'' if self.is_workbook else '.csv'} row {self.rows[table][index]}"


@dataclass
class _Source:
    sheets: dict[str, Sheet] = field(default_factory=dict)
    bills: list[Bill] = field(default_factory=list)
    commitments: list[ContractCommitment] = field(default_factory=list)
    files: list[CaseFile] = field(default_factory=list)
    places: CellNames | None = None


def read_actuals(path: Path, case: Case) -> Actuals:
    """Returns the actuals in a folder or workbook, checked against the case of the plan that they are about.

    A file that is there is read; tables that are missing are empty. A CSV file with the columns of FOCUS is a bill.

    Raises:
        CaseFaults: there is nothing to read, or cells have faults; all of them at once.
    """
    log = FaultLog()
    source = _workbook(path, log) if path.suffix.lower() == WORKBOOK else _folder(path, log)
    tables = {
        name: convert_table(name, row_class, source.sheets[name], log)
        for name, row_class in ACTUAL_TABLES.items()
        if name in source.sheets
    }
    check_actuals(tables, case, log)
    if log.faults:
        warnings = _placed(log.warnings, source)
        raise CaseFaults(_placed(log.faults, source), warnings=warnings, row_counts=_counts(tables))
    contents: dict[str, Any] = {name: table.rows for name, table in tables.items()}
    return Actuals(
        **contents,
        bills=tuple(source.bills),
        contract_commitments=tuple(source.commitments),
        rows={name: table.numbers for name, table in tables.items()},
        warnings=_placed(log.warnings, source),
        files=tuple(source.files),
        is_workbook=source.places is not None,
    )


def _counts(tables: Mapping[str, TypedTable]) -> dict[str, tuple[int, int]]:
    return {table.sheet.file: (len(table.rows), table.refused) for table in tables.values()}


def _placed(faults: tuple[Fault, ...], source: _Source) -> tuple[Fault, ...]:
    return faults if source.places is None else source.places.all_placed(faults)


def _folder(path: Path, log: FaultLog) -> _Source:
    source = _Source()
    left = MOST_BYTES_OF_CASE
    for name in _names(path, log):
        if not name.lower().endswith(".csv") or name.startswith((".", "~")):
            continue
        found = read_case_file(path / name, min(left, MOST_BYTES), log)
        if found is None:
            continue
        file, text = found
        left -= len(file.data)
        source.files.append(file)
        table = name.removesuffix(".csv")
        if table in ACTUAL_TABLES:
            sheet = read_sheet(name, text, tuple(columns_of(ACTUAL_TABLES[table])), log)
            if sheet is not None:
                source.sheets[table] = sheet
        elif is_bill(text):
            bills, commitments = read_bill(name, text, log)
            source.bills += bills
            source.commitments += commitments
        else:
            close = nearest(table, ACTUAL_TABLES)
            remedy = f"Did you mean {close}.csv?" if close else f"The tables are {', '.join(ACTUAL_TABLES)}."
            log.add(Fault(name, "is neither a table of actuals nor a bill with the columns of FOCUS", remedy))
    if not source.files and not log.faults:
        remedy = "Begin with `fleetplan template FOLDER --actuals`."
        log.add(Fault(str(path), "holds no table of actuals", remedy))
    return source


def _names(path: Path, log: FaultLog) -> list[str]:
    """Returns the names in a folder, in their order; raises CaseFaults where there is none or it cannot be read."""
    try:
        kind = kind_of(path)
        if kind == "folder":
            return sorted(names_in(path))
        expected = "is not a folder and not a workbook (.xlsx)" if kind else "does not exist"
        log.add(Fault(str(path), expected, "Name the folder with the tables of actuals, or a workbook of them."))
    except UnreadableError as error:
        log.add(Fault(str(path), error.expected, error.remedy))
    raise CaseFaults(log.faults)


def _workbook(path: Path, log: FaultLog) -> _Source:
    # The reader of workbooks is loaded for workbooks only.
    from planner.case.workbook_book import open_book
    from planner.case.workbook_sheet import read_table

    data = bytes_of(path, MOST_BYTES, log, None)
    if data is None:
        raise CaseFaults(log.faults)
    try:
        book = open_book(data)
    except UnreadableError as error:
        raise CaseFaults([Fault(path.name, error.expected, error.remedy)]) from error
    source = _Source(files=[CaseFile(path.name, data, hashlib.sha256(data).hexdigest(), encoding="xlsx")])
    letters: dict[str, dict[str, str]] = {}
    for sheet in book.sheets:
        if sheet.name not in ACTUAL_TABLES:
            if not sheet.name.startswith("_") and sheet.name not in ASIDE and sheet.has_cells:
                close = nearest(sheet.name, ACTUAL_TABLES)
                aside = f"Name it _{sheet.name[:30]} to keep it without its being read."
                remedy = f"Did you mean {close}? {aside}" if close else aside
                log.add(WorkbookFault(sheet.name, "is not a table of actuals", remedy))
            continue
        try:
            table, letters[sheet.name] = read_table(book, sheet, ACTUAL_TABLES[sheet.name], log)
        except UnreadableError as error:
            log.add(WorkbookFault(sheet.name, error.expected, error.remedy))
            continue
        if table is not None:
            source.sheets[sheet.name] = table
    if not source.sheets and not log.faults:
        remedy = "Begin with `fleetplan template FILE.xlsx --actuals`."
        log.add(Fault(path.name, "holds no table of actuals", remedy))
    source.places = CellNames(letters)
    return source


def labels_of(actuals: Actuals) -> Iterator[tuple[str, int, str]]:
    """Yields the table, index and label of each row that says when something happened."""
    for table in ("deliveries", "payments", "fleet_changes", "observed_demand", "power_used"):
        for index, row in enumerate(getattr(actuals, table)):
            if row.period is not None:
                yield table, index, row.period
