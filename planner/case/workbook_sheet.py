"""A sheet of a workbook becomes a table of texts, each cell by what its column holds.

A number in a column of numbers keeps its value to the last digit; in a column of text it becomes its shortest
text. The first day of a month, as a date, is that month in a column of periods; every other date is refused
where a number, a name or a period label is wanted, and kept as `2027-07-15` in a remark.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import Enum
from math import isfinite

from models.tables.column_descriptions import column_of, columns_of
from models.tables.fleet_rows import InputRow
from planner.case.labels import AS_TEXT
from planner.case.numbers import MOST_EXACT, number_text
from planner.case.sheet import (
    ABOVE_REMEDY,
    LONGEST_CELL,
    MOST_ABOVE,
    REMARKS,
    Sheet,
    above_header,
    is_comment,
    is_header,
)
from planner.case.text import UnreadableError, trim
from planner.case.typed_rows import NUMBER_TYPES
from planner.case.wide_tables import GROWTH, SeriesForm, series_form
from planner.case.workbook_book import BookSheet, WorkbookParts
from planner.case.workbook_cell_names import WorkbookFault
from planner.case.workbook_cells import RawCell, RawRow, SheetFacts, column_letters, range_corners, read_rows
from planner.errors import FaultLog, Severity, listed

CALCULATE = "Open the workbook in a spreadsheet program, let it calculate and save it, or write the value itself."
RETYPE = f"{AS_TEXT[4:].capitalize()}, and enter it again."


class Holds(Enum):
    """What the cells of a column hold."""

    NUMBER = "a number"
    PERIOD = "a period label"
    SPAN = "a span of time"
    TRUTH = "TRUE or FALSE"
    NAME = "a name"
    REMARK = "a remark"


@dataclass
class _ReadColumn:
    """One column while it is read."""

    name: str
    letters: str
    holds: Holds
    texts: list[str] = field(default_factory=list)
    reported: set[int] = field(default_factory=set)
    seen: dict[tuple[str, int, str | None], tuple[str, UnreadableError | None]] = field(default_factory=dict)


@dataclass
class _Reading:
    """What is known of a sheet while its rows come in."""

    sheet: BookSheet
    book: WorkbookParts
    log: FaultLog
    holds: Mapping[str, Holds]
    form: SeriesForm | None = None
    columns: dict[int, _ReadColumn] = field(default_factory=dict)
    header: list[str] = field(default_factory=list)
    header_row: int = 0
    rows: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    comments: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    nameless: set[int] = field(default_factory=set)
    above: list[RawRow] = field(default_factory=list)
    """Rows without a name of a column, while none with one has come."""

    def fault(self, expected: str, remedy: str, row: int | None, letters: str, **more: str) -> None:
        """Logs a fault of a cell, or of the sheet where no row is given."""
        cell = "" if row is None else f"{letters}{row}"
        self.log.add(WorkbookFault(self.sheet.name, expected, remedy, row, cell=cell, **more))  # type: ignore[arg-type]


def holds_of(row_class: type[InputRow]) -> dict[str, Holds]:
    """Returns what each column of a table holds."""
    kinds = {"bool": Holds.TRUTH, "period": Holds.PERIOD, "span": Holds.SPAN}
    found = {}
    for entry in fields(row_class):
        if entry.name in REMARKS:
            found[entry.name] = Holds.REMARK
        elif str(entry.type) in NUMBER_TYPES:
            found[entry.name] = Holds.NUMBER
        else:
            found[entry.name] = kinds.get(column_of(entry).label or str(entry.type), Holds.NAME)
    return found


def read_table(
    book: WorkbookParts, sheet: BookSheet, row_class: type[InputRow], log: FaultLog
) -> tuple[Sheet | None, dict[str, str]]:
    """Returns the table on a sheet, None where it has no header, and the letters of its columns.

    Faults of its form and of cells that hold no value go to the log. Raises UnreadableError for a damaged part.
    """
    reading = _Reading(sheet, book, log, holds_of(row_class), series_form(row_class))
    facts = SheetFacts()
    for row in read_rows(book.package, sheet.part, book.strings, facts):
        _take(reading, row)
    _take_first_as_header(reading)
    if not reading.header_row:
        known = ", ".join(name for name in columns_of(row_class) if name not in REMARKS)
        reading.fault("the sheet is empty", f"Write the header in row 1: {known}.", None, "")
        return None, {}
    _check_merged(reading, facts)
    _warn_hidden(reading, facts)
    columns = list(reading.columns.values())
    made = Sheet(
        f"{sheet.name}.csv",
        "",
        {column.name: column.texts for column in columns},
        tuple(reading.rows),
        len(reading.refused),
        header_row=reading.header_row,
        reported={column.name: frozenset(column.reported) for column in columns if column.reported},
        comments=tuple(reading.comments),
    )
    return made, {column.name: column.letters for column in columns}


def text_of(cell: RawCell, holds: Holds, book: WorkbookParts) -> tuple[str, UnreadableError | None]:
    """Returns the text that a cell stands for in a column, or its text as it is shown and why it is refused."""
    if cell.text is None:
        return "", UnreadableError("is a formula without a stored value", CALCULATE)
    if cell.kind == "s":
        return trim(cell.text), None
    if cell.kind == "e":
        remedy = "Correct the formula and save the workbook again."
        return cell.text, UnreadableError("is an error of the spreadsheet", remedy)
    if cell.kind == "b":
        word = "TRUE" if cell.text.strip() in ("1", "true") else "FALSE"
        if holds is Holds.NUMBER:
            return word, UnreadableError("is a Boolean value and not a number", "Write the number.")
        return word, None
    try:
        if cell.kind == "d":
            moment = datetime.fromisoformat(cell.text.strip())
            return _date_text(moment.date() if not (moment.hour or moment.minute) else moment, holds)
        value = float(cell.text)
    except ValueError:
        return cell.text, UnreadableError("is stored as a number but is not one", "Enter it again.")
    if not isfinite(value):
        return cell.text, UnreadableError("must be a finite number", "Write the number alone.")
    if book.style_is_date(cell.style):
        found = book.date_of(value)
        if found is None:
            return cell.text, UnreadableError("is formatted as a date but is not one", "Format the cell as a number.")
        return _date_text(found, holds)
    return _number_text(value, holds, book.digits_shown(cell.style))


def _number_text(value: float, holds: Holds, digits: int) -> tuple[str, UnreadableError | None]:
    if holds is Holds.NUMBER:
        return number_text(value), None
    if value != int(value) or abs(value) >= MOST_EXACT:
        if abs(value) >= MOST_EXACT and holds is not Holds.REMARK:
            expected = "is a number of more than 15 digits, of which a spreadsheet keeps 15"
            return repr(value), UnreadableError(expected, RETYPE)
        return repr(value), None
    return f"{int(value):0{digits}d}", None


def _date_text(moment: date | datetime, holds: Holds) -> tuple[str, UnreadableError | None]:
    text = moment.isoformat()
    if holds is Holds.REMARK:
        return text, None
    month = f"{moment.year:04d}-{moment.month:02d}"
    if holds is Holds.PERIOD and not isinstance(moment, datetime) and moment.day == 1:
        return month, None
    expected = f"is a date and not {holds.value}"
    if holds is Holds.PERIOD or holds is Holds.SPAN:
        return text, UnreadableError(expected, f"Use {month} or another label, {AS_TEXT}.")
    if holds is Holds.NUMBER:
        return text, UnreadableError(expected, "Format the cell as a number, and enter it again.")
    return text, UnreadableError(expected, RETYPE)


def _take(reading: _Reading, row: RawRow) -> None:
    """Takes a row as comment, header or record; one of blanks is left out."""
    first = row.cells[0]
    start = next(iter(reading.columns), 1)
    if first.column in (1, start) and first.kind == "s" and is_comment(first.text or ""):
        texts = {cell.column: text_of(cell, Holds.REMARK, reading.book)[0] for cell in row.cells}
        reading.comments.append((row.number, tuple(texts.get(at, "") for at in range(1, max(texts) + 1))))
        return
    if reading.header_row:
        _take_record(reading, row)
        return
    names = _header_texts(reading, row)
    if is_header([text for text, _ in names.values()], reading.holds):
        _refuse_above(reading, row.number)
        _take_header(reading, row.number, names)
    elif any(text or refusal for text, refusal in names.values()):
        reading.above.append(row)
        if len(reading.above) > MOST_ABOVE:
            _take_first_as_header(reading)


def _refuse_above(reading: _Reading, header: int) -> None:
    """Faults of a title or another row above the header."""
    if reading.above:
        first, more = reading.above[0], len(reading.above) - 1
        text, _ = text_of(first.cells[0], Holds.REMARK, reading.book)
        letters = column_letters(first.cells[0].column)
        reading.fault(above_header(header, more), ABOVE_REMEDY, first.number, letters, value=text)
        reading.above.clear()


def _take_first_as_header(reading: _Reading) -> None:
    """Takes the first row as the header where no row has the name of a column."""
    if reading.above:
        first, *others = reading.above
        _take_header(reading, first.number, _header_texts(reading, first))
        reading.above.clear()
        for row in others:
            _take_record(reading, row)


def _header_texts(reading: _Reading, row: RawRow) -> dict[int, tuple[str, UnreadableError | None]]:
    return {cell.column: _header_text(reading, cell) for cell in row.cells}


def _header_text(reading: _Reading, cell: RawCell) -> tuple[str, UnreadableError | None]:
    """Returns the text of a cell of the header; a date over a series is the month that it begins, or its year."""
    is_date = cell.kind == "d" or (cell.kind == "n" and reading.book.style_is_date(cell.style))
    if reading.form is None or not is_date:
        return text_of(cell, Holds.REMARK, reading.book)
    if reading.book.style_is_year(cell.style):
        text, refusal = text_of(cell, Holds.REMARK, reading.book)
        return (text[:4], None) if text[4:] == "-01-01" else (text, refusal)
    return text_of(cell, Holds.SPAN if reading.form.is_span else Holds.PERIOD, reading.book)


def _take_header(reading: _Reading, number: int, names: dict[int, tuple[str, UnreadableError | None]]) -> None:
    reading.header_row = number
    known: dict[str, str] = {}
    for at, (name, refusal) in names.items():
        letters = column_letters(at)
        if refusal is not None:
            reading.fault(refusal.expected, refusal.remedy, number, letters, value=name)
        elif name in known:
            remedy = f"Delete one of the two; the other is column {known[name]}."
            reading.fault("the column appears in the header twice", remedy, number, letters, column=name)
        elif name:
            known[name] = letters
            is_number = reading.form is not None and (name == GROWTH or reading.form.is_time(name))
            usual = Holds.NUMBER if is_number else Holds.REMARK
            reading.columns[at] = _ReadColumn(name, letters, reading.holds.get(name, usual))
            continue
        # What stands below is reported once, by the header.
        reading.nameless.update([at] if name or refusal else ())
    reading.header = [text for text, _ in names.values()]


def _take_record(reading: _Reading, row: RawRow) -> None:
    texts: dict[int, str] = {}
    refusals: dict[int, UnreadableError] = {}
    for cell in row.cells:
        column = reading.columns.get(cell.column)
        if column is None:
            text, refusal = text_of(cell, Holds.REMARK, reading.book)
            if (text or refusal) and cell.column not in reading.nameless:
                reading.nameless.add(cell.column)
                letters = column_letters(cell.column)
                expected = f"column {letters} has cells and no name in the header"
                reading.fault(expected, "Name the column, or clear it.", row.number, letters, value=text)
            continue
        key = cell.kind, cell.style, cell.text
        found = column.seen.get(key)
        if found is None:
            found = column.seen[key] = text_of(cell, column.holds, reading.book)
        text, refusal = found
        if text or refusal:
            texts[cell.column] = text
        if refusal is not None:
            refusals[cell.column] = refusal
    if not texts:
        return
    if list(texts.values()) == [column.name for column in reading.columns.values()]:
        reading.refused.append(row.number)
        reading.fault("the header is repeated here", "Delete the row.", row.number, "A")
        return
    _keep(reading, row.number, texts, refusals)


def _keep(reading: _Reading, number: int, texts: dict[int, str], refusals: dict[int, UnreadableError]) -> None:
    for at, column in reading.columns.items():
        column.texts.append(texts.get(at, ""))
    for at, refusal in refusals.items():
        column = reading.columns[at]
        column.reported.add(len(reading.rows))
        shown = {"value": texts[at]} if texts[at] else {}
        reading.fault(refusal.expected, refusal.remedy, number, column.letters, column=column.name, **shown)
    for at, text in texts.items():
        if len(text) > LONGEST_CELL:
            column = reading.columns[at]
            expected = f"has {len(text):,} characters"
            remedy = f"Shorten it to at most {LONGEST_CELL:,}."
            reading.fault(expected, remedy, number, column.letters, column=column.name, value=text)
    reading.rows.append(number)


def _check_merged(reading: _Reading, facts: SheetFacts) -> None:
    """Faults of merged cells in the header or the records: only one of them holds the value."""
    rows = sorted([reading.header_row, *reading.rows, *reading.refused])
    for text in facts.merged:
        corners = range_corners(text)
        if corners is None:
            continue
        first, last, left, right = corners
        inside = bisect_left(rows, first) < len(rows) and rows[bisect_left(rows, first)] <= last
        if inside and any(left <= at <= right for at in reading.columns):
            expected = f"the cells {text} are merged, and only the first of them holds a value"
            reading.fault(expected, "Unmerge them, and write the value in every cell.", first, column_letters(left))


def _warn_hidden(reading: _Reading, facts: SheetFacts) -> None:
    """Warns of what is read although it cannot be seen."""
    hidden = sorted(set(facts.hidden_rows).intersection(reading.rows))
    columns = [
        c.letters for at, c in reading.columns.items() if any(low <= at <= high for low, high in facts.hidden_columns)
    ]
    found = []
    if reading.sheet.is_hidden:
        found.append("the sheet is hidden and is read like the others")
    if hidden:
        found.append(f"holds {len(hidden):,} hidden rows ({listed(map(str, hidden))}), which are read like the others")
    if columns:
        found.append(f"holds hidden columns ({listed(columns)}), which are read like the others")
    for expected in found:
        remedy = "Show them, or delete what the plan must not count."
        reading.log.add(WorkbookFault(reading.sheet.name, expected, remedy, severity=Severity.WARNING))
