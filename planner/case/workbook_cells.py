"""The cells of a sheet as its XML holds them, row by row, with formulas distinguished from values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from planner.case.sheet import MOST_COLUMNS
from planner.case.text import UnreadableError
from planner.case.workbook_package import DAMAGED, SAVE_AGAIN, Package

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
MOST_MERGES = 10_000
_Get = Callable[[str, str], str]
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class RawCell(NamedTuple):
    """One cell as it is stored; `text` is None where a formula has no stored value.

    `kind` is `n` a number, `s` a text, `b` a truth value, `e` an error or `d` a date; `style` is the index of
    its format, and `column` counts from 1.
    """

    column: int
    kind: str
    style: int
    text: str | None
    is_formula: bool


class RawRow(NamedTuple):
    """The cells of a row that hold something, by column."""

    number: int
    cells: list[RawCell]


@dataclass
class SheetFacts:
    """What a sheet holds beside its cells: merged ranges, and what is hidden."""

    merged: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)


def column_number(letters: str) -> int:
    """Returns the number of a column, counted from 1.

    >>> column_number("A"), column_number("AB")
    (1, 28)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Returns the letters of a column that is counted from 1.

    >>> column_letters(1), column_letters(28)
    ('A', 'AB')
    """
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def range_corners(text: str) -> tuple[int, int, int, int] | None:
    """Returns first row, last row, first column and last column of a range, or None for another text.

    >>> range_corners("B3:D7"), range_corners("C1")
    ((3, 7, 2, 4), (1, 1, 3, 3))
    """
    corners = [_REFERENCE.fullmatch(part) for part in text.replace("$", "").split(":")]
    if len(corners) > 2 or None in corners:
        return None
    rows = sorted(int(corner.group(2)) for corner in corners if corner)
    columns = sorted(column_number(corner.group(1)) for corner in corners if corner)
    return rows[0], rows[-1], columns[0], columns[-1]


def unescaped(text: str) -> str:
    r"""Returns a stored text with its escapes resolved.

    >>> unescaped("a_x0009_b"), unescaped("_x005F_x0009_"), unescaped("_xD800_"), unescaped("_x0000_")
    ('a\tb', '_x0009_', '_xD800_', '_x0000_')
    """
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: _letter(found.group(0), int(found.group(1), 16)), text)


def _letter(escape: str, code: int) -> str:
    # Halves of a letter and the zero are no text that a CSV file could hold.
    return escape if 0xD800 <= code <= 0xDFFF or code in (0, 0xFFFE, 0xFFFF) else chr(code)


def read_rows(package: Package, part: str, strings: list[str], facts: SheetFacts) -> Iterator[RawRow]:
    """Yields the rows that hold something, in order; `facts` is filled on the way.

    Raises UnreadableError for what a sheet cannot be, and for more columns than a table has.
    """
    handler = _SheetHandler(strings, facts)
    for _ in package.parse(part, handler):
        if handler.rows:
            yield from handler.rows
            handler.rows.clear()


def read_strings(package: Package, part: str) -> list[str]:
    """Returns the texts that the cells of a workbook share."""
    handler = _StringsHandler()
    package.parse_whole(part, handler)
    return handler.strings


class _TextHandler(ContentHandler):
    """Collects the text of `t` elements, formatted or not, without the phonetic readings beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.takes = False
        self.is_phonetic = False

    def characters(self, content: str) -> None:
        if self.takes:
            self.parts.append(content)


class _StringsHandler(_TextHandler):
    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        local = name.rpartition(":")[2]
        if local == "si":
            self.parts = []
        elif local == "rPh":
            self.is_phonetic = True
        elif local == "t":
            self.takes = not self.is_phonetic

    def endElement(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "t":
            self.takes = False
        elif local == "rPh":
            self.is_phonetic = False
        elif local == "si":
            self.strings.append(unescaped("".join(self.parts)))


class _SheetHandler(_TextHandler):
    """Turns the events of a sheet into rows."""

    def __init__(self, strings: list[str], facts: SheetFacts) -> None:
        super().__init__()
        self.rows: list[RawRow] = []
        self._strings = strings
        self._facts = facts
        self._row = 0
        self._column = 0
        self._cells: list[RawCell] = []
        self._kind = ""
        self._style = 0
        self._has_value = self._is_formula = self._in_cell = False
        self._known: dict[str, int] = {}

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        local = name.rpartition(":")[2] if ":" in name else name
        get = attrs.get
        if local == "c":
            self._begin_cell(get)
        elif self._in_cell:
            if local in ("v", "t"):
                self.takes = not self.is_phonetic
                self._has_value = True
            elif local == "f":
                self._is_formula = True
            elif local == "rPh":
                self.is_phonetic = True
        elif local == "row":
            self._begin_row(get)
        elif local == "mergeCell":
            self._facts.merged.append(str(get("ref", "")))
            if len(self._facts.merged) > MOST_MERGES:
                expected = f"holds more than {MOST_MERGES:,} merged cells"
                raise UnreadableError(expected, "Unmerge the cells of the sheet.")
        elif local == "col" and get("hidden", "0") in ("1", "true"):
            self._facts.hidden_columns.append((_whole(get("min", "1")), _whole(get("max", "1"))))

    def endElement(self, name: str) -> None:
        local = name.rpartition(":")[2] if ":" in name else name
        if local in ("v", "t"):
            self.takes = False
        elif local == "c" and self._in_cell:
            self._end_cell()
        elif local == "rPh":
            self.is_phonetic = False
        elif local == "row" and self._cells:
            self.rows.append(RawRow(self._row, self._cells))

    def _begin_row(self, get: _Get) -> None:
        text = get("r", "")
        number = _whole(text) if text else self._row + 1
        if number <= self._row or number > LAST_ROW:
            expected = f"{DAMAGED}: row {number:,} follows row {self._row:,}"
            raise UnreadableError(expected, SAVE_AGAIN)
        self._row, self._column, self._cells = number, 0, []
        if get("hidden", "0") in ("1", "true"):
            self._facts.hidden_rows.append(number)

    def _begin_cell(self, get: _Get) -> None:
        reference = str(get("r", ""))
        letters = reference.rstrip("0123456789")
        column = self._known.get(letters)
        if column is None:
            if letters and not (len(letters) <= 3 and letters.isascii() and letters.isalpha() and letters.isupper()):
                expected = f"{DAMAGED}: it holds a cell {reference[:20]!r}"
                raise UnreadableError(expected, SAVE_AGAIN)
            column = column_number(letters)
            if letters:
                self._known[letters] = column
        column = column or self._column + 1
        if column <= self._column or column > LAST_COLUMN:
            expected = f"{DAMAGED}: its cells in row {self._row:,} are out of order"
            raise UnreadableError(expected, SAVE_AGAIN)
        self._column = column
        self._kind = str(get("t", "n"))
        style = get("s", "0")
        self._style = self._known[style] if style in self._known else self._known.setdefault(style, _whole(style))
        self.parts = []
        self._has_value = self._is_formula = self.is_phonetic = False
        self._in_cell = True

    def _end_cell(self) -> None:
        self._in_cell = self.takes = False
        if not self._has_value and not self._is_formula:
            return
        text = "".join(self.parts)
        kind = self._kind
        if kind == "s":
            position = int(text) if text.isdecimal() and len(text) < 10 else -1
            if not 0 <= position < len(self._strings):
                expected = f"{DAMAGED}: the text of a cell in row {self._row:,} is missing"
                raise UnreadableError(expected, SAVE_AGAIN)
            text = self._strings[position]
        elif kind in ("str", "inlineStr"):
            kind, text = "s", unescaped(text)
        elif kind not in ("n", "b", "e", "d"):
            expected = f"{DAMAGED}: a cell in row {self._row:,} is of the kind {kind[:20]!r}"
            raise UnreadableError(expected, SAVE_AGAIN)
        if text or (self._is_formula and kind == "s" and self._has_value):
            self._add(RawCell(self._column, kind, self._style, text, self._is_formula))
        elif self._is_formula:
            self._add(RawCell(self._column, kind, self._style, None, is_formula=True))

    def _add(self, cell: RawCell) -> None:
        if cell.column > MOST_COLUMNS:
            expected = f"row {self._row} has a cell in column {column_letters(cell.column)}"
            raise UnreadableError(expected, f"Remove what is not a column of the table (at most {MOST_COLUMNS}).")
        self._cells.append(cell)


def _whole(text: object) -> int:
    digits = str(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        expected = f"{DAMAGED}: {digits[:20]!r} stands where a number belongs"
        raise UnreadableError(expected, SAVE_AGAIN)
    return int(digits)
