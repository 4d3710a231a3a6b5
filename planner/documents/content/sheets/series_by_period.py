"""What the sheets are made of: the periods of the plan, and its result tables as series over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planner.documents.line_items import Series
from planner.results.loaded_run import LoadedRun

Record = Mapping[str, Any]

OTHER_CATEGORIES = ("incentive", "revenue", "unserved")
VALUE_LEFT = "value_left"
END = "end"
"""What the ledger calls the time after the last period."""


@dataclass(frozen=True, eq=False)
class PeriodSeries:
    """The tables of a plan for one future, read by period."""

    loaded: LoadedRun

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels of the optimised periods."""
        return self.loaded.calendar.labels

    @cached_property
    def reported(self) -> int:
        """How many of the periods are reported; the others are lookahead."""
        return self.loaded.case.settings.periods

    @cached_property
    def years(self) -> tuple[int, ...]:
        """The calendar year of each period."""
        return tuple(self.loaded.calendar.year_of(index) for index in range(len(self.labels)))

    @cached_property
    def is_yearly(self) -> bool:
        """True where a period is a year."""
        return self.loaded.calendar.months == 12

    def period(self, label: str) -> int:
        """Returns the index of the period that a label begins in; it may lie outside the plan, as blank does."""
        found = self._places.get(label)
        if found is None:
            found = self.loaded.calendar.period_at(label) if label and label != END else len(self.labels)
            self._places[label] = found
        return found

    def _rows(self, table: str) -> list[dict[str, Any]]:
        """Returns the rows of a result table, each time the same; whoever reads them changes none."""
        if table not in self._read:
            self._read[table] = self.records(table)
        return self._read[table]

    @cached_property
    def _read(self) -> dict[str, list[dict[str, Any]]]:
        return {}

    @cached_property
    def _places(self) -> dict[str, int]:
        """The period of each label that was asked for; there are few, and each is asked for hundreds of times."""
        return {}

    def records(self, table: str) -> list[dict[str, Any]]:
        """Returns the rows of a result table."""
        return self.loaded.records(table)

    def series(
        self,
        table: str,
        keys: tuple[str, ...],
        value: str,
        *,
        when: str | Callable[[Record], str] = "period",
        where: tuple[str, str] | None = None,
    ) -> dict[tuple[str, ...], Series]:
        """Returns a column of a result table by its keys and over the periods, in the order of the table.

        Blank where the table has no row. What lies outside the plan is left out; `where` names a column and the cell
        that the rows have to have there.
        """
        found: dict[tuple[str, ...], list[float | None]] = {}
        for row in self._rows(table):
            if row[value] is None or (where is not None and row[where[0]] != where[1]):
                continue
            key = tuple(str(row[name]) for name in keys)
            cells = found.setdefault(key, [None] * len(self.labels))
            index = self.period(str(row[when] if isinstance(when, str) else when(row)))
            if 0 <= index < len(cells):
                cells[index] = (cells[index] or 0.0) + float(row[value])
        return {key: tuple(cells) for key, cells in found.items()}
