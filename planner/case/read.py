"""Reads a case from a folder of CSV files with a `plan.toml`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.case import TABLES, Case
from models.columns import columns_of
from planner.case.assemble import Assembled, RawCase, assemble
from planner.case.nearest import nearest
from planner.case.settings import PLAN_FILE, parse_plan
from planner.case.sheet import Sheet, read_sheet
from planner.case.text import SAVE_AS_UTF8, UnreadableError, decode
from planner.errors import CaseFaults, Fault, FaultLog, Severity

MOST_BYTES = 100_000_000


@dataclass(frozen=True)
class CaseFile:
    """One file of a case as it was read: its name, exact bytes, their SHA-256, encoding and separator."""

    name: str
    data: bytes = field(repr=False)
    sha256: str
    encoding: str = "utf-8"
    separator: str = ""


@dataclass(frozen=True)
class ReadCase:
    """A case that was read and checked, with what a report needs to cite it.

    `rows` holds, for each table, the row in its file of each row of the case, in the same order.
    `row_counts` holds, for each file, the rows read and the rows refused; the sum is the rows of the file.
    `case_hash` is the SHA-256 over the names and hashes of the files.
    """

    case: Case
    warnings: tuple[Fault, ...]
    rows: Mapping[str, tuple[int, ...]]
    row_counts: Mapping[str, tuple[int, int]]
    files: tuple[CaseFile, ...]
    case_hash: str

    def cite(self, table: str, index: int) -> str:
        """Returns the place of a row of the case: `offers.csv row 7`; raises KeyError or IndexError."""
        return f"{table}.csv row {self.rows[table][index]}"


def read_case(folder: Path) -> ReadCase:
    """Returns the case in a folder, checked; raises CaseFaults with every fault that was found."""
    log = FaultLog()
    files: list[CaseFile] = []
    texts: dict[str, str] = {}
    present: set[str] = set()
    for path in _files(folder, log):
        present.add(path.name)
        found = _read_file(path, log)
        if found is not None:
            files.append(found[0])
            texts[path.name] = found[1]
    raw = _raw_case(texts, files, frozenset(present), log)
    assembled = assemble(raw, log)
    return _finished(assembled, raw, files, log)


def _finished(assembled: Assembled, raw: RawCase, files: list[CaseFile], log: FaultLog) -> ReadCase:
    counts = {
        sheet.file: (len(assembled.rows.get(name, ())), sheet.row_count - len(assembled.rows.get(name, ())))
        for name, sheet in raw.sheets.items()
    }
    if log.faults or assembled.case is None:
        raise CaseFaults(log.faults, warnings=log.warnings, row_counts=counts)
    digest = hashlib.sha256("".join(f"{file.name} {file.sha256}\n" for file in files).encode())
    return ReadCase(
        case=assembled.case,
        warnings=log.warnings,
        rows=assembled.rows,
        row_counts=counts,
        files=tuple(files),
        case_hash=digest.hexdigest(),
    )


def _files(folder: Path, log: FaultLog) -> Iterator[Path]:
    """Yields the files of the case that are there, in the order of their names; others go to the log."""
    if not folder.is_dir():
        expected = "is not a folder" if folder.exists() else "does not exist"
        log.add(Fault(str(folder), expected, "Name a folder with plan.toml and the tables as CSV files."))
        raise CaseFaults(log.faults)
    stems = {"plan": PLAN_FILE, **{table: f"{table}.csv" for table in TABLES}}
    known = set(stems.values())
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as error:
        log.add(Fault(str(folder), f"cannot be read ({error.strerror})", "Check the rights of the folder."))
        raise CaseFaults(log.faults) from error
    for path in entries:
        if path.name in known:
            yield path
        elif path.suffix.lower() in (".csv", ".toml", ".tsv") and not path.name.startswith((".", "~")):
            close = nearest(path.stem, stems)
            remedy = f"Did you mean {stems[close]}?" if close else "Move it out of the folder, or name it as its table."
            log.add(Fault(path.name, "is not a table of a case", remedy))


def _read_file(path: Path, log: FaultLog) -> tuple[CaseFile, str] | None:
    """Returns a file and its text; what cannot be read goes to the log."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            expected = f"has {size / 1e6:,.0f} MB, more than the {MOST_BYTES / 1e6:,.0f} MB that are read"
            log.add(Fault(path.name, expected, "Split the case, or leave out rows that change nothing."))
            return None
        data = path.read_bytes()
    except OSError as error:
        log.add(Fault(path.name, f"cannot be read ({error.strerror})", "Put a readable file there."))
        return None
    try:
        decoded = decode(data)
    except UnreadableError as error:
        log.add(Fault(path.name, error.expected, error.remedy))
        return None
    if decoded.is_guess:
        odd = next(part for part in decoded.text if not part.isascii())
        expected = f"is not UTF-8 and was read as Windows-1252, with letters such as '{odd}'"
        log.add(Fault(path.name, expected, SAVE_AS_UTF8, severity=Severity.WARNING))
    return CaseFile(path.name, data, hashlib.sha256(data).hexdigest(), decoded.encoding), decoded.text


def _raw_case(texts: dict[str, str], files: list[CaseFile], present: frozenset[str], log: FaultLog) -> RawCase:
    plan: dict[str, Any] | None = None
    sheets: dict[str, Sheet] = {}
    if PLAN_FILE in texts:
        plan = parse_plan(texts[PLAN_FILE], log)
    for table, row_class in TABLES.items():
        name = f"{table}.csv"
        if name in texts and (sheet := read_sheet(name, texts[name], tuple(columns_of(row_class)), log)):
            sheets[table] = sheet
    separators = {sheet.file: sheet.separator for sheet in sheets.values()}
    files[:] = [
        CaseFile(file.name, file.data, file.sha256, file.encoding, separators.get(file.name, "")) for file in files
    ]
    tables = frozenset(name.removesuffix(".csv") for name in present)
    return RawCase(plan, sheets, tables, has_plan=PLAN_FILE in present)
