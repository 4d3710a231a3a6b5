"""The workbook while it is written: its sheets in order, its checks, headers and print set-up."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from planner.documents.xlsx.cell_style import FINE, TENTHS, WHOLE, Formats, Look, Numbers
from planner.documents.xlsx.time_sheet import (
    FIRST,
    HEADER_ROW,
    LABEL,
    NOTE,
    NUMBER_ROW,
    TOP,
    TOTAL,
    UNIT,
    YEAR_ROW,
    Cell,
    TimeRow,
    TimeSheet,
)
from planner.documents.xlsx.workbook_writing import (
    A3,
    A4,
    HOLDS,
    PlainSheet,
    begin_workbook,
    close_sheet,
    set_up_page,
    write_formula,
)
from planner.export.workbook.series_by_period import PeriodSeries

SUMMARY, PLAN, ORDERS, ARRIVALS, FLEET = "Summary", "Plan", "Orders", "Arrivals", "Fleet"
POWER, SERVICE, DEALS, CASH, YEARS = "Active & Power", "Service", "Tape-outs and deals", "Cash", "Years"
BUDGETS, ASSUMPTIONS, CHECKS, ABOUT = "Budgets and limits", "Assumptions", "Checks", "About"
ORDER_LIST, SALES, MILESTONES, OWED, BINDING = "Order list", "Sales", "Milestones", "Owed", "What binds"
SOLVED = "As solved"
ORDER = (
    SUMMARY, PLAN, ORDERS, ORDER_LIST, ARRIVALS, FLEET, SALES, POWER, SERVICE, DEALS, MILESTONES, CASH, YEARS, OWED,
    BUDGETS, BINDING, ASSUMPTIONS, CHECKS, ABOUT, SOLVED,
)  # fmt: skip
WITHOUT_TIME = (SUMMARY, ORDER_LIST, SALES, MILESTONES, OWED, BINDING, ASSUMPTIONS, ABOUT, SOLVED)

CHECK_COLUMNS = ("size", "allowed", "holds")
OVERALL_ROW = TOP
CHANGED = "Inputs changed: plan again"
_MOST_ON_A4, _MOST_ON_A3 = 14, 30


@dataclass(frozen=True)
class Check:
    """One thing that must hold: a difference, against the size of what is compared."""

    label: str
    unit: str
    note: str
    formula: str
    difference: float
    size: Cell | float


@dataclass(eq=False)
class PlanBook:
    """All sheets of a workbook, and what they tell each other."""

    facts: PeriodSeries
    further: tuple[str, ...] = ()
    """Sheets of parts of the document that have one of their own."""
    stream: io.BytesIO = field(default_factory=io.BytesIO)
    checks: list[Check] = field(default_factory=list)
    lines: dict[tuple[str, ...], TimeRow] = field(default_factory=dict)
    """Lines that other sheets refer to, by what they are: ("cash", "hardware")."""
    cells: dict[tuple[str, ...], Cell] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.workbook = begin_workbook(self.stream, f"Plan of {self.facts.loaded.manifest.get('case', '')}")
        self.formats = Formats(self.workbook)
        names = [name for name in ORDER if name != YEARS or not self.facts.is_yearly]
        names[names.index(ASSUMPTIONS) : names.index(ASSUMPTIONS)] = self.further
        self.pages = {name: self._page(name) for name in names}

    def _page(self, name: str) -> TimeSheet:
        sheet = self.workbook.add_worksheet(name, worksheet_class=PlainSheet)
        facts = self.facts
        if name == CHECKS:
            return TimeSheet(name, sheet, self.formats, CHECK_COLUMNS)
        if name in (*WITHOUT_TIME, *self.further):
            return TimeSheet(name, sheet, self.formats, ())
        if name == YEARS:
            years = sorted(set(facts.years))
            within = len(set(facts.years[: facts.reported]))
            return TimeSheet(name, sheet, self.formats, [str(year) for year in years], within)
        return TimeSheet(name, sheet, self.formats, facts.labels, facts.reported)

    @property
    def money(self) -> Numbers:
        """How amounts in USD million are written, by the size of the plan."""
        size = abs(float(self.facts.loaded.manifest.get("objective_musd") or 0.0))
        return WHOLE if size >= 20_000 else TENTHS if size >= 200 else FINE

    def check(self, label: str, formula: str, difference: float, *, size: Cell | float, unit: str, note: str) -> None:
        """Adds a check: the difference by its formula and value, and the size of what is compared."""
        self.checks.append(Check(label, unit, note, formula, difference, size))

    def begin(self, name: str, title: str, total: str = "Constant or total", note: str = "Note") -> TimeSheet:
        """Returns a sheet whose header over time is written."""
        page = self.pages[name]
        self.titles(page, title)
        for column, word in ((LABEL, "Line"), (UNIT, "Unit"), (TOTAL, total), (NOTE, note)):
            page.text(HEADER_ROW, column, word, Look.HEADER_LEFT)
        facts = self.facts
        if page.name != CHECKS and facts.reported < len(facts.labels):
            page.text(HEADER_ROW, TOTAL, f"{total}, of the reported periods", Look.HEADER_LEFT)
        is_time = page.columns == facts.labels
        for index, label in enumerate(page.columns):
            is_grey = page.columns not in (CHECK_COLUMNS,) and index >= self._reported(page)
            page.text(HEADER_ROW, FIRST + index, label, Look.HEADER_GREY if is_grey else Look.HEADER)
            if is_time:
                timing = self.formats.text(Look.TIMING)
                page.sheet.write_number(NUMBER_ROW, FIRST + index, index + 1, timing)
                if not facts.is_yearly:
                    page.sheet.write_number(YEAR_ROW, FIRST + index, facts.years[index], timing)
            elif name == YEARS:
                page.sheet.write_number(YEAR_ROW, FIRST + index, int(label), self.formats.text(Look.TIMING))
        if is_time:
            page.text(NUMBER_ROW, LABEL, "Number of the period", Look.UNIT)
        if (is_time and not facts.is_yearly) or name == YEARS:
            page.text(YEAR_ROW, LABEL, "Calendar year", Look.UNIT)
        else:
            page.sheet.set_row_pixels(YEAR_ROW, 4)
        page.sheet.set_row_pixels(HEADER_ROW, 30)
        page.sheet.freeze_panes(TOP, FIRST)
        return page

    def _reported(self, page: TimeSheet) -> int:
        return len(set(self.facts.years[: self.facts.reported])) if page.name == YEARS else self.facts.reported

    def titles(self, page: TimeSheet, title: str) -> None:
        """Writes the title of a sheet, and what it belongs to."""
        page.sheet.set_row_pixels(0, 26)
        page.text(0, LABEL, title, Look.TITLE)
        page.text(1, LABEL, self.subtitle, Look.SUBTITLE)

    @property
    def subtitle(self) -> str:
        """What every sheet says about the run, in a line."""
        settings = self.facts.loaded.case.settings
        expected = "; expected values over all scenarios" if self.facts.is_branching else ""
        extra = f"; {settings.lookahead_periods} lookahead periods in grey" if settings.lookahead_periods else ""
        return (
            f"{settings.name} · run {self.facts.loaded.name} · {settings.currency_basis} USD; costs are positive, "
            f"income is in brackets{expected}{extra}"
        )

    def numbers_row(self, sheet: str = "") -> str:
        """The addresses of the numbers of the periods, which are the same on every sheet over time."""
        return TimeRow(sheet, NUMBER_ROW, tuple(range(len(self.facts.labels)))).span(sheet)

    def finish(self, flag: str) -> bytes:
        """Writes flags and print set-up, and returns the bytes of the workbook."""
        for page in self.pages.values():
            if page.name != CHECKS:
                write_formula(page.sheet, 2, LABEL, f"{CHECKS}!$A$3", flag, self.formats.text(Look.FLAG))
            page.sheet.conditional_format(
                2, LABEL, 2, LABEL,
                {"type": "formula", "criteria": f'=$A$3<>"{HOLDS}"', "format": self.formats.alarm()},
            )  # fmt: skip
            if page.columns:
                page.finish(hides_noise=page.name != CHECKS)
            self._print_setup(page)
            close_sheet(page.sheet)
        self.pages[SUMMARY].sheet.activate()
        self.workbook.close()
        return self.stream.getvalue()

    def _print_setup(self, page: TimeSheet) -> None:
        sheet, count = page.sheet, len(page.columns)
        is_wide = count > _MOST_ON_A4 or page.name in (ASSUMPTIONS, ORDER_LIST, OWED, BINDING)
        run = f"{self.facts.loaded.case.settings.name} · run {self.facts.loaded.name}"
        set_up_page(sheet, run, paper=A3 if is_wide else A4)
        if page.name == SUMMARY:
            return
        across = -(-count // _MOST_ON_A3) if count else 1
        sheet.fit_to_pages(across, 0)
        if across > 1:
            sheet.repeat_columns(LABEL, NOTE)
        if count:
            sheet.repeat_rows(0 if page.name == CHECKS else HEADER_ROW, HEADER_ROW if page.name == CHECKS else YEAR_ROW)
            sheet.print_area(0, 0, max(page.row - 1, TOP), FIRST + count - 1)


def scaled(numbers: Sequence[float | None]) -> Numbers:
    """Returns how quantities are written: whole where they are large, with digits where they are small."""
    size = max((abs(number) for number in numbers if number), default=0.0)
    return WHOLE if size >= 100 or size == 0 else TENTHS if size >= 10 else FINE
