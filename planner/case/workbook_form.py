"""A case laid out as sheets to be written: what each column holds, and the cells of each row as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import getdoc
from typing import Any

from models.case import REQUIRED_TABLES, TABLES
from models.tables.column_descriptions import ColumnDescription, columns_of
from models.tables.fleet_rows import InputRow
from planner.case.context import GATE_TABLES, name_column
from planner.case.numbers import NumberStyle, read_number, style_of
from planner.case.settings import SETTINGS, SOLVER
from planner.case.sheet import Sheet
from planner.case.template import meaning_of
from planner.case.text import UnreadableError, csv_text, guarded
from planner.case.typed_rows import FALSE_WORDS, NUMBER_TYPES, TRUE_WORDS, bounds_of
from planner.case.wide_tables import GROWTH, GROWTH_FACTS, MEASURE, series_form
from planner.case.workbook_plan import SOLVER_PREFIX, PlanLine, setting_types
from planner.case.workbook_sheet import Holds, holds_of

FormCell = float | str | bool | None


@dataclass(frozen=True)
class FormColumn:
    """A column of a sheet: its explanation, and what its cells may hold.

    `refers_to` are pairs of sheet and column whose names the cells may hold, `also` further names.
    """

    name: str
    meaning: str
    unit: str = ""
    blank: str | None = ""
    holds: Holds = Holds.REMARK
    is_key: bool = False
    is_whole: bool = False
    bounds: tuple[float | None, float | None, float | None] = (None, None, None)
    bounds_text: str = ""
    choices: tuple[str, ...] = ()
    refers_to: tuple[tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()
    many: bool = False
    is_large: bool = False

    @property
    def is_needed(self) -> bool:
        """A cell must not be blank."""
        return self.blank is None

    @property
    def explanation(self) -> str:
        """What the cell below the name says: meaning, unit, and what a blank means."""
        unit = f"[{self.unit}]" if self.unit else ""
        lines = [self.meaning, unit, "needed" if self.blank is None else f"blank: {self.blank}"]
        return "\n".join(line for line in lines if line not in ("", "blank: ", "blank: none"))


@dataclass(frozen=True)
class FormRow:
    """A row of a sheet: a record or a comment, and the row that it stood in before."""

    cells: tuple[FormCell, ...]
    is_comment: bool = False
    source_row: int = 0


@dataclass(frozen=True)
class FormSheet:
    """A table as a sheet."""

    name: str
    meaning: str
    is_needed: bool
    columns: tuple[FormColumn, ...]
    rows: tuple[FormRow, ...] = ()

    def records(self) -> list[dict[str, FormCell]]:
        """Returns the rows that are no comments, by column."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row.cells, strict=True)) for row in self.rows if not row.is_comment]

    def explanations(self) -> tuple[str, ...]:
        """Returns the cells of the comment below the names."""
        texts = [column.explanation for column in self.columns]
        return (f"# {texts[0]}", *texts[1:]) if texts else ()


@dataclass(frozen=True)
class CaseForm:
    """A whole case as sheets, with the lines of its settings and the text that came with it."""

    title: str
    settings: tuple[PlanLine, ...]
    sheets: tuple[FormSheet, ...]
    setting_columns: Mapping[str, FormColumn] = field(default_factory=dict)
    readme: tuple[str, ...] | None = None
    is_template: bool = False

    def sheet(self, name: str) -> FormSheet:
        """Returns a sheet by its name; raises KeyError where there is none."""
        return next(sheet for sheet in self.sheets if sheet.name == name)


def groups() -> dict[str, list[str]]:
    """Returns the tables by what they are about."""
    found: dict[str, list[str]] = {}
    for table, row_class in TABLES.items():
        found.setdefault(row_class.theme, []).append(table)
    return found


def form_columns(row_class: type[InputRow]) -> dict[str, FormColumn]:
    """Returns the columns of a table as a workbook explains and checks them."""
    holds = holds_of(row_class)
    return {name: _column(name, facts, holds[name]) for name, facts in columns_of(row_class).items()}


def actual_columns(row_class: type[InputRow]) -> dict[str, FormColumn]:
    """Returns the columns of a table that stands in a workbook without the sheets that its names refer to."""
    return {name: replace(column, refers_to=(), also=()) for name, column in form_columns(row_class).items()}


def setting_columns() -> dict[str, FormColumn]:
    """Returns every setting as a column of one cell, those of the solver with their prefix."""
    kinds = {"bool": Holds.TRUTH, "str": Holds.NAME}
    described = {**SETTINGS, **{SOLVER_PREFIX + name: facts for name, facts in SOLVER.items()}}
    found = {}
    for name, kind in setting_types().items():
        bare = kind.removesuffix(" | None")
        holds = Holds.NUMBER if bare in NUMBER_TYPES else kinds[bare]
        found[name] = _column(name, described[name], holds)
    return found


def form_sheet(table: str, sheet: Sheet | None = None) -> FormSheet:
    """Returns a table as a sheet, in the columns and rows of its source; empty with all columns where there is none."""
    known = form_columns(TABLES[table])
    meaning = (getdoc(TABLES[table]) or "").splitlines()[0]
    is_needed = table in REQUIRED_TABLES
    if sheet is None:
        return FormSheet(table, meaning, is_needed, tuple(known.values()))
    columns = tuple(known.get(name) or FormColumn(name, "") for name in sheet.texts)
    explained = columns if not sheet.across else wide_columns(table, sheet.across)
    return FormSheet(table, meaning, is_needed, columns, tuple(_rows(sheet, columns, explained)))


def wide_columns(table: str, names: Sequence[str]) -> tuple[FormColumn, ...]:
    """Returns the columns of a table of series with its periods across; the first period explains what all hold."""
    form, known = series_form(TABLES[table]), form_columns(TABLES[table])
    assert form is not None, "a table of series"
    first = next(iter(form.across(names)), "")
    value = known[form.value]
    blank = form.words_for_blank(form.value)
    more = {
        GROWTH: replace(_column(GROWTH, GROWTH_FACTS, Holds.NUMBER), is_key=False),
        MEASURE: FormColumn(
            MEASURE, f"what the row holds ({' | '.join(form.values)})", blank=None, holds=Holds.NAME, is_key=True,
            choices=tuple(form.values),
        ),
    }  # fmt: skip
    found = []
    for name in names:
        meaning, unit = (value.meaning, value.unit) if not form.has_measures else ("value of the measure", "")
        said = f"; no value: {blank}" if blank else ""
        period = FormColumn(
            name, f"{meaning} from here on{said}" if name == first and not form.is_span else meaning + said, unit,
            holds=Holds.NUMBER, bounds=value.bounds, bounds_text=value.bounds_text, is_large=value.is_large,
            also=(blank,) if blank else (),
        )  # fmt: skip
        period = period if name == first else replace(period, meaning="")
        found.append(known.get(name) or more.get(name) or period)
    return tuple(found)


def typed(text: str, column: FormColumn, style: NumberStyle) -> FormCell:
    """Returns the value of a cell in the type of its column; a text that is none stays a text."""
    if not text:
        return None
    if column.holds is Holds.NUMBER:
        try:
            return read_number(text, style)
        except UnreadableError:
            return text
    if column.holds is Holds.TRUTH:
        word = text.casefold()
        return word in TRUE_WORDS if word in TRUE_WORDS | FALSE_WORDS else text
    return text


def csv_of(sheet: FormSheet) -> str:
    """Returns a table as CSV: numbers with all digits, text guarded where a spreadsheet would take it for a formula."""
    head = [guarded(column.name) for column in sheet.columns]
    return csv_text([head, *([_csv_cell(value) for value in row.cells] for row in sheet.rows)])


def _csv_cell(value: FormCell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return guarded(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def case_title(plan: Mapping[str, Any] | None) -> str:
    """Returns the name that the settings give a case."""
    return str((plan or {}).get("name") or "case")


def _rows(sheet: Sheet, columns: tuple[FormColumn, ...], explaining: tuple[FormColumn, ...]) -> Iterator[FormRow]:
    numeric = [sheet.texts[column.name] for column in columns if column.holds is Holds.NUMBER]
    style = NumberStyle("")
    if sheet.separator:
        style = style_of((text for texts in numeric for text in texts), separator=sheet.separator)
    explained = FormSheet("", "", is_needed=False, columns=explaining).explanations()
    comments = [(number, cells) for number, cells in sheet.comments if cells != explained]
    records = zip(sheet.rows, zip(*sheet.texts.values(), strict=True), strict=True) if sheet.rows else iter(())
    waiting = next(records, None)
    for number, cells in [*comments, (None, ())]:
        while waiting is not None and (number is None or waiting[0] < number):
            values = tuple(typed(text, column, style) for text, column in zip(waiting[1], columns, strict=True))
            yield FormRow(values, source_row=waiting[0])
            waiting = next(records, None)
        if number is not None:
            yield FormRow(cells, is_comment=True, source_row=number)


def _column(name: str, facts: ColumnDescription, holds: Holds) -> FormColumn:
    is_number = holds is Holds.NUMBER
    tables = [part for ref in facts.refs for part in (GATE_TABLES if ref == "gates" else (ref,))]
    pairs = [
        ("accelerators", "vendor") if table == "vendors" else (table, name_column(table))
        for table in dict.fromkeys(tables)
        if table != "*"
    ]
    return FormColumn(
        name=name,
        meaning=meaning_of(facts),
        unit=facts.unit,
        blank=facts.blank,
        holds=holds,
        is_key=facts.key,
        is_whole=facts.whole,
        bounds=(facts.least, facts.above, facts.most),
        bounds_text=bounds_of(facts, whole=facts.whole) if is_number else "",
        choices=facts.choices,
        refers_to=tuple(pairs),
        also=("*",) if "*" in facts.refs else (),
        many=facts.many,
        is_large=facts.whole or "units" in facts.unit or (facts.typical is not None and facts.typical[1] >= 1e5),
    )
