"""Series with the periods across: a table in which each period or span has its own column becomes the table itself.

Key columns, then a column for each period (its header is the label), and perhaps `growth_per_year`, which fills what is
blank. A table with several values, such as `site_series`, has a column `measure` that says which of them a row holds. A
blank cell is no row of the table, so that the value before it holds on; where a blank value of the table means
something ("no limit"), these words are written in the cell. A note or source is that of every period, unless each of
its lines begins with the periods that it is of, as in `2027, 2028: contract`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from models.calendar import parse_label, parse_span
from models.tables.column_descriptions import NOT_SHARES, ColumnDescription, columns_of
from models.tables.fleet_rows import InputRow
from planner.case.labels import read_label, read_span
from planner.case.nearest_name import nearest
from planner.case.numbers import NumberStyle, number_text, read_number, style_of
from planner.case.sheet import Sheet
from planner.case.text import UnreadableError
from planner.case.typed_rows import in_bounds, unit_hint
from planner.errors import Fault, FaultLog, Severity, WideRow, listed

GROWTH, MEASURE = "growth_per_year", "measure"
GROWTH_FACTS = ColumnDescription(
    "yearly growth that fills the blank cells after a value", unit="1/year", above=-1, typical=(-0.9, 4),
    other_units=NOT_SHARES, blank="nothing is filled",
)  # fmt: skip
_REMARKS = ("note", "source")
_EMPTY_REMEDY = "Enter a value, delete the row, or begin it with '# ' to keep it as a remark."
_DIGIT = re.compile("[0-9]")


@dataclass(frozen=True)
class SeriesForm:
    """What a table of series is made of: its column of periods or spans, and its values with what they mean."""

    time: str
    is_span: bool
    values: Mapping[str, ColumnDescription]

    @property
    def value(self) -> str:
        """The one value of a table that has no measures; of others the first."""
        return next(iter(self.values))

    @property
    def has_measures(self) -> bool:
        """Rows say which value they hold."""
        return len(self.values) > 1

    def is_time(self, name: str) -> bool:
        """Returns whether a header is a period or span."""
        try:
            self.read(name)
        except UnreadableError:
            return False
        return True

    def read(self, name: str) -> str:
        """Returns a header as a label or span; raises UnreadableError with the remedy."""
        return read_span(name) if self.is_span else read_label(name)

    def order(self, name: str) -> tuple[int, int]:
        """Returns the first month of a header and how many months it has."""
        if not self.is_span:
            return parse_label(name)
        first, end = parse_span(self.read(name))
        return first, end - first

    def across(self, names: Sequence[str]) -> list[str]:
        """Returns the headers that are periods or spans, in the order of time."""
        return sorted(filter(self.is_time, names), key=self.order)

    def words_for_blank(self, measure: str) -> str:
        """Returns what is written where a blank value means something; the empty text where it means nothing."""
        return "" if self.has_measures else self.values[measure].blank or ""


def series_form(row_class: type[InputRow]) -> SeriesForm | None:
    """Returns what a table is made of whose periods may stand across; None for others."""
    if not row_class.series:
        return None
    facts = columns_of(row_class)
    time = next(name for name, own in facts.items() if own.key and own.label)
    return SeriesForm(time, facts[time].label == "span", {name: facts[name] for name in row_class.series})


def narrowed(sheet: Sheet, row_class: type[InputRow], log: FaultLog) -> Sheet | None:
    """Returns a table with periods across as the table itself, and any other as it is.

    Its rows remember the cells that they come from, which faults name. None, with faults in the log, where the header
    is that of neither form.
    """
    form = series_form(row_class)
    if form is None or not columns_of(row_class).keys() & sheet.texts.keys():
        return sheet
    across = form.across(list(sheet.texts))
    if not across and not _is_meant(sheet, form, row_class):
        return sheet
    if not _header_is_sound(sheet, form, across, row_class, log):
        return None
    wide = _WideSheet(sheet, form, across, log)
    wide.fill()
    records = wide.measured() if form.has_measures else wide.plain()
    return wide.made(list(records), list(columns_of(row_class)))


def _is_meant(sheet: Sheet, form: SeriesForm, row_class: type[InputRow]) -> bool:
    """True for a header of neither form whose other columns have numbers, such as FY27."""
    known = columns_of(row_class)
    others = [name for name in sheet.texts if name not in known]
    return not {form.time, *form.values} & sheet.texts.keys() and any(_DIGIT.search(name) for name in others)


def _header_is_sound(
    sheet: Sheet, form: SeriesForm, across: Sequence[str], row_class: type[InputRow], log: FaultLog
) -> bool:
    known = columns_of(row_class)
    own = {*across, GROWTH, *((MEASURE,) if form.has_measures else ())}
    count = len(log.faults)
    for name in (form.time, *form.values):
        if name in sheet.texts:
            expected = f"stands beside columns of periods ({listed(across)})"
            remedy = f"Keep {form.time} and its values below each other, or the periods across, and not both."
            log.add(Fault(sheet.file, expected, remedy, sheet.header_row, name))
    for name in sheet.texts:
        if name not in known and name not in own:
            log.add(Fault(sheet.file, *_unknown(name, form, [*known, *own]), sheet.header_row, name))
    if form.has_measures and MEASURE not in sheet.texts:
        expected = f"the column is missing (what a row holds: {', '.join(form.values)})"
        remedy = f"Add it to the header in row {sheet.header_row}."
        log.add(Fault(sheet.file, expected, remedy, column=MEASURE))
    return len(log.faults) == count


def _unknown(name: str, form: SeriesForm, known: Sequence[str]) -> tuple[str, str]:
    expected = "is neither a column of this table nor a period"
    if _DIGIT.search(name):
        try:
            form.read(name)
        except UnreadableError as error:
            return expected, error.remedy
    close = nearest(name, [one for one in known if one not in (form.time, *form.values)])
    return expected, f"Did you mean {close}?" if close else f"Use a label such as 2027 or {GROWTH}, or delete it."


@dataclass(frozen=True)
class _Record:
    """One row of the table: the texts of its columns, and its place."""

    texts: Mapping[str, str]
    row: WideRow
    reported: frozenset[str] = frozenset()


@dataclass
class _WideSheet:
    """A table with periods across while it is turned into its rows."""

    sheet: Sheet
    form: SeriesForm
    across: Sequence[str]
    log: FaultLog
    cells: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cells = {name: list(self.sheet.texts[name]) for name in self.across}
        used = {*self.across, GROWTH, MEASURE}
        self.given = [name for name in self.sheet.texts if name not in used]
        self.order = {name: self.form.order(name) for name in self.across}

    def fault(self, at: int, name: str, expected: str, remedy: str, *, severity: Severity = Severity.FAULT) -> None:
        """Logs a finding in a cell."""
        text = self.sheet.texts[name][at]
        self.log.add(Fault(self.sheet.file, expected, remedy, self.sheet.rows[at], name, text, severity))

    def fill(self) -> None:
        """Fills the blank cells after a value of the rows that have a growth."""
        growths = self.sheet.texts.get(GROWTH, [])
        if not any(growths):
            return
        numeric = [*(self.sheet.texts[name] for name in self.across), growths]
        style = NumberStyle("")
        if self.sheet.separator:
            style = style_of((text for texts in numeric for text in texts), separator=self.sheet.separator)
        reported = self.sheet.reported.get(GROWTH, frozenset())
        for at, text in enumerate(growths):
            if text and at not in reported:
                self._grow(at, text, style)

    def _grow(self, at: int, text: str, style: NumberStyle) -> None:
        try:
            growth = in_bounds(read_number(text, style), GROWTH_FACTS, whole=False)
        except UnreadableError as error:
            self.fault(at, GROWTH, error.expected, error.remedy or "Write 0.1 for 10 % a year.")
            return
        low, high = GROWTH_FACTS.typical or (-1.0, 1.0)
        if growth and not low <= growth <= high:
            hint = unit_hint(growth, GROWTH_FACTS)
            expected = f"is outside the usual {low:g} to {high:g} 1/year"
            self.fault(at, GROWTH, expected, hint, severity=Severity.WARNING)
        last: tuple[str, float] | None = None
        filled = False
        for name in self.across:
            given = self.cells[name][at]
            if given:
                last = _number_of(name, given, style)
            elif last is not None and (number := self._grown(name, last, growth)) is not None:
                self.cells[name][at] = _written(number, style)
                filled = True
        if not filled:
            expected = "fills nothing: no cell after a number is blank"
            self.fault(at, GROWTH, expected, "Clear it, or the cells that it is to fill.", severity=Severity.WARNING)

    def _grown(self, name: str, last: tuple[str, float], growth: float) -> float | None:
        """Returns the last given number, grown to the beginning of a period; None for a span of another length."""
        (first, months), (begun, length) = self.order[name], self.order[last[0]]
        if (self.form.is_span and months != length) or first <= begun:
            return None
        return last[1] * float((1.0 + growth) ** ((first - begun) / 12))

    def plain(self) -> Iterator[_Record]:
        """Yields the rows of a table with one value."""
        value = self.form.value
        for at, row in enumerate(self.sheet.rows):
            used = [name for name in self.across if self.cells[name][at]]
            if not used:
                self._is_empty(at)
            for name in used:
                texts = self._given(at, name) | {self.form.time: name, value: self._value(at, name, value)}
                place = (int(row), name)
                bad = {value} if at in self.sheet.reported.get(name, ()) else set()
                yield _Record(texts, WideRow(row, {value: place, self.form.time: place}), self._bad(at, bad))

    def measured(self) -> Iterator[_Record]:
        """Yields the rows of a table with several values: those of one key and period together."""
        groups: dict[tuple[str, ...], dict[str, dict[str, int]]] = {}
        keys = [name for name in self.given if name not in _REMARKS]
        for at in range(len(self.sheet.rows)):
            measure = self.sheet.texts[MEASURE][at]
            if measure not in self.form.values:
                close = nearest(measure, self.form.values)
                remedy = f"Use {close}." if close else "Use one of them."
                self.fault(at, MEASURE, f"must be one of {', '.join(self.form.values)}", remedy)
                continue
            if not any(self.cells[name][at] for name in self.across):
                self._is_empty(at)
            group = groups.setdefault(tuple(self.sheet.texts[name][at] for name in keys), {})
            for name in self.across:
                if self.cells[name][at]:
                    self._take(group.setdefault(name, {}), measure, at, name)
        for group in groups.values():
            for name in self.across:
                if name in group:
                    yield self._joined(name, group[name])

    def _take(self, found: dict[str, int], measure: str, at: int, name: str) -> None:
        other = found.setdefault(measure, at)
        if other != at:
            expected = f"row {self.sheet.rows[other]} has a value of the same key and {MEASURE}"
            self.fault(at, name, expected, "Delete one of the two.")

    def _joined(self, name: str, found: Mapping[str, int]) -> _Record:
        """Returns the row of one key and period, which may stand in several rows of the sheet."""
        first = min(found.values())
        texts = self._given(first, name) | {self.form.time: name}
        for remark in _REMARKS:
            if remark in self.given:
                said = dict.fromkeys(self._given(at, name)[remark] for at in found.values())
                texts[remark] = "; ".join(filter(None, said))
        texts |= {measure: self._value(found[measure], name, measure) for measure in found}
        places = {measure: (int(self.sheet.rows[at]), name) for measure, at in found.items()}
        places[self.form.time] = (int(self.sheet.rows[first]), name)
        bad = {measure for measure, at in found.items() if at in self.sheet.reported.get(name, ())}
        return _Record(texts, WideRow(self.sheet.rows[first], places), self._bad(first, bad))

    def _is_empty(self, at: int) -> None:
        expected = "the row has no value under any period"
        row = self.sheet.rows[at]
        self.log.add(Fault(self.sheet.file, expected, _EMPTY_REMEDY, row, self.across[0], ""))

    def _given(self, at: int, name: str) -> dict[str, str]:
        """Returns the texts of a row beside its values, as they are for a period."""
        texts = {own: self.sheet.texts[own][at] for own in self.given}
        return texts | {own: remark_of(texts[own], name, self.across) for own in _REMARKS if own in texts}

    def _value(self, at: int, name: str, measure: str) -> str:
        text, blank = self.cells[name][at], self.form.words_for_blank(measure)
        return "" if blank and text.casefold() == blank.casefold() else text

    def _bad(self, at: int, values: set[str]) -> frozenset[str]:
        return frozenset(values | {own for own in self.given if at in self.sheet.reported.get(own, ())})

    def made(self, records: Sequence[_Record], order: Sequence[str]) -> Sheet:
        """Returns the table itself."""
        known = {self.form.time, *self.form.values}
        names = [name for name in order if name in known or name in self.given]
        names += [name for name in self.given if name not in names]
        if self.form.has_measures:
            there = {name for record in records for name in record.texts}
            names = [name for name in names if name in there or name not in self.form.values]
        reported = {
            name: frozenset(at for at, record in enumerate(records) if name in record.reported) for name in names
        }
        return Sheet(
            self.sheet.file,
            self.sheet.separator,
            {name: [record.texts.get(name, "") for record in records] for name in names},
            tuple(record.row for record in records),
            self.sheet.refused,
            header_row=self.sheet.header_row,
            reported={name: places for name, places in reported.items() if places},
            comments=self.sheet.comments,
            across=tuple(self.sheet.texts),
        )


def _number_of(name: str, text: str, style: NumberStyle) -> tuple[str, float] | None:
    try:
        return name, read_number(text, style)
    except UnreadableError:
        # What is no number is reported with its cell, where the table is read; nothing grows from it.
        return None


def _written(number: float, style: NumberStyle) -> str:
    text = number_text(number)
    return text.replace(".", ",") if style.comma and not style.point else text


def remark_of(text: str, name: str, across: Sequence[str]) -> str:
    r"""Returns the note or source of a period.

    >>> remark_of("2027: list\n2028, 2029: contract\nof May", "2029", ["2027", "2028", "2029"])
    'contract\nof May'
    >>> remark_of("2026: list", "2027", ["2027", "2028"]), remark_of("2027: list", "2028", ["2027", "2028"])
    ('2026: list', '')
    """
    parts: list[tuple[list[str], str]] = []
    for line in text.split("\n"):
        head, colon, rest = line.partition(":")
        periods = head.split(", ")
        if colon and all(period in across for period in periods):
            parts.append((periods, rest.removeprefix(" ")))
        elif parts:
            parts[-1] = parts[-1][0], f"{parts[-1][1]}\n{line}"
        else:
            return text
    return next((said for periods, said in parts if name in periods), "")


def remark_text(remarks: Mapping[str, str], across: Sequence[str]) -> str:
    r"""Returns the notes or sources of periods as one text, from which `remark_of` finds each.

    >>> remark_text({"2027": "list", "2028": "list"}, ["2027", "2028"])
    'list'
    >>> remark_text({"2027": "list", "2028": "", "2029": "list"}, ["2027", "2028", "2029"])
    '2027, 2029: list'
    """
    texts = dict.fromkeys(remarks.values())
    if len(texts) == 1 and all(remark_of(text, name, across) == text for text in texts for name in remarks):
        return next(iter(texts))
    by_text = {text: [name for name in remarks if remarks[name] == text] for text in texts if text}
    return "\n".join(f"{', '.join(names)}: {text}" for text, names in by_text.items())


__all__ = ["GROWTH", "GROWTH_FACTS", "MEASURE", "SeriesForm", "narrowed", "remark_of", "remark_text", "series_form"]
