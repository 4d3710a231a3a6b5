"""Reads a case from a folder of CSV files with a `plan.toml`, or from an Excel workbook."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.case import TABLES, Case
from models.tables.column_descriptions import columns_of
from planner.case.assemble import Assembled, OnStep, RawCase, assemble
from planner.case.canonical import case_hash
from planner.case.case_file import CaseFile, bytes_of, decoded, read_case_file
from planner.case.nearest_name import nearest
from planner.case.settings import PLAN_FILE, parse_plan
from planner.case.sheet import Sheet, read_sheet
from planner.case.wide_tables import narrowed
from planner.case.workbook_cell_names import CellNames
from planner.errors import CaseFaults, Fault, FaultLog, UnreadableError, shown
from planner.files.safe_reading import MOST_BYTES, kind_of, names_in

LARGE = 1_000_000
"""Characters of a table from which on its reading takes long enough to be reported."""
MOST_BYTES_OF_PLAN = 1_000_000
MOST_BYTES_OF_CASE = 250_000_000
WORKBOOK = ".xlsx"
RUN_FILES = ("plan.json", "study.json", "comparison.json")
RUN_INPUTS = "inputs"
RESULTS = frozenset((*RUN_FILES, "manifest.json", "plan.xlsx", "study.xlsx", "comparison.xlsx"))
OTHER_BOOKS = (".xls", ".xlsm", ".xlsb", ".xltx", ".xltm", ".ods", ".numbers")


@dataclass(frozen=True)
class ReadCase:
    """A case that was read and checked, with what a report needs to cite it.

    `rows` holds, for each table, the row in its file of each row of the case, in the same order.
    `row_counts` holds, for each file or sheet, the rows read and the rows refused; the sum is its rows.
    `case_hash` is the SHA-256 of what the case says, the same for a folder and for a workbook.
    """

    case: Case
    warnings: tuple[Fault, ...]
    rows: Mapping[str, tuple[int, ...]]
    row_counts: Mapping[str, tuple[int, int]]
    files: tuple[CaseFile, ...]
    case_hash: str
    is_workbook: bool = False

    def cite(self, table: str, index: int) -> str:
        """Returns the place of a row of the case: `offers.csv row 7`, in a workbook `offers row 7`.

        Raises KeyError or IndexError.
        """
        return f"{table}{'' if self.is_workbook else '.csv'} row {self.rows[table][index]}"


@dataclass(frozen=True)
class CaseSource:
    """A case as it stands in its files, before it is checked.

    `places` names the cells of a workbook, None for a folder. `plan_lines` are the lines of the sheet `plan`, `readme`
    is the text that came with a workbook.
    """

    raw: RawCase
    files: tuple[CaseFile, ...]
    places: CellNames | None = None
    plan_lines: tuple[Any, ...] = ()
    readme: tuple[str, ...] | None = None

    def in_terms_of_source(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Returns findings in the words of a folder, or of a workbook."""
        return tuple(faults) if self.places is None else self.places.all_placed(faults)


def read_case(path: Path, *, on_step: OnStep = lambda _text: None) -> ReadCase:
    """Returns the case in a folder or workbook, checked; raises CaseFaults with every fault that was found.

    A folder may hold the tables, or a single workbook and no tables. `on_step` receives what is being done where that
    takes seconds, as a short text.
    """
    log = FaultLog()
    source = read_source(path, log, on_step=on_step)
    return _finished(assemble(source.raw, log, on_step=on_step), source, log)


def read_files(files: Mapping[str, bytes]) -> ReadCase:
    """Returns the case in the files of a folder that are given by name, checked; raises CaseFaults like `read_case`."""
    log = FaultLog()
    found = [made for name, data in sorted(files.items()) if (made := decoded(name, data, log)) is not None]
    kept = [file for file, _ in found]
    raw = _raw_case({file.name: text for file, text in found}, kept, frozenset(files), log)
    return _finished(assemble(raw, log), CaseSource(raw, tuple(kept)), log)


def read_source(path: Path, log: FaultLog, *, on_step: OnStep = lambda _text: None) -> CaseSource:
    """Returns a case as it stands in its files; what cannot be read goes to the log.

    Raises CaseFaults where nothing can be read at all.
    """
    _refuse_result(path, log)
    workbook = _workbook_of(path, log)
    if workbook is not None:
        # A workbook that is named may be a link to anywhere; one that is found in a folder is part of it.
        return _read_workbook(workbook, log, None if workbook == path else path)
    files: list[CaseFile] = []
    texts: dict[str, str] = {}
    present: set[str] = set()
    left = MOST_BYTES_OF_CASE
    for file in _files(path, log):
        present.add(file.name)
        found = read_case_file(file, min(left, MOST_BYTES_OF_PLAN if file.name == PLAN_FILE else MOST_BYTES), log)
        if found is not None:
            left -= len(found[0].data)
            files.append(found[0])
            texts[file.name] = found[1]
    raw = _raw_case(texts, files, frozenset(present), log, on_step)
    return CaseSource(raw, tuple(files))


def source_of_workbook(name: str, data: bytes, log: FaultLog) -> CaseSource:
    """Returns the case in the bytes of a workbook; raises CaseFaults where it cannot be opened."""
    # The reader of workbooks is loaded for workbooks only.
    from planner.case.workbook import read_workbook

    found = read_workbook(name, data, log)
    if found is None:
        raise CaseFaults(log.faults)
    file = CaseFile(name, data, hashlib.sha256(data).hexdigest(), encoding="xlsx")
    return CaseSource(found.raw, (file,), found.places, found.plan_lines, found.readme)


def _finished(assembled: Assembled, source: CaseSource, log: FaultLog) -> ReadCase:
    is_workbook = source.places is not None
    counts = {
        sheet.file.removesuffix(".csv" if is_workbook else ""): (
            len(assembled.rows.get(name, ())),
            sheet.row_count - len(assembled.rows.get(name, ())),
        )
        for name, sheet in source.raw.sheets.items()
    }
    warnings = source.in_terms_of_source(log.warnings)
    if log.faults or assembled.case is None:
        raise CaseFaults(source.in_terms_of_source(log.faults), warnings=warnings, row_counts=counts)
    return ReadCase(
        case=assembled.case,
        warnings=warnings,
        rows=assembled.rows,
        row_counts=counts,
        files=source.files,
        case_hash=case_hash(assembled.case),
        is_workbook=is_workbook,
    )


def _refuse_result(path: Path, log: FaultLog) -> None:
    """Refuses a run or one of its files where a case is wanted, naming the inputs beside it; raises CaseFaults."""
    folder = path if _kind(path, log) == "folder" else path.parent
    # A folder that cannot be looked into is reported where it is read.
    is_run = any(_is_there(folder / name) for name in RUN_FILES) and not _is_there(folder / PLAN_FILE)
    if not is_run or not (path == folder or path.name in RESULTS):
        return
    inputs = folder / RUN_INPUTS
    what = "is the folder of a run" if path == folder else "is a result of a run"
    remedy = f"Its inputs are in {inputs}." if inputs.is_dir() else "Name the case that it was made from."
    log.add(Fault(str(path), f"{what}, not a case", remedy))
    raise CaseFaults(log.faults)


def _is_there(path: Path) -> bool:
    try:
        return bool(kind_of(path))
    except UnreadableError:
        return False


def _workbook_of(path: Path, log: FaultLog) -> Path | None:
    """Returns the workbook that a path names or that is alone in a folder, or None for a folder of tables."""
    suffix, kind = path.suffix.lower(), _kind(path, log)
    if kind == "folder":
        names = _names(path, log)
        if PLAN_FILE in names:
            return None
        books = [name for name in names if name.lower().endswith(WORKBOOK) and not name.startswith(("~", "."))]
        tables = [name for name in names if name.lower().endswith(".csv")]
        if len(books) > 1 and not tables:
            listed = ", ".join(books[:5])
            log.add(Fault(str(path), f"holds {len(books)} workbooks ({listed})", "Name one of them."))
            raise CaseFaults(log.faults)
        return path / books[0] if len(books) == 1 and not tables else None
    if suffix == WORKBOOK and kind == "file":
        return path
    if suffix == WORKBOOK:
        log.add(Fault(str(path), "does not exist", "Begin one with `fleetplan template`, or name another."))
        raise CaseFaults(log.faults)
    if kind == "file" and suffix in (*OTHER_BOOKS, ".csv"):
        expected = f"is not an Excel workbook ({WORKBOOK}) and not a folder"
        remedy = "A table belongs in a folder with plan.toml." if suffix == ".csv" else "Save it as an Excel workbook."
        log.add(Fault(str(path), expected, remedy))
        raise CaseFaults(log.faults)
    return None


def _kind(path: Path, log: FaultLog) -> str:
    """Returns what a path leads to; raises CaseFaults for what is neither a file nor a folder."""
    try:
        return kind_of(path)
    except UnreadableError as error:
        log.add(Fault(shown(str(path)), error.expected, error.remedy))
        raise CaseFaults(log.faults) from error


def _names(folder: Path, log: FaultLog) -> list[str]:
    """Returns the names in a folder; raises CaseFaults where it cannot be read."""
    try:
        return names_in(folder)
    except UnreadableError as error:
        log.add(Fault(str(folder), error.expected, error.remedy))
        raise CaseFaults(log.faults) from error


def _read_workbook(path: Path, log: FaultLog, within: Path | None) -> CaseSource:
    data = bytes_of(path, MOST_BYTES, log, within)
    if data is None:
        raise CaseFaults(log.faults)
    return source_of_workbook(path.name, data, log)


def _files(folder: Path, log: FaultLog) -> Iterator[Path]:
    """Yields the files of the case that are there, in the order of their names; others go to the log."""
    kind = _kind(folder, log)
    if kind != "folder":
        expected = "is not a folder" if kind else "does not exist"
        log.add(
            Fault(
                str(folder),
                expected,
                "Name a folder with plan.toml and the tables as CSV files.",
            )
        )
        raise CaseFaults(log.faults)
    stems = {"plan": PLAN_FILE, **{table: f"{table}.csv" for table in TABLES}}
    known = set(stems.values())
    for path in (folder / name for name in _names(folder, log)):
        if path.name in known:
            yield path
        elif path.suffix.lower() in (".csv", ".toml", ".tsv") and not path.name.startswith((".", "~")):
            close = nearest(path.stem, stems)
            remedy = f"Did you mean {stems[close]}?" if close else "Move it out of the folder, or name it as its table."
            log.add(Fault(path.name, "is not a table of a case", remedy))


def _raw_case(
    texts: dict[str, str],
    files: list[CaseFile],
    present: frozenset[str],
    log: FaultLog,
    on_step: OnStep = lambda _text: None,
) -> RawCase:
    plan: dict[str, Any] | None = None
    sheets: dict[str, Sheet] = {}
    separators: dict[str, str] = {}
    if PLAN_FILE in texts:
        plan = parse_plan(texts[PLAN_FILE], log)
    for table, row_class in TABLES.items():
        name = f"{table}.csv"
        if len(texts.get(name, "")) > LARGE:
            on_step(f"reading {name} ({len(texts[name]) / 1e6:,.0f} MB)")
        if name in texts and (sheet := read_sheet(name, texts[name], tuple(columns_of(row_class)), log)):
            separators[name] = sheet.separator
            if (found := narrowed(sheet, row_class, log)) is not None:
                sheets[table] = found
    files[:] = [
        CaseFile(file.name, file.data, file.sha256, file.encoding, separators.get(file.name, "")) for file in files
    ]
    tables = frozenset(name.removesuffix(".csv") for name in present)
    return RawCase(plan, sheets, tables, has_plan=PLAN_FILE in present)
