"""A plan up to a date: the rows of its result tables that are true by then, and what is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from models.calendar import Calendar, parse_label
from models.case import TABLES, Case
from models.tables.column_descriptions import key_columns
from models.tables.fleet_rows import InputRow
from planner.case.recheck import cell_text
from planner.results.loaded_run import LoadedRun

MUSD = 1e6
"""USD in one USD million."""
NOISE = 1e-7
"""Units, and USD million, below which an amount is rounding of the solver."""
FIRST_ROW = 2
"""The row of a table in its file that follows the header."""
Row = TypeVar("Row", bound=InputRow)


@dataclass(frozen=True)
class SourceRow:
    """A row of a result table with its place, such as `orders row 7`."""

    place: str
    cells: dict[str, Any]

    def __getitem__(self, column: str) -> Any:  # noqa: ANN401  a cell of any type
        return self.cells[column]


@dataclass(frozen=True, kw_only=True)
class CarriedLine:
    """One thing that is carried over: its row in the new case, what it is, how much, and where that was read."""

    table: str
    item: str
    what: str
    amount: float | None
    unit: str
    source: str


@dataclass(frozen=True, eq=False)
class RunPosition:
    """A run and a date in it: `passed` periods lie before, on the way to the future `branch` of a plan over scenarios.

    `case` is what is true in that future, or the case of a plan for one.
    """

    run: LoadedRun
    passed: int
    branch: str
    case: Case
    futures: tuple[str, ...] = ()
    """The scenarios that are still possible then; none in a plan for one future."""
    paid: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """What was paid in fact by category and period, USD million, in place of the plan's costs."""

    @property
    def calendar(self) -> Calendar:
        """The periods of the run."""
        return self.run.calendar

    @property
    def start(self) -> str:
        """The label of the first period of the new case."""
        return self.calendar.labels[self.passed]

    @property
    def start_month(self) -> int:
        """The first month of the new case, counted from the year 0."""
        return self.calendar.start_month + self.passed * self.calendar.months

    @cached_property
    def new_calendar(self) -> Calendar:
        """The periods that are left."""
        old = self.calendar
        return Calendar(self.start, old.period, old.count - self.passed, old.lead_rounding)

    def at(self, label: str) -> int:
        """Returns the period of the run in which a label begins; negative before the run."""
        return self.calendar.period_at(label)

    def is_past(self, label: str) -> bool:
        """Returns whether a label begins before the new case."""
        return parse_label(label)[0] < self.start_month

    def rows(self, table: str) -> list[SourceRow]:
        """Returns the rows of a result table that are true on the branch; none where the plan has no such table."""
        found = []
        for number, cells in enumerate(self.run.records(table), start=FIRST_ROW):
            if not self.branch or self.branch in str(cells.get("scenarios", self.branch)).split(";"):
                found.append(SourceRow(f"{table} row {number}", cells))
        return found


@dataclass(eq=False)
class CarriedDraft:
    """The tables of the new case while they are made, and what has been carried over into them."""

    position: RunPosition
    inputs: Case
    """The inputs of the rest, before anything is carried over."""
    tables: dict[str, list[Any]] = field(default_factory=dict)
    lines: list[CarriedLine] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in TABLES:
            self.tables[name] = list(getattr(self.inputs, name))

    def put(
        self, table: str, row: InputRow, what: str, amount: float | None, unit: str, sources: Iterable[SourceRow]
    ) -> None:
        """Adds a row that is carried over, and says where it comes from."""
        source = self.cited(sources)
        self.tables[table].append(replace(row, source=source))
        self.note(table, row, what, amount, unit, source)

    def note(self, table: str, row: InputRow, what: str, amount: float | None, unit: str, source: str) -> None:
        """Adds a line to what has been carried over."""
        item = " ".join(part for name in key_columns(type(row)) if (part := cell_text(getattr(row, name))))
        self.lines.append(CarriedLine(table=table, item=item, what=what, amount=amount, unit=unit, source=source))

    def cited(self, sources: Iterable[SourceRow]) -> str:
        """Returns the run and the places in its tables, in one line."""
        places = list(dict.fromkeys(row.place for row in sources))
        named = ", ".join(places[:_MOST_PLACES])
        more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
        return f"run {self.position.run.name}: {named}{more}"

    def change(self, table: str, changed: Iterable[tuple[Row, Row | None]]) -> None:
        """Replaces rows of a table; None takes a row out."""
        new = {id(old): row for old, row in changed}
        rows = [new.get(id(row), row) for row in self.tables[table]]
        self.tables[table] = [row for row in rows if row is not None]

    def each(self, row_class: type[Row], table: str) -> Iterator[Row]:
        """Yields the rows of a table as they are now."""
        for row in list(self.tables[table]):
            assert isinstance(row, row_class)
            yield row


_MOST_PLACES = 4
