"""The time that runs share: by period where they have the same kind of period, else by calendar year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.calendar import MONTHS_OF_YEAR, parse_label, parse_span
from planner.comparison.comparison_items import TOTAL, ComparedRun
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell

Record = dict[str, Cell]


@dataclass(frozen=True)
class CommonPeriods:
    """Slots of time, periods or calendar years, and which runs cover them; months are counted from the year 0."""

    sides: tuple[ComparedRun, ...]

    @property
    def by_year(self) -> bool:
        """True where the runs have periods of different length."""
        return len({side.period for side in self.sides}) > 1

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots of all runs, in order of time."""
        if self.by_year:
            return self.years
        return tuple(sorted({label for side in self.sides for label in side.labels}, key=parse_label))

    @property
    def years(self) -> tuple[str, ...]:
        """The calendar years of all runs, in order."""
        return tuple(sorted({label[:4] for side in self.sides for label in side.labels}))

    def slot(self, label: str) -> str:
        """Returns the slot of a label, which may lie outside the horizons."""
        return label[:4] if self.by_year else label

    def covers(self, run: int, slot: str) -> bool:
        """True where some of the slot lies in the reported horizon of a run."""
        return self._part(run, slot) is not None

    def shares(self, run: int, slot: str) -> bool:
        """True where the reference and a run cover the same months of a slot."""
        part = self._part(0, slot)
        return part is not None and part == self._part(run, slot)

    def shared(self, slots: Sequence[str], run: int | None = None) -> tuple[str, ...]:
        """Returns the slots that the reference shares with a run, or with every run."""
        runs = range(1, len(self.sides)) if run is None else (run,)
        return tuple(slot for slot in slots if all(self.shares(other, slot) for other in runs))

    def total(self, slots: Sequence[str]) -> str:
        """Returns how the sum over the slots that all runs share is labelled."""
        shared = self.shared(slots)
        if shared == tuple(slots):
            return TOTAL
        return f"{shared[0]} to {shared[-1]}" if shared else TOTAL

    def has_same_horizon(self, run: int) -> bool:
        """True where a run covers the same months as the reference."""
        first, other = self.sides[0], self.sides[run]
        return (first.start, first.end) == (other.start, other.end)

    def is_outside(self, run: int, label: str) -> bool:
        """True where a label lies beyond the end of a run, or before its start while another run has it."""
        month = parse_label(label)[0]
        side = self.sides[run]
        before_all = month < min(other.start for other in self.sides)
        return month >= side.end or (month < side.start and not before_all)

    def _part(self, run: int, slot: str) -> tuple[int, int] | None:
        first, end = parse_span(slot)
        side = self.sides[run]
        part = max(first, side.start), min(end, side.end)
        return part if part[0] < part[1] else None


def reported(loaded: LoadedRun, table: str, column: str = "period") -> Iterator[tuple[Record, float]]:
    """Yields the rows of a result table up to the end of the reported horizon, each with its probability."""
    settings = loaded.case.settings
    end = loaded.calendar.start_month + settings.periods * loaded.calendar.months
    for row in loaded.records(table):
        label = row[column]
        if isinstance(label, str) and label != "end" and parse_label(label)[0] < end:
            yield row, weight(row)


def weight(row: Record) -> float:
    """Returns the probability of a row; 1 in a plan with one history."""
    found = row.get("probability")
    return float(found) if isinstance(found, int | float) else 1.0


def number(cell: Cell) -> float:
    """Returns a cell as a number; 0 for an empty one."""
    return float(cell) if isinstance(cell, int | float) else 0.0


def lag(first: str, other: str) -> str:
    """Returns how much later, or earlier, a label is than another, in words.

    >>> lag("2026", "2027"), lag("2027Q3", "2027Q1"), lag("2026", "2029")
    ('a year later', '6 months earlier', '3 years later')
    """
    months = parse_label(other)[0] - parse_label(first)[0]
    way = "later" if months > 0 else "earlier"
    years, rest = divmod(abs(months), MONTHS_OF_YEAR)
    if rest:
        return f"{abs(months)} month{'' if abs(months) == 1 else 's'} {way}"
    return f"{'a year' if years == 1 else f'{years} years'} {way}"
