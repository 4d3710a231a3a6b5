"""What a comparison holds: runs, lines of numbers, decisions and inputs, each with its verdict. The first run is A."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from planner.documents.item_labels import ItemLabels
from planner.results.table import Cell, Table

SAME_WITHIN = 1e-6
"""Two numbers are the same when they differ by less than this share of the larger, or of 1."""
MUSD = "USD million"
FRACTION = "fraction"
TOTAL = "total"
PRESENT = "net present"
CASH = "cash"
NET_PRESENT_COST = "net present cost"
_STABILITY = "run first last decided_to planned_musd moved_musd nervousness flips flipped note"
SERVED, DEMAND, UNSERVED = "share served", "demand", "unserved"


class Standing(StrEnum):
    """What can be said about two numbers."""

    SAME = "same"
    DIFFERENT = "different"
    WITHIN = "no difference beyond the gaps"
    UNKNOWN = "the gaps are not known"
    APART = "not comparable"


class DecisionKind(StrEnum):
    """What a decision is about."""

    TAPE_OUT = "tape-out"
    ACQUISITION = "deal"
    AGREEMENT = "agreement"
    EXPANSION = "expansion"
    ORDER = "order"
    LEASE = "lease"
    SALE = "sale"
    """Units of an accelerator that are sold or retired before the end of their life."""


class ChangeKind(StrEnum):
    """What became of a decision, or of an input."""

    SAME = "same"
    ADDED = "added"
    DROPPED = "dropped"
    EARLIER = "earlier"
    LATER = "later"
    MOVED = "moved"
    MORE = "more"
    FEWER = "fewer"
    CHANGED = "changed"
    APART = "not comparable"

    @property
    def is_flip(self) -> bool:
        """True where one run does what the other does not do at all."""
        return self in (ChangeKind.ADDED, ChangeKind.DROPPED)


@dataclass(frozen=True, kw_only=True)
class ComparedRun:
    """One run as a comparison names it; money in USD million, months counted from the year 0, `end` excluded."""

    letter: str
    name: str
    case: str
    objective_musd: float | None
    bound_musd: float | None
    gap_musd: float | None
    status: str
    currency_basis: str
    discount_rate: float
    period: str
    labels: tuple[str, ...]
    lookahead: int
    start: int
    end: int
    case_hash: str
    approval: str = ""
    """What people have decided about its plan, in a sentence; blank where no run of the comparison is approved."""

    @property
    def horizon(self) -> str:
        """The first and last reported period, in words."""
        return f"{self.labels[0]} to {self.labels[-1]}"


@dataclass(frozen=True)
class ComparedFigure:
    """One number in every run: what it is, its unit, its values (None: the run has none), and what can be said.

    `standings` has an entry for each run after the first. A fraction is shown in per cent.
    """

    labels: tuple[str, ...]
    unit: str
    values: tuple[float | None, ...]
    standings: tuple[Standing, ...]
    of: str = ""
    """What a key figure is of, such as the workload that is served least; by run where the runs differ in it."""

    @property
    def is_changed(self) -> bool:
        """True where some run differs from the reference, inside the gaps or beyond them."""
        return any(standing not in (Standing.SAME, Standing.APART) for standing in self.standings)

    def difference(self, run: int) -> float | None:
        """Returns the value of a run less that of the reference; None where they cannot be compared."""
        first, other = self.values[0], self.values[run]
        if first is None or other is None or self.standings[run - 1] is Standing.APART:
            return None
        return other - first

    def share(self, run: int) -> float | None:
        """Returns the difference as a share of the reference; None where there is none, or the unit is a share."""
        difference, first = self.difference(run), self.values[0]
        if difference is None or not first or self.unit == FRACTION or is_close(first, 0.0):
            return None
        return difference / abs(first)


@dataclass(frozen=True)
class CostVerdict:
    """How the net present costs of the reference and another run compare, USD million.

    The true least costs differ by something between `low` and `high`; both are None without bounds.
    """

    difference: float | None
    gaps: float | None
    low: float | None
    high: float | None
    standing: Standing


@dataclass(frozen=True)
class ComparedDecision:
    """One decision in every run, in words, and what became of it in each run after the first."""

    kind: DecisionKind
    item: str
    texts: tuple[str, ...]
    changes: tuple[ChangeKind, ...]
    wordings: tuple[str, ...]
    scenarios: tuple[str, ...] = ()
    """The scenarios in which this is so, of a decision that waits until they differ."""

    @property
    def is_changed(self) -> bool:
        """True where some run decides otherwise than the reference."""
        return any(change not in (ChangeKind.SAME, ChangeKind.APART) for change in self.changes)

    @property
    def is_flip(self) -> bool:
        """True where some run does what the reference does not do at all, or the reverse."""
        return any(change.is_flip for change in self.changes)


@dataclass(frozen=True)
class ComparedInput:
    """One cell of the inputs that is not the same everywhere, or (without a column) one row that comes or goes.

    `row` holds the names of the row, `time` its period label. `values` are numbers or text, None where the run has
    no such row; `places` say where they stand. `is_remark` marks notes and sources, which change no plan.
    """

    table: str
    row: str
    time: str
    column: str
    unit: str
    values: tuple[Cell, ...]
    places: tuple[str, ...]
    changes: tuple[ChangeKind, ...]
    is_remark: bool = False

    def share(self, run: int) -> float | None:
        """Returns by what share of the reference a number has changed; None where there is none."""
        first, other = self.values[0], self.values[run]
        numbers = isinstance(first, int | float) and isinstance(other, int | float)
        if not numbers or isinstance(first, bool) or not first:
            return None
        return (float(other) - float(first)) / abs(float(first))  # type: ignore[arg-type]


@dataclass(frozen=True)
class ComparedBranches:
    """Plans over scenarios side by side, or beside a plan for one future, which is the same in every scenario.

    `reveal` is the label of the first period in which scenarios of some run differ: `now` are the decisions before it,
    `later` those from it on, by the scenarios that the runs share. `futures` are expected cost, CVaR, and the cost of
    each scenario that is the same in the runs.
    """

    reveal: str
    now: tuple[ComparedDecision, ...]
    later: tuple[ComparedDecision, ...]
    futures: tuple[ComparedFigure, ...]


@dataclass(frozen=True, kw_only=True)
class ComparedStability:
    """How far a run moved from the reference in the periods that both cover; `note` says why where that is not defined.

    Money in USD million of present value. Strategic decisions are compared up to `decided_to`; `flipped` has those
    that flip, by kind, item, and the period in the reference and in the run, blank where not taken.
    """

    first: str = ""
    last: str = ""
    decided_to: str = ""
    planned_musd: float | None = None
    moved_musd: float | None = None
    nervousness: float | None = None
    """The share of the planned order value that moved."""
    flipped: tuple[tuple[str, str, str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs side by side. Lines of money are by calendar year, orders and service by `grain` (`period` or `year`).

    `total` names the time that totals cover: every period, or those that all runs share. Where a plan is made over
    scenarios, `branches` has what is decided before they differ and what waits.
    """

    sides: tuple[ComparedRun, ...]
    grain: str
    total: str
    notes: tuple[str, ...]
    verdicts: tuple[CostVerdict, ...]
    decisions: tuple[ComparedDecision, ...]
    orders: tuple[ComparedFigure, ...]
    money: tuple[ComparedFigure, ...]
    service: tuple[ComparedFigure, ...]
    key_figures: tuple[ComparedFigure, ...]
    inputs: tuple[ComparedInput, ...]
    stability: tuple[ComparedStability, ...]
    branches: ComparedBranches | None = None
    labels: ItemLabels = field(default_factory=ItemLabels)
    """The labels of items in documents; the tables of the comparison have ids."""

    @property
    def others(self) -> range:
        """The indices of the runs after the reference."""
        return range(1, len(self.sides))

    @property
    def is_same(self) -> bool:
        """True where no run decides, costs or serves otherwise than the reference."""
        lines = (*self.orders, *self.money, *self.service, *self.key_figures)
        return not any(line.is_changed for line in lines) and not any(entry.is_changed for entry in self.decisions)

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """Every part as a table: a row a decision, number or input, the runs as columns."""
        made: tuple[Table, ...] = (
            Table(
                "decisions",
                ("kind", "item", *self._columns("", "change", "wording")),
                tuple(self._decision_rows(self.decisions)),
            ),
            self._lines("orders", ("kind", "item", self.grain), self.orders),
            self._lines("money", ("category", "year"), self.money),
            self._lines("service", ("workload", self.grain, "measure"), self.service),
            self._lines("key_figures", ("name", "of"), self.key_figures, lambda line: (*line.labels, line.of)),
            Table("stability", tuple(_STABILITY.split()), tuple(self._stability_rows())),
            Table("inputs", self._input_columns(), tuple(self._input_rows())),
        )
        if self.branches is not None:
            made = (
                *self._decision_tables(self.branches), self._lines("futures", ("figure",), self.branches.futures), *made
            )  # fmt: skip
        return {table.name: table for table in made}

    def _stability_rows(self) -> Iterator[tuple[Cell, ...]]:
        for run in self.others:
            one = self.stability[run - 1]
            flips = None if one.note else len(one.flipped)
            flipped = "; ".join(f"{kind}:{item} {was or '-'} > {now or '-'}" for kind, item, was, now in one.flipped)
            yield (
                self.sides[run].letter, one.first, one.last, one.decided_to, one.planned_musd, one.moved_musd,
                one.nervousness, flips, flipped, one.note,
            )  # fmt: skip

    def _decision_tables(self, branches: ComparedBranches) -> Iterator[Table]:
        columns = self._columns("", "change", "wording")
        yield Table("now", ("kind", "item", *columns), tuple(self._decision_rows(branches.now)))
        columns = self._columns("", "change", "wording")
        rows = zip(branches.later, self._decision_rows(branches.later), strict=True)
        yield Table(
            "later",
            ("scenarios", "kind", "item", *columns),
            tuple((";".join(one.scenarios), *row) for one, row in rows),
        )

    def _columns(self, *wanted: str) -> Iterator[str]:
        """Yields the value column of each run, then those that tell of it against the reference."""
        yield from (side.letter for side in self.sides)
        for side in self.sides[1:]:
            yield from (f"{side.letter}_{name}" for name in wanted if name)

    def _lines(
        self,
        name: str,
        labels: tuple[str, ...],
        lines: Sequence[ComparedFigure],
        labels_of: Callable[[ComparedFigure], tuple[str, ...]] = lambda line: line.labels,
    ) -> Table:
        rows: list[tuple[Cell, ...]] = []
        for line in lines:
            cells: list[Cell] = [*labels_of(line), line.unit, *line.values]
            for run in self.others:
                cells += [line.difference(run), line.share(run), line.standings[run - 1].value]
            rows.append(tuple(cells))
        return Table(name, (*labels, "unit", *self._columns("difference", "share", "standing")), tuple(rows))

    def _decision_rows(self, entries: Sequence[ComparedDecision]) -> Iterator[tuple[Cell, ...]]:
        for entry in entries:
            cells: list[Cell] = [entry.kind.value, entry.item, *entry.texts]
            for change, wording in zip(entry.changes, entry.wordings, strict=True):
                cells += [change.value, wording]
            yield tuple(cells)

    def _input_columns(self) -> tuple[str, ...]:
        return ("table", "row", "time", "column", "unit", *self._columns("change", "share", "place"))

    def _input_rows(self) -> Iterator[tuple[Cell, ...]]:
        for entry in self.inputs:
            cells: list[Cell] = [entry.table, entry.row, entry.time, entry.column, entry.unit, *entry.values]
            for run in self.others:
                cells += [entry.changes[run - 1].value, entry.share(run), entry.places[run] or entry.places[0]]
            yield tuple(cells)


def is_close(first: float, other: float) -> bool:
    """True when two numbers are the same but for rounding."""
    return abs(first - other) <= SAME_WITHIN * max(1.0, abs(first), abs(other))
