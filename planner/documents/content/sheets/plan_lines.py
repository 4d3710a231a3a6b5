"""The line items of a plan while they are made: the sheets over time, and the rows that others refer to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property

from models.case import Case
from planner.documents.cell_text import FINE, TENTHS, WHOLE, Shape
from planner.documents.content.sheets.series_by_period import PeriodSeries
from planner.documents.line_items import Constant, InputCell, LineItem, TimeAxis
from planner.documents.live_workbook import LineSheet

SUMMARY, PLAN, ORDERS, ARRIVALS, FLEET = "Summary", "Plan", "Orders", "Arrivals", "Fleet"
POWER, SERVICE, DEALS, CASH, YEARS = "Active & Power", "Service", "Tape-outs and deals", "Cash", "Years"
STATEMENTS, BOOKS = "Statements", "Books"
BUDGETS, ASSUMPTIONS, CHECKS, ABOUT = "Budgets and limits", "Assumptions", "Checks", "About"
ORDER_LIST, SALES, MILESTONES, OWED, BINDING = "Order list", "Sales", "Milestones", "Owed", "What binds"
MUSD = "USD million"


@dataclass(eq=False)
class PlanLines:
    """All sheets of line items, and the rows that other sheets refer to, by what they are: ("cash", "hardware")."""

    facts: PeriodSeries
    sheets: dict[str, LineSheet] = field(default_factory=dict)
    items: dict[tuple[str, ...], LineItem] = field(default_factory=dict)
    constants: dict[tuple[str, ...], Constant] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        """The case that was planned."""
        return self.facts.loaded.case

    @cached_property
    def axis(self) -> TimeAxis:
        """The periods of the plan."""
        return TimeAxis(self.facts.labels, self.facts.reported, self.facts.years, self.facts.is_yearly)

    @cached_property
    def money(self) -> Shape:
        """How amounts in USD million are written, by the size of the plan."""
        size = abs(float(self.facts.loaded.manifest.get("objective_musd") or 0.0))
        return WHOLE if size >= 20_000 else TENTHS if size >= 200 else FINE

    def sheet(
        self, name: str, title: str, total: str = "Constant or total", *, axis: TimeAxis | None = None
    ) -> LineSheet:
        """Begins a sheet, over the periods of the plan where it has no other axis."""
        self.sheets[name] = LineSheet(name, title, self.axis if axis is None else axis, total)
        return self.sheets[name]

    def kept(self, kind: str) -> list[tuple[str, LineItem]]:
        """Returns the rows that are kept under a kind, with the last part of their names."""
        return [(key[-1], item) for key, item in self.items.items() if key[0] == kind]

    def figure(self, name: str) -> Constant | None:
        """Returns the row of a key figure; None where the plan has none of that name."""
        return self.constants.get(("figure", name))

    def input(self, table: str, *key: str, column: str) -> InputCell:
        """Returns a number of an input table, by the names in its key columns.

        Raises:
            KeyError: there is no such row.
        """
        row = self._rows[(table, *key)]
        return InputCell(table, row, column, float(getattr(getattr(self.case, table)[row], column)))

    def setting(self, name: str) -> InputCell:
        """Returns a number of the settings."""
        return InputCell("", 0, name, float(getattr(self.case.settings, name)))

    @cached_property
    def _rows(self) -> dict[tuple[str, ...], int]:
        """The number of each input row, by its table and the names in its key columns."""
        found: dict[tuple[str, ...], int] = {}
        for table in self.facts.loaded.read.rows:
            rows = getattr(self.case, table)
            keys = [entry.name for entry in fields(rows[0]) if entry.metadata["column"].key] if rows else []
            found |= {(table, *(str(getattr(row, key)) for key in keys)): at for at, row in enumerate(rows)}
        return found


def quantity(values: Sequence[float | None]) -> Shape:
    """Returns how quantities are written: whole where they are large, with digits where they are small."""
    size = max((abs(number) for number in values if number), default=0.0)
    return WHOLE if size >= 100 or size == 0 else TENTHS if size >= 10 else FINE
