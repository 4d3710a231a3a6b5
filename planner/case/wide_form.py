"""A table of series laid out with its periods across, as people write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from models.case import TABLES
from models.tables.column_descriptions import columns_of
from planner.case.sheet import Sheet, read_sheet
from planner.case.text import UnreadableError, decode
from planner.case.wide_tables import GROWTH, MEASURE, SeriesForm, narrowed, remark_text, series_form
from planner.case.workbook_form import CaseForm, FormCell, FormRow, FormSheet, csv_of, form_sheet, wide_columns
from planner.errors import FaultLog

_LAST = ("label", "note", "source")
_REMARKS = ("note", "source")
_GROWTH_OF_EXAMPLE = 0.1
Key = tuple[FormCell, ...]


@dataclass
class _Series:
    """Rows of one key that stand together in the order of time: what they share, their values and remarks by period."""

    shared: dict[str, FormCell]
    cells: dict[str, dict[str, FormCell]] = field(default_factory=dict)
    remarks: dict[str, dict[str, str]] = field(default_factory=lambda: {name: {} for name in _REMARKS})

    def rows(self, form: SeriesForm, names: Sequence[str], across: Sequence[str]) -> Iterator[FormRow]:
        """Yields the row of each measure that has a value."""
        for measure in form.values:
            own = {period: cells[measure] for period, cells in self.cells.items() if cells[measure] is not None}
            if not own:
                continue
            found: dict[str, FormCell] = {**self.shared, MEASURE: measure, **own}
            for name in _REMARKS:
                found[name] = remark_text({period: self.remarks[name][period] for period in own}, across) or None
            yield FormRow(tuple(found.get(name) for name in names))


def widened(sheet: FormSheet) -> FormSheet | None:
    """Returns a table of series with its periods across; None for others, and where its rows have faults."""
    form = series_form(TABLES[sheet.name])
    given = {column.name for column in sheet.columns}
    if form is None or not sheet.rows or not {form.time, *_keys(sheet)} <= given:
        return None
    try:
        series = list(_series(sheet, form))
        across = form.across([*dict.fromkeys(period for one in series for period in one.cells)])
    except (KeyError, UnreadableError):
        return None
    names = _header(sheet, form, across, has_growth=False)
    comments = [row for row in sheet.rows if row.is_comment]
    rows = (row for one in series for row in one.rows(form, names, across))
    return replace(sheet, columns=wide_columns(sheet.name, names), rows=(*comments, *rows))


def with_periods_across(form: CaseForm) -> tuple[CaseForm, tuple[str, ...]]:
    """Returns a case whose series stand across, and the names of those that would not read back as they are."""
    sheets, kept = [], []
    for sheet in form.sheets:
        wide = widened(sheet)
        if wide is not None and not _reads_back(sheet, wide):
            kept.append(sheet.name)
            wide = None
        sheets.append(wide or sheet)
    return replace(form, sheets=tuple(sheets)), tuple(kept)


def _reads_back(sheet: FormSheet, wide: FormSheet) -> bool:
    log = FaultLog()
    again = sheet_of_text(sheet.name, csv_of(wide), log)
    return again is not None and not log.faults and form_sheet(sheet.name, again).records() == sheet.records()


def sheet_of_text(table: str, text: str, log: FaultLog) -> Sheet | None:
    """Returns a table in the text of a CSV file; None, with faults in the log, where it has no header."""
    row_class = TABLES[table]
    sheet = read_sheet(f"{table}.csv", decode(text.encode()).text, tuple(columns_of(row_class)), log)
    return None if sheet is None else narrowed(sheet, row_class, log)


def across_of_template(sheet: FormSheet) -> FormSheet:
    """Returns a table of the template, of series with columns for two years, and with growth in its example."""
    form = series_form(TABLES[sheet.name])
    wide = None if form is None else widened(sheet)
    if form is None or wide is None:
        return sheet
    first = form.across([column.name for column in wide.columns])[0]
    years = _years(form, first)
    names = _header(sheet, form, years, has_growth=True)
    rows = []
    for row in wide.rows:
        cells: dict[str, FormCell] = dict(zip((column.name for column in wide.columns), row.cells, strict=True))
        if form.is_span:
            given = cells.pop(first)
            cells |= {year: given / len(years) if isinstance(given, float) else given for year in years}
        if sheet.name == "demand":
            cells[GROWTH] = _GROWTH_OF_EXAMPLE
        rows.append(replace(row, cells=tuple(cells.get(name) for name in names)))
    return replace(wide, columns=wide_columns(sheet.name, names), rows=tuple(rows))


def _years(form: SeriesForm, first: str) -> list[str]:
    """Returns the headers of a template: the years of the example's span, or its period and that of a year later."""
    if form.is_span:
        begun, end = first.partition("..")[::2]
        return [str(year) for year in range(int(begun), int(end or begun) + 1)]
    return [first, f"{int(first[:4]) + 1}{first[4:]}"]


def _keys(sheet: FormSheet) -> list[str]:
    return [column.name for column in sheet.columns if column.is_key]


def _series(sheet: FormSheet, form: SeriesForm) -> Iterator[_Series]:
    """Yields the rows that share a row of the wide table.

    Raises:
        UnreadableError: a period or span is none.
        KeyError: a value is missing that no word stands for.
    """
    names = [column.name for column in sheet.columns]
    shared = [name for name in names if name not in (form.time, *form.values, *_REMARKS)]
    last: _Series | None = None
    for row in sheet.rows:
        if row.is_comment:
            continue
        cells = dict(zip(names, row.cells, strict=True))
        period = form.read(str(cells[form.time]))
        own = {name: cells[name] for name in shared}
        if last is None or last.shared != own or form.order(period) <= form.order(next(reversed(last.cells))):
            if last is not None:
                yield last
            last = _Series(own)
        last.cells[period] = {measure: _value(form, measure, cells) for measure in form.values}
        for name in _REMARKS:
            last.remarks[name][period] = str(cells.get(name) or "")
    if last is not None:
        yield last


def _value(form: SeriesForm, measure: str, cells: Mapping[str, FormCell]) -> FormCell:
    value = cells.get(measure)
    if value is None and not form.has_measures:
        words = form.words_for_blank(measure)
        if not words:
            raise KeyError(measure)
        return words
    return value


def _header(sheet: FormSheet, form: SeriesForm, across: Sequence[str], *, has_growth: bool) -> list[str]:
    given = [column.name for column in sheet.columns if column.name not in (form.time, *form.values)]
    keys = [name for name in given if name in _keys(sheet)]
    others = [name for name in given if name not in keys and name not in _LAST]
    measure = [MEASURE] if form.has_measures else []
    growth = [GROWTH] if has_growth else []
    return [*keys, *others, *measure, *growth, *across, *(name for name in _LAST if name in given)]


__all__ = ["across_of_template", "sheet_of_text", "widened", "with_periods_across"]
