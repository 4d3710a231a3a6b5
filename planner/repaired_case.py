"""A case with the changed cells of a repair, written as an ordinary case: all other text stays as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.case import Case
from planner.case import ReadCase, read_case
from planner.case.read import read_files
from planner.case.sheet import is_comment
from planner.case.text import decode, trim
from planner.case_conversion import README, package_beside, readme_of, require_free_target, write_case
from planner.case_files import folder_files
from planner.errors import CaseFaults, Fault, InternalError
from planner.studies.study_model import Study

_ROW = "(the row)"


@dataclass(frozen=True)
class CellChange:
    """The new text of a cell of a table, by the place of its row among the rows; without a column the row goes."""

    table: str
    row: int
    column: str
    text: str


def changes_of_repair(records: Sequence[Mapping[str, Any]], number: int) -> tuple[CellChange, ...]:
    """Returns the cells that a repair of a study changes, from the records of its table of changes.

    Raises:
        CaseFaults: the menu has no repair of that number.
    """
    known = sorted({int(row["repair"]) for row in records})
    if number not in known:
        remedy = f"Choose one of {', '.join(map(str, known))}." if known else "No repair was found."
        raise CaseFaults([Fault("--apply", "is not the number of a repair", remedy, value=str(number))])
    return tuple(
        CellChange(
            str(row["table"]),
            int(row["row"]) - 1,
            "" if row["column"] == _ROW else str(row["column"]),
            str(row["cell"]),
        )
        for row in records
        if int(row["repair"]) == number
    )


def repaired(read: ReadCase, changes: Sequence[CellChange]) -> dict[str, bytes]:
    """Returns the files of a folder with the case, its changed cells written in the style of their files.

    Raises:
        InternalError: what is written does not read back as the case with these changes.
    """
    files = folder_files(read)
    # The rows of the tables that a workbook becomes are not those of its sheets.
    places = read_files(files) if read.is_workbook else read
    for mark in (".", ","):
        made = dict(files)
        for table in dict.fromkeys(change.table for change in changes):
            own = [change for change in changes if change.table == table]
            made[f"{table}.csv"] = _edited(places, table, made[f"{table}.csv"], own, mark)
        try:
            again = read_files(made)
        except CaseFaults as faults:
            wrong = str(faults)
            continue
        if _holds(read.case, again.case, changes):
            return made
        wrong = "a cell reads back as another value"
    msg = f"The repaired case could not be written: {wrong}"
    raise InternalError(msg)


def require_place(place: Path | None) -> Path:
    """Returns where a repaired case is written; raises CaseFaults where that is not said or something is there."""
    if place is None:
        remedy = "Name a folder or a workbook with --output."
        raise CaseFaults([Fault("--apply", "writes the repaired case, and its place is not given", remedy)])
    require_free_target(place)
    return place


def write_repaired(source: Path, study: Study, number: int, place: Path) -> Path:
    """Writes the case of a study with one of its repairs, and a README that says which; returns where it is.

    Raises:
        CaseFaults: the menu has no repair of that number, or something is at the place.
        OutputError: the machine refuses.
    """
    records = study.table("changes").records()
    files = repaired(read_case(source), changes_of_repair(records, number))
    texts = [str(row["change"]) for row in records if row["repair"] == number]
    done = [f"- {text[:1].upper()}{text[1:]}." for text in texts]
    lines = [f"# {study.case_name}, repaired", "", f"Repair {number} of `fleetplan repair {source}`:", "", *done]
    readme = readme_of(source)
    text = "\n".join([*lines, *([""] if readme else []), *readme]).rstrip() + "\n"
    return write_case(place, {**files, README: text.encode(), **package_beside(source)})


def _holds(before: Case, after: Case, changes: Sequence[CellChange]) -> bool:
    """Whether the tables differ in the rows of the changes and in no others."""
    touched = {change.table for change in changes}
    for table in vars(before):
        rows, others = getattr(before, table), getattr(after, table)
        if table not in touched:
            if rows != others:
                return False
            continue
        gone = {change.row for change in changes if change.table == table and not change.column}
        cells = {change.row: change for change in changes if change.table == table and change.column}
        kept = [(place, row) for place, row in enumerate(rows) if place not in gone]
        if len(kept) != len(others):
            return False
        for (place, row), other in zip(kept, others, strict=True):
            if place not in cells and row != other:
                return False
            if place in cells and not _is_changed(row, other, cells[place]):
                return False
    return True


def _is_changed(row: Any, other: Any, change: CellChange) -> bool:  # noqa: ANN401  rows of any table
    own, new = dict(vars(row)), dict(vars(other))
    own.pop(change.column)
    value = new.pop(change.column)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return own == new and (float(change.text) == value if is_number else change.text == (value or ""))


def _edited(read: ReadCase, table: str, data: bytes, changes: Sequence[CellChange], mark: str) -> bytes:
    """The bytes of a table with other cells; rows that do not change stay as they are, letter by letter."""
    name = f"{table}.csv"
    separator = next((file.separator for file in read.files if file.name == name), "") or ","
    decoded = decode(data)
    lines = list(io.StringIO(decoded.text, newline=""))
    reader = csv.reader(iter(lines), delimiter=separator)
    numbers = {read.rows[table][change.row]: change for change in changes}
    header: list[str] = []
    out, begin = [], 0
    for number, cells in enumerate(reader, start=1):
        raw, begin = "".join(lines[begin : reader.line_num]), reader.line_num
        is_first = number == 1 and raw.lower().lstrip('"').startswith("sep=")
        if not header and any(map(trim, cells)) and not is_first and not is_comment(cells[0]):
            header = [trim(cell) for cell in cells]
        change = numbers.get(number)
        if change is None:
            out.append(raw)
        elif change.column:
            cells[header.index(change.column)] = change.text.replace(".", mark)
            end = raw[len(raw.rstrip("\r\n")) :]
            line = io.StringIO(newline="")
            csv.writer(line, delimiter=separator, lineterminator="").writerow(cells)
            out.append(line.getvalue() + end)
    encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    return "".join(out).encode(encoding)
