"""Rows over time as data: line items, what each follows from, and its total.

A formula is described once: its values follow from the same terms that a workbook writes as a formula.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from planner.documents.cell_text import WHOLE, Shape
from planner.documents.formula_terms import ZERO, Cells, Fold, Folded, Term, size_of

Series: TypeAlias = tuple[float | None, ...]


@enum.unique
class Total(enum.Enum):
    """What stands in the column of constants and totals."""

    NONE = "none"
    SUM = "sum of the reported periods"
    ALL = "sum of all optimised periods"
    MOST = "most in a reported period"
    LEAST = "least of all periods"
    SIZE = "largest of all periods without its sign"


@dataclass(frozen=True)
class TimeAxis:
    """The columns of a sheet over time: their labels, how many are reported, and the calendar year of each."""

    labels: tuple[str, ...] = ()
    reported: int = 0
    years: tuple[int, ...] = ()
    is_yearly: bool = False
    """True where a period is a calendar year."""
    is_by_year: bool = False
    """True where a column is a calendar year in which several periods lie."""

    @property
    def is_of_periods(self) -> bool:
        """True where the columns are the periods of a plan."""
        return bool(self.years) and not self.is_by_year


@dataclass(eq=False)
class LineItem(Term):
    """One row over time: given numbers, None for blank, or a formula that is the same in each period.

    `start` stands before the first period. A total that is a term is written as such.
    """

    label: str
    source: Term | Sequence[float | None] = ZERO
    unit: str = ""
    note: str = ""
    shape: Shape = WHOLE
    total: Total | Term = Total.SUM
    is_input: bool = False
    """True for given numbers of the case, False for those of the plan."""
    is_strong: bool = False
    start: float = 0.0
    total_shape: Shape | None = None
    """How the total is written where it is not written like the numbers."""
    axis: TimeAxis = field(default_factory=TimeAxis)
    """That of the sheet to which the item is added."""

    def __post_init__(self) -> None:
        self._values: list[float | None] = []

    def value(self, at: int) -> float | None:
        """Returns the number in a period; those before it are found first, since it may follow from them."""
        while len(self._values) <= at:
            index, source = len(self._values), self.source
            self._values.append(source.value(index) if isinstance(source, Term) else source[index] or 0.0)
        return self._values[at]

    @cached_property
    def numbers(self) -> tuple[float, ...]:
        """The numbers of all periods, 0 for blank."""
        return tuple(self.number(at) for at in range(len(self.axis.labels)))

    @property
    def whole(self) -> WholeOf:
        """What stands in its column of constants and totals."""
        return WholeOf(self)

    def over(self, first: int = 0, last: int = -1) -> ItemCells:
        """Returns its cells from one period to another; from a negative number, counted from the end."""
        return ItemCells(self, first, last % len(self.axis.labels))

    def summed(self, first: int = 0, last: int = -1) -> Term:
        """Returns its sum over some periods."""
        return Folded(Fold.SUM, (self.over(first, last),))

    @cached_property
    def total_term(self) -> Term | None:
        """What its column of constants and totals follows from; None where it has nothing there."""
        if isinstance(self.total, Term) or self.total is Total.NONE:
            return self.total if isinstance(self.total, Term) else None
        if self.total is Total.SIZE:
            return size_of(self.over())
        # Totals to read cover the reported periods, those that are checked all of them.
        reported = max(1, min(len(self.axis.labels), self.axis.reported))
        is_read = self.total in (Total.SUM, Total.MOST)
        fold = {Total.MOST: Fold.MOST, Total.LEAST: Fold.LEAST}.get(self.total, Fold.SUM)
        return Folded(fold, (self.over(0, reported - 1 if is_read else -1),))


@dataclass(eq=False)
class Constant(Term):
    """A row with one number, given or by a formula."""

    label: str
    source: Term
    unit: str = ""
    note: str = ""
    shape: Shape = WHOLE
    is_input: bool = False
    is_strong: bool = False

    def value(self, at: int) -> float:
        """Returns the number."""
        del at
        return self._value

    @cached_property
    def _value(self) -> float:
        return self.source.number()


@dataclass(frozen=True)
class InputCell(Term):
    """A number of an input table, by table, row from 0 on, and column; the table "" holds the settings."""

    table: str
    row: int
    column: str
    amount: float

    @property
    def key(self) -> tuple[str, int, str]:
        """What identifies the cell."""
        return self.table, self.row, self.column

    def value(self, at: int) -> float:
        """Returns the number."""
        del at
        return self.amount


@dataclass(eq=False)
class WholeOf(Term):
    """The total of a line item."""

    item: LineItem

    def value(self, at: int) -> float | None:
        """Returns the total."""
        del at
        return self._value

    @cached_property
    def _value(self) -> float | None:
        term = self.item.total_term
        return None if term is None else term.value(0)


@dataclass(eq=False)
class ItemCells(Cells):
    """The cells of a line item from one period to another."""

    item: LineItem
    first: int
    last: int

    def numbers(self) -> list[float]:
        """Returns the numbers in the cells."""
        return list(self.item.numbers[self.first : self.last + 1])


@dataclass(eq=False)
class RowCells(Cells):
    """The constants or totals of rows that stand below each other."""

    rows: tuple[LineItem | Constant, ...]

    def numbers(self) -> list[float]:
        """Returns the numbers in the cells."""
        return [row.whole.number() if isinstance(row, LineItem) else row.number() for row in self.rows]


@dataclass(eq=False)
class Prior(Term):
    """A line item in the period before, in the first period what it starts with."""

    item: LineItem

    def value(self, at: int) -> float | None:
        """Returns the number of the period before."""
        return self.item.value(at - 1) if at else self.item.start


@dataclass(eq=False)
class Added(Term):
    """The sum of line items: of a block as one range, of scattered ones term by term."""

    items: tuple[LineItem, ...]

    def value(self, at: int) -> float:
        """Returns the sum in a period."""
        return sum(item.number(at) for item in self.items)


@dataclass(eq=False)
class AddedByNote(Term):
    """The sum of those of several rows below each other whose note is a word."""

    items: tuple[LineItem, ...]
    word: str

    def value(self, at: int) -> float:
        """Returns the sum in a period."""
        return sum(item.number(at) for item in self.items if item.note == self.word)


@dataclass(eq=False)
class Weighted(Term):
    """The sum of rows below each other, each times what stands in its column of constants."""

    items: tuple[LineItem, ...]

    def value(self, at: int) -> float:
        """Returns the sum in a period."""
        return sum(item.number(at) * item.whole.number() for item in self.items)


class PeriodNumber(Term):
    """The number of a period, from 1 on."""

    def value(self, at: int) -> float:
        """Returns the number of a period."""
        return at + 1.0


@dataclass(eq=False)
class PeriodNumbers(Cells):
    """The numbers of all periods."""

    axis: TimeAxis

    def numbers(self) -> list[float]:
        """Returns the numbers in the cells."""
        return [at + 1.0 for at in range(len(self.axis.labels))]


@dataclass(eq=False)
class AtPeriod(Term):
    """A line item in the period whose number a term gives, 0 where there is none."""

    item: LineItem
    period: Term

    def value(self, at: int) -> float:
        """Returns the number of that period."""
        index = round(self.period.number(at)) - 1
        return self.item.number(index) if 0 <= index < len(self.item.axis.labels) else 0.0


@dataclass(eq=False)
class UntilPeriod(Term):
    """The sum of a line item up to the period whose number a term gives."""

    item: LineItem
    period: Term

    def value(self, at: int) -> float:
        """Returns the sum up to that period."""
        return sum(self.item.numbers[: max(0, round(self.period.number(at)))])


@dataclass(eq=False)
class ByYear(Term):
    """A line item by calendar year, on a sheet whose columns are years."""

    item: LineItem

    @cached_property
    def _years(self) -> list[int]:
        return sorted(set(self.item.axis.years))

    def value(self, at: int) -> float:
        """Returns the sum of the periods of a year."""
        axis, year = self.item.axis, self._years[at]
        return sum(value for value, own in zip(self.item.numbers, axis.years, strict=True) if own == year)
