"""What a workbook says of itself: its sheets, the texts and number formats of its cells, and how it counts days."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from planner.case.text import UnreadableError
from planner.case.workbook_cells import read_strings
from planner.case.workbook_package import DAMAGED, SAVE_AGAIN, Package

MOST_SHEETS = 1_000
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NO_DATE_PART = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_YEAR = re.compile(r"y+", re.IGNORECASE)
_ZEROS = re.compile(r"0{2,}")
_EPOCH = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
_LAST_DAY = 2_958_465
_FIRST_TRUE_DAY = 60


@dataclass(frozen=True)
class BookSheet:
    """One sheet: its name, its part in the file, whether it holds cells, and whether it is hidden."""

    name: str
    part: str
    has_cells: bool = True
    is_hidden: bool = False


@dataclass
class WorkbookParts:
    """The sheets of a workbook and what its cells refer to."""

    package: Package
    sheets: list[BookSheet] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)
    is_date: list[bool] = field(default_factory=list)
    is_year: list[bool] = field(default_factory=list)
    zeros: list[int] = field(default_factory=list)
    counts_from_1904: bool = False

    def style_is_date(self, style: int) -> bool:
        """Returns whether numbers of a style are shown as a date or time."""
        return style < len(self.is_date) and self.is_date[style]

    def style_is_year(self, style: int) -> bool:
        """Returns whether dates of a style are shown as their year alone."""
        return style < len(self.is_year) and self.is_year[style]

    def digits_shown(self, style: int) -> int:
        """Returns to how many digits a style fills whole numbers with zeros, as the format `00000` does; else 0."""
        return self.zeros[style] if style < len(self.zeros) else 0

    def date_of(self, serial: float) -> date | datetime | None:
        """Returns the day, or the time where it is no whole day, of a serial number; None where there is none."""
        if not 0 <= serial <= _LAST_DAY:
            return None
        if self.counts_from_1904:
            epoch, days = _EPOCH_1904, serial
        else:
            # The day 60 of the calendar from 1900 is 29 February 1900, which never was.
            epoch, days = _EPOCH, serial + 1 if serial < _FIRST_TRUE_DAY else serial
        try:
            moment = epoch + timedelta(milliseconds=round(days * 86_400_000))
        except OverflowError:
            return None
        return moment.date() if moment == datetime(moment.year, moment.month, moment.day) else moment


def open_book(data: bytes) -> WorkbookParts:
    """Returns the workbook in some bytes; raises UnreadableError for what cannot or must not be read."""
    package = Package(data)
    main = _main_part(package)
    relations = _relations(package, main)
    handler = _BookHandler()
    package.parse_whole(main, handler)
    book = WorkbookParts(package, counts_from_1904=handler.counts_from_1904)
    if not handler.sheets or len(handler.sheets) > MOST_SHEETS:
        expected = f"{DAMAGED}: it has {len(handler.sheets):,} sheets"
        raise UnreadableError(expected, SAVE_AGAIN)
    for name, state, relation in handler.sheets:
        kind, part = relations.get(relation, ("", ""))
        book.sheets.append(BookSheet(name, part, kind in ("worksheet", ""), state in ("hidden", "veryHidden")))
    for kind, part in relations.values():
        if kind == "sharedStrings" and package.has(part):
            book.strings = read_strings(package, part)
        elif kind == "styles" and package.has(part):
            styles = _StylesHandler()
            package.parse_whole(part, styles)
            book.is_date = [_is_date(number, styles.codes.get(number, "")) for number in styles.formats]
            book.is_year = [_is_year(styles.codes.get(number, "")) for number in styles.formats]
            book.zeros = [_zeros(styles.codes.get(number, "")) for number in styles.formats]
    return book


def _is_date(number: int, code: str) -> bool:
    if not code:
        return number in _DATE_FORMATS
    bare = _NO_DATE_PART.sub("", code.partition(";")[0])
    return bare.casefold() not in ("general", "standard") and bool(re.search(r"[dmyhs]", bare, re.IGNORECASE))


def _is_year(code: str) -> bool:
    return _YEAR.fullmatch(_NO_DATE_PART.sub("", code.partition(";")[0])) is not None


def _zeros(code: str) -> int:
    return len(code) if _ZEROS.fullmatch(code) else 0


def _main_part(package: Package) -> str:
    if package.has("_rels/.rels"):
        handler = _RelationsHandler()
        package.parse_whole("_rels/.rels", handler)
        for kind, target in handler.found.values():
            if kind == "officeDocument":
                part = posixpath.normpath(target.lstrip("/"))
                if package.has(part) and part.startswith("xl/"):
                    return part
    if package.has("xl/workbook.xml"):
        return "xl/workbook.xml"
    expected = "is a ZIP file and not a workbook"
    raise UnreadableError(expected, SAVE_AGAIN)


def _relations(package: Package, main: str) -> dict[str, tuple[str, str]]:
    folder, name = posixpath.split(main)
    handler = _RelationsHandler()
    package.parse_whole(f"{folder}/_rels/{name}.rels", handler)
    return {
        key: (kind, target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target)))
        for key, (kind, target) in handler.found.items()
    }


class _RelationsHandler(ContentHandler):
    """Collects the relations of a part: the kind and target of each, by its key."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, tuple[str, str]] = {}

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        get = attrs.get
        if name.rpartition(":")[2] == "Relationship" and get("TargetMode", "") != "External":
            self.found[get("Id", "")] = get("Type", "").rpartition("/")[2], get("Target", "")


class _BookHandler(ContentHandler):
    """Collects name, state and relation of each sheet, and how days are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str, str]] = []
        self.counts_from_1904 = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        get = attrs.get
        local = name.rpartition(":")[2]
        if local == "sheet":
            keys: list[str] = attrs.getNames()
            relation = next((get(key, "") for key in keys if key.rpartition(":")[2] == "id"), "")
            self.sheets.append((get("name", ""), get("state", ""), relation))
        elif local == "workbookPr":
            self.counts_from_1904 = get("date1904", "0") in ("1", "true")


class _StylesHandler(ContentHandler):
    """Collects the codes of number formats, and the format of each style of cells."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[int, str] = {}
        self.formats: list[int] = []
        self._counts = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        get = attrs.get
        local = name.rpartition(":")[2]
        if local == "numFmt":
            self.codes[_index(get("numFmtId", ""))] = get("formatCode", "")
        elif local == "cellXfs":
            self._counts = True
        elif local == "xf" and self._counts:
            self.formats.append(_index(get("numFmtId", "0")))

    def endElement(self, name: str) -> None:
        if name.rpartition(":")[2] == "cellXfs":
            self._counts = False


def _index(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
