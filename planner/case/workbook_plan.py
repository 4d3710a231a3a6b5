"""The sheet `plan` of a workbook becomes the settings of a `plan.toml`, each value in the type of its setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from models.case import Settings, SolverSettings
from planner.case.nearest_name import nearest
from planner.case.numbers import NumberStyle, read_number
from planner.case.settings import SETTINGS, SOLVER
from planner.case.sheet import is_comment
from planner.case.text import UnreadableError
from planner.case.typed_rows import FALSE_WORDS, NUMBER_TYPES, TRUE_WORDS
from planner.case.workbook_book import BookSheet, WorkbookParts
from planner.case.workbook_cell_names import PLAN_SHEET, WorkbookFault
from planner.case.workbook_cells import RawCell, SheetFacts, column_letters, range_corners, read_rows
from planner.case.workbook_sheet import Holds, text_of
from planner.errors import FaultLog

SOLVER_PREFIX = "solver."
HEADER = ("setting", "value")
REMARK_COLUMNS = ("note", "source")
SHOWN_COLUMNS = ("unit", "meaning")


@dataclass(frozen=True)
class PlanLine:
    """A line of the settings: a setting with its remarks, or a comment where `setting` is open."""

    setting: str = ""
    value: Any = None
    note: str = ""
    source: str = ""
    comment: str = ""


@dataclass
class PlanSheet:
    """The settings on a sheet: the keys as of a `plan.toml`, the cell of each, and every line in its order."""

    plan: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    lines: list[PlanLine] = field(default_factory=list)


def setting_types() -> dict[str, str]:
    """Returns the type of each setting by its name, those of the solver with their prefix."""
    found = {entry.name: str(entry.type) for entry in fields(Settings)}
    return found | {SOLVER_PREFIX + entry.name: str(entry.type) for entry in fields(SolverSettings)}


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns settings by their name, those of the solver in a table of their own, as a `plan.toml` holds them."""
    plan = {name: value for name, value in values.items() if not name.startswith(SOLVER_PREFIX)}
    solver = {name[len(SOLVER_PREFIX) :]: value for name, value in values.items() if name.startswith(SOLVER_PREFIX)}
    return plan | ({"solver": solver} if solver else {})


def read_plan_sheet(book: WorkbookParts, sheet: BookSheet, log: FaultLog) -> PlanSheet | None:
    """Returns the settings on a sheet, None where it has no header; what cannot be read goes to the log."""
    facts = SheetFacts()
    columns: dict[int, str] = {}
    values: dict[str, Any] = {}
    made, header_row, seen_rows = PlanSheet(), 0, []
    for row in read_rows(book.package, sheet.part, book.strings, facts):
        first = row.cells[0]
        if first.kind == "s" and is_comment(first.text or ""):
            made.lines.append(PlanLine(comment=text_of(first, Holds.REMARK, book)[0].removeprefix("#").strip()))
            continue
        if not columns:
            header_row = row.number
            columns = _header(row.number, row.cells, book, log)
            if not columns:
                return None
            continue
        if row.number > header_row and any(text_of(cell, Holds.REMARK, book)[0] or not cell.text for cell in row.cells):
            seen_rows.append(row.number)
            _take(
                _SettingRow(row.number, {columns.get(cell.column, ""): cell for cell in row.cells}),
                book,
                made,
                values,
                log,
            )
    if not columns:
        _fault(log, "the sheet is empty", f"Write the header {' and '.join(HEADER)} in row 1.")
        return None
    for text in facts.merged:
        corners = range_corners(text)
        if corners and any(corners[0] <= number <= corners[1] for number in [header_row, *seen_rows]):
            expected = f"the cells {text} are merged, and only the first of them holds a value"
            _fault(log, expected, "Unmerge them.", corners[0], column_letters(corners[2]))
    made.plan = nested(values)
    return made


@dataclass(frozen=True)
class _SettingRow:
    number: int
    cells: Mapping[str, RawCell]

    def cell(self, column: str) -> RawCell | None:
        return self.cells.get(column)


def _fault(log: FaultLog, expected: str, remedy: str, row: int | None = None, letters: str = "A", **more: str) -> None:
    cell = "" if row is None else f"{letters}{row}"
    log.add(WorkbookFault(PLAN_SHEET, expected, remedy, row, cell=cell, **more))  # type: ignore[arg-type]


def _header(number: int, cells: list[RawCell], book: WorkbookParts, log: FaultLog) -> dict[int, str]:
    """Returns the names of the columns by number; none where the two that are needed are not there."""
    names = {cell.column: text_of(cell, Holds.REMARK, book)[0] for cell in cells}
    known = (*HEADER, *REMARK_COLUMNS, *SHOWN_COLUMNS)
    sound = True
    for at, name in names.items():
        if name in known and list(names.values()).count(name) == 1:
            continue
        sound = False
        close = nearest(name, [other for other in known if other not in names.values()])
        twice = name in known
        expected = "the column appears in the header twice" if twice else "is not a column of this sheet"
        remedy = f"Did you mean {close}?" if close else f"The columns are {', '.join(known)}."
        _fault(log, expected, "Delete one of the two." if twice else remedy, number, column_letters(at), column=name)
    for name in HEADER:
        if name not in names.values() and sound:
            sound = False
            _fault(log, f"the column {name} is missing", f"Add it to the header in row {number}.")
    return names if sound else {}


def _take(row: _SettingRow, book: WorkbookParts, made: PlanSheet, values: dict[str, Any], log: FaultLog) -> None:
    """Takes a row of the sheet: the setting with its value, or a fault."""
    name_cell, value_cell = row.cell("setting"), row.cell("value")
    stray = row.cell("")
    if stray is not None:
        text, _ = text_of(stray, Holds.REMARK, book)
        if text:
            expected = "the cell has no name in the header"
            _fault(log, expected, "Name the column, or clear it.", row.number, column_letters(stray.column), value=text)
    name = "" if name_cell is None else text_of(name_cell, Holds.REMARK, book)[0]
    letters = "A" if value_cell is None else column_letters(value_cell.column)
    if not name:
        if value_cell is not None:
            _fault(log, "there is a value without a setting", "Name the setting, or clear it.", row.number, letters)
        return
    if name in made.cells:
        _fault(log, "is repeated here", f"Delete it: see {made.cells[name]}.", row.number, column=name)
        return
    made.cells[name] = f"{letters}{row.number}"
    remarks = {key: text_of(cell, Holds.REMARK, book)[0] for key in REMARK_COLUMNS if (cell := row.cell(key))}
    value = None if value_cell is None else _value(name, value_cell, book, log, row.number)
    made.lines.append(PlanLine(name, value, **remarks))
    if value is not None:
        values[name] = value


def _value(name: str, cell: RawCell, book: WorkbookParts, log: FaultLog, row: int) -> Any:  # noqa: ANN401  any setting
    """Returns a value in the type of its setting where it can be; None where the cell is blank or has a fault."""
    kind = setting_types().get(name, "str").removesuffix(" | None")
    facts = {**SETTINGS, **{SOLVER_PREFIX + key: column for key, column in SOLVER.items()}}.get(name)
    is_label = facts is not None and bool(facts.label)
    holds = Holds.NUMBER if kind in NUMBER_TYPES else Holds.PERIOD if is_label else Holds.NAME
    text, refusal = text_of(cell, holds, book)
    letters = column_letters(cell.column)
    if refusal is not None:
        shown = {"value": text} if text else {}
        _fault(log, refusal.expected, refusal.remedy, row, letters, column=name, **shown)
        # A value that is missing as well would be reported a second time.
        return text or "?"
    if not text:
        return None
    if kind in NUMBER_TYPES:
        return _number(text, kind)
    if kind == "bool" and text.casefold() in TRUE_WORDS | FALSE_WORDS:
        return text.casefold() in TRUE_WORDS
    return text


def _number(text: str, kind: str) -> float | str:
    """Returns the number in a text, or the text where it holds none: the check of the settings reports why."""
    try:
        number = read_number(text, NumberStyle(""))
    except UnreadableError:
        return text
    return int(number) if kind == "int" and number == int(number) else number
