"""One table as it stands in its file: text cells, the header, and the row of each record.

Rows count as a spreadsheet counts them: the first record of the file is row 1, blank rows and comments
included. A record whose first cell is `#`, or begins with `# `, is a comment. Empty records, and columns
without a header and without cells, are left out. An apostrophe that keeps a spreadsheet from taking a text
for a formula (`'=1+1`) is not part of the text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from planner.case.text import UnreadableError, trim, unguarded
from planner.errors import Fault, FaultLog

SEPARATORS = (",", ";", "\t")
LONGEST_CELL = 32_767
MOST_ROWS = 2_000_000
MOST_COLUMNS = 500
HEAD = 100_000
MOST_ABOVE = 10
"""Rows above the header, such as a title, after which the header is no longer looked for."""
ABOVE_REMEDY = "Delete it, or begin it with '# ' to keep it as a remark."
REMARKS = ("label", "note", "source")
"""Columns of words for people, which no requirement reads."""
# What is taken off the edges of a cell; a line end inside a cell needs quotes.
_AROUND = tuple(" \t\x0b\x0c\x1c\x1d\x1e\x1f'")


@dataclass(frozen=True)
class Sheet:
    """A table as text: its file, columns, and records with their rows; `refused` counts records left out.

    `texts` holds the cells of each column, trimmed, in the order of `rows`. `reported` holds, for a column, the
    positions of cells whose fault is in the log already. `comments` are rows that are no records, with their
    cells. The separator of a sheet of a workbook is empty: its numbers are numbers and not text.
    """

    file: str
    separator: str = ","
    texts: dict[str, list[str]] = field(default_factory=dict)
    rows: tuple[int, ...] = ()
    refused: int = 0
    header_row: int = 1
    reported: Mapping[str, frozenset[int]] = field(default_factory=dict)
    comments: tuple[tuple[int, tuple[str, ...]], ...] = ()
    across: tuple[str, ...] = ()
    """The header of a table that was read with its periods across; blank for others."""

    @property
    def row_count(self) -> int:
        """Records in the file, the header, comments and empty ones left out."""
        return len(self.rows) + self.refused


@dataclass
class _Records:
    """The records of a file, while they are sorted into rows."""

    file: str
    separator: str
    header: list[str]
    header_row: int
    kept: list[list[str]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    refused: int = 0
    comments: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)


def read_sheet(file: str, text: str, known: Sequence[str], log: FaultLog) -> Sheet | None:
    """Returns the table in the text of a CSV file; faults of its form go to the log.

    `known` are the columns of the table, from which the separator is recognised. None where there is no header.
    """
    text, separator = _separator(_below_title(file, text, known, log), known)
    try:
        records = _records(file, text, separator, log)
    except UnreadableError as error:
        log.add(Fault(file, error.expected, error.remedy))
        return None
    if records is None:
        remedy = f"Write the header in row 1: {', '.join(name for name in known if name not in REMARKS)}."
        log.add(Fault(file, "the file is empty", remedy))
        return None
    return _sheet(records, log)


def is_header(names: Sequence[str], known: Container[str]) -> bool:
    """Returns whether cells are the names of columns: the first is one, or several are."""
    return names[0] in known or sum(name in known for name in names) > 1


def above_header(row: int, more: int) -> str:
    """Returns what is wrong with a row above the header, and as many more."""
    others = "" if not more else ", like the row below it" if more == 1 else f", like {more} rows below it"
    return f"stands above the header, which is row {row}{others}"


def _below_title(file: str, text: str, known: Sequence[str], log: FaultLog) -> str:
    """Returns the text with the rows above its header as comments; such rows go to the log."""
    lines = text[:HEAD].splitlines(keepends=True)
    places = [at for at, line in enumerate(lines) if line.strip() and not is_comment(line)][: MOST_ABOVE + 1]
    header = next((at for at in places if any(is_header(_cells(lines[at], mark), known) for mark in SEPARATORS)), None)
    if header is None or header == places[0] or text.lstrip('"')[:4].lower() == "sep=":
        return text
    above = [at for at in places if at < header]
    title = trim(lines[above[0]])
    log.add(Fault(file, above_header(header + 1, len(above) - 1), ABOVE_REMEDY, row=above[0] + 1, value=title))
    for at in above:
        lines[at] = f"# {lines[at]}"
    return "".join(lines) + text[HEAD:]


def _cells(line: str, separator: str) -> list[str]:
    return [trim(part).strip('"').casefold() for part in line.split(separator)]


def _separator(text: str, known: Sequence[str]) -> tuple[str, str]:
    """Returns the text and its separator: the one that finds most known columns in the header."""
    for separator in SEPARATORS:
        for quote in ("", '"'):
            hint = f"{quote}sep={separator}{quote}"
            if text[: len(hint)].lower() == hint and text[len(hint) : len(hint) + 1] in ("\n", "\r", ""):
                # Excel's own first line; it is no row of the table but keeps its place in the count.
                return f"#{text[len(hint) :]}", separator
    header = next((line for line in text[:HEAD].splitlines() if line.strip() and not is_comment(line)), "")

    def score(separator: str) -> tuple[int, int]:
        names = _cells(header, separator)
        return len(set(names).intersection(known)), len(names)

    return text, max(SEPARATORS, key=score)


def is_comment(first: str) -> bool:
    """Returns whether the first cell of a row makes the row a comment: `#` alone, or before a space."""
    bare = first.lstrip('\ufeff" ')
    return bare.startswith("# ") or bare.rstrip() == "#"


def _records(file: str, text: str, separator: str, log: FaultLog) -> _Records | None:
    """Returns header and records; raises UnreadableError where the quotes or sizes forbid to go on."""
    found: _Records | None = None
    is_bare = _is_bare(text, separator)
    comments: list[tuple[int, tuple[str, ...]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    # Most cells of a long table repeat a text: they share it.
    known: dict[str, str] = {}
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            if not any(cells) or not (is_bare or any(map(trim, cells))):
                continue
            if is_comment(cells[0]):
                comments.append((row, tuple(unguarded(trim(cell)) for cell in cells)))
                continue
            if len(cells) > MOST_COLUMNS:
                expected = f"row {row} has {len(cells)} cells"
                raise UnreadableError(expected, f"Remove what is not a column of the table (at most {MOST_COLUMNS}).")
            if found is None:
                found = _Records(file, separator, [trim(cell) for cell in cells], row)
            else:
                if is_bare and len(cells) == len(found.header) and cells != found.header:
                    found.kept.append([known.setdefault(cell, cell) for cell in cells])
                    found.rows.append(row)
                else:
                    _keep(found, row, [known.setdefault(cell, cell) for cell in cells], log)
                if len(found.rows) > MOST_ROWS:
                    expected = f"has more than {MOST_ROWS:,} rows"
                    raise UnreadableError(expected, "Split the case, or leave out rows that change nothing.")
    except csv.Error as error:
        expected = f"the quotes or line ends after row {row} do not match ({error})"
        remedy = 'Put text that holds a separator or a line end between two ", and write " inside it twice.'
        raise UnreadableError(expected, remedy) from error
    if found is not None:
        found.comments = comments
    return found


def _is_bare(text: str, separator: str) -> bool:
    """True where nothing stands around any cell that is not of it, and all are taken as they are."""
    if not text.isascii() or '"' in text or text[:1] in _AROUND or text[-1:] in _AROUND:
        return False
    edges = (separator, "\n", "\r")
    there = [mark for mark in _AROUND if mark != separator and mark in text]
    return not any(mark + edge in text or edge + mark in text for mark in there for edge in edges)


def _keep(found: _Records, row: int, cells: list[str], log: FaultLog) -> None:
    """Takes a record into the table, or refuses it with a fault."""
    header, width = found.header, len(found.header)
    if len(cells) > width and any(map(trim, cells[width:])):
        found.refused += 1
        extra = [trim(cell) for cell in cells[width:] if trim(cell)]
        mark = {",": "a comma", ";": "a semicolon", "\t": "a tab"}[found.separator]
        expected = f"the row has {len(cells)} cells and the header {width}, the first beyond it is '{extra[0][:40]}'"
        remedy = f"Put a cell that holds {mark} (a decimal comma, a list, a remark) between quotes."
        log.add(Fault(found.file, expected, remedy, row=row))
        return
    missing = [name for name in header[len(cells) :] if name and name not in REMARKS]
    if missing:
        found.refused += 1
        expected = f"the row has {len(cells)} cells and the header {width}, there is none for {missing[0]}"
        log.add(Fault(found.file, expected, "Write every cell of the row; a blank one keeps its separator.", row=row))
        return
    stripped = [unguarded(trim(cell)) for cell in cells[:width]]
    if stripped == header[: len(stripped)]:
        found.refused += 1
        log.add(Fault(found.file, "the header is repeated here", "Delete the row.", row=row))
        return
    found.kept.append(stripped + [""] * (width - len(stripped)))
    found.rows.append(row)


def _sheet(records: _Records, log: FaultLog) -> Sheet:
    """Returns the records by column; faults of the header and of overlong cells go to the log."""
    texts: dict[str, list[str]] = {}
    for position, name in enumerate(records.header):
        cells = [record[position] for record in records.kept]
        if not name:
            if any(cells):
                at = next(row for row, cell in zip(records.rows, cells, strict=True) if cell)
                expected = f"column {position + 1} has cells (row {at}) and no name in the header"
                log.add(Fault(records.file, expected, "Name the column, or clear it.", row=records.header_row))
            continue
        if name in texts:
            expected = "the column appears in the header twice"
            log.add(Fault(records.file, expected, "Delete one of the two.", row=records.header_row, column=name))
            continue
        for row, cell in zip(records.rows, cells, strict=True):
            if len(cell) > LONGEST_CELL:
                expected = f"has {len(cell):,} characters"
                remedy = f"Shorten it to at most {LONGEST_CELL:,}."
                log.add(Fault(records.file, expected, remedy, row=row, column=name, value=cell))
        texts[name] = cells
    return Sheet(
        records.file,
        records.separator,
        texts,
        tuple(records.rows),
        records.refused,
        header_row=records.header_row,
        comments=tuple(records.comments),
    )
