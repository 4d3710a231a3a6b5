"""Where and when a plan is made: the axes of the model, its calendar and its tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.algebra import Axis, Expr, Param, Relation
from models.builder import Block
from models.calendar import Calendar, parse_label
from models.case import Case
from models.outcome import ModelError
from models.program import Floats, Ints
from models.tree import Pairs, Tree, line

MUSD = 1e-6
"""USD million in one USD."""
HOURS_OF_YEAR = 8760.0
SECONDS_OF_YEAR = 365 * 86400.0


@dataclass(frozen=True, eq=False)
class Frame:
    """The axes of a model over the nodes of a tree.

    `cases[f]` holds what is true in future f; all futures share names, windows and structure, and may differ
    in the values of their series.
    """

    cases: tuple[Case, ...]
    calendar: Calendar
    tree: Tree
    node: Axis
    workload: Axis
    accelerator: Axis
    offer: Axis
    site: Axis
    expansion: Axis
    programme: Axis
    route: Axis
    acquisition: Axis
    agreement: Axis
    gate: Axis

    @property
    def case(self) -> Case:
        """The case of the first future, which stands for all in names and structure."""
        return self.cases[0]

    @property
    def delta(self) -> float:
        """Years of a period."""
        return self.calendar.delta

    @property
    def steps(self) -> int:
        """How many periods are optimised."""
        return self.tree.periods

    @cached_property
    def discount(self) -> Floats:
        """(1 + r)^−((t + ½)Δ) by node: flows are discounted from the middle of their period."""
        rate = self.case.settings.discount_rate
        return np.asarray((1.0 + rate) ** (-(self.tree.period + 0.5) * self.delta))

    @property
    def discount_end(self) -> float:
        """(1 + r)^−(TΔ): the value left is discounted from the end of the horizon."""
        return float((1.0 + self.case.settings.discount_rate) ** (-self.steps * self.delta))

    def by_node(self, by_period: Callable[[Case], Floats]) -> Floats:
        """Returns numbers by (…, node) from a function that gives them by (…, period) for one case."""
        found = [np.asarray(by_period(case)) for case in self.cases]
        if len(found) == 1:
            return found[0][..., self.tree.period]
        by_node = np.stack(found, axis=-2)[..., self.tree.future, self.tree.period]
        for path in self.tree.paths():
            future = int(self.tree.future[path[-1]])
            same = np.isclose(found[future], by_node[..., path], rtol=1e-12, atol=0.0, equal_nan=True)
            if not same.all():
                period = self.calendar.labels[int(np.argwhere(~same)[0][-1])]
                msg = f"future {future + 1} differs in {period} already, before it is revealed"
                raise ModelError(msg)
        return by_node

    def param(self, axes: Sequence[Axis], values: Floats) -> Param:
        """Returns numbers as a parameter over axes."""
        return Param(tuple(axes), np.asarray(values, dtype=float))

    def window(self, first: str | None, last: str | None) -> np.ndarray:
        """Returns by node whether it lies in a window of labels (None: open on that side)."""
        low = self.calendar.period_at(first) if first is not None else 0
        high = self.last_period(last) if last is not None else self.steps - 1
        return np.asarray((self.tree.period >= low) & (self.tree.period <= high))

    def last_period(self, label: str) -> int:
        """Returns the last period of the plan that a label touches."""
        first, count = parse_label(label)
        return self.calendar.period_of_month(first + count - 1)

    def profile(self, axis: Axis, amounts: Floats) -> Relation:
        """Relates an event of node v to what it means at each later node n of its paths.

        `amounts[item, k]` is the effect k periods after the event.
        """
        pairs = self.tree.pairs
        age = self.tree.age(pairs)
        item, pair = np.nonzero(amounts[:, age])
        width = len(self.tree)
        cells = (item * width + pairs.first[pair], item * width + pairs.last[pair])
        axes = (axis, self.node)
        return Relation.of(axes, axes, cells, amounts[item, age[pair]])

    @cached_property
    def farthest(self) -> int:
        """How many periods after an event its effects are asked for: the horizon and what lies before it."""
        past = [row.period for row in self.case.commitments if row.status == "done" and row.period]
        early = [-self.calendar.period_at(label) for label in past]
        return self.steps + max([0, *early]) + 1

    @cached_property
    def elapsed(self) -> Ints:
        """0, 1, 2, … periods since an event, as long as profiles are."""
        return np.arange(self.farthest)


@dataclass(frozen=True, eq=False)
class Events:
    """One-time events of the items of an axis: decisions in the plan, and what was done before it."""

    frame: Frame
    block: Block
    axis: Axis
    past: tuple[tuple[int, int, float], ...]
    """(item, period before the start, quantity) of what was done before the plan."""

    @property
    def expr(self) -> Expr:
        """The decisions over (item, node)."""
        return self.block.expr

    def unfold(self, amounts: Floats, *, past_too: bool = True) -> Expr:
        """Returns over (item, node) the sum of `amounts[item, periods since the event]` over all events."""
        found = self.expr.through(self.frame.profile(self.axis, amounts))
        known = np.zeros((len(self.axis), len(self.frame.tree)))
        for item, period, quantity in self.past if past_too else ():
            known[item] += quantity * amounts[item, self.frame.tree.period - period]
        return found + Param((self.axis, self.frame.node), known) if known.any() else found


def past_events(
    frame: Frame, kind: str, axis: Axis, item_of: Callable[[str, str], int]
) -> tuple[tuple[int, int, float], ...]:
    """Returns the commitments of a kind that were done before the plan starts."""
    found = []
    for row in frame.case.commitments:
        if row.kind == kind and row.status == "done" and row.period:
            period = frame.calendar.period_at(row.period)
            if period < 0:
                found.append((item_of(row.item, row.route), period, 1.0 if row.quantity is None else row.quantity))
    return tuple(found)


def frame_of(cases: Sequence[Case], tree: Tree | None = None) -> Frame:
    """Returns the frame of one case, or of the futures of a tree.

    Raises:
        ModelError: the number of futures does not fit the tree.
    """
    case = cases[0]
    settings = case.settings
    calendar = Calendar(settings.start, settings.period, settings.periods + settings.lookahead_periods)
    tree = line(calendar.count) if tree is None else tree
    if tree.periods != calendar.count or int(tree.future.max()) >= len(cases):
        msg = f"a tree of {tree.periods} periods and {int(tree.future.max()) + 1} futures does not fit the case"
        raise ModelError(msg)
    labels = [calendar.labels[t] for t in tree.period]
    if not tree.is_line:
        labels = [f"{label}/{future + 1}" for label, future in zip(labels, tree.future, strict=True)]
    programmes = tuple(row.programme for row in case.programmes)
    acquisitions = tuple(row.acquisition for row in case.acquisitions)
    agreements = tuple(row.agreement for row in case.agreements)
    return Frame(
        cases=tuple(cases),
        calendar=calendar,
        tree=tree,
        node=Axis("node", tuple(labels)),
        workload=Axis("workload", tuple(row.workload for row in case.workloads)),
        accelerator=Axis("accelerator", tuple(row.accelerator for row in case.accelerators)),
        offer=Axis("offer", tuple(row.offer for row in case.offers)),
        site=Axis("site", tuple(row.site for row in case.sites)),
        expansion=Axis("expansion", tuple(row.expansion for row in case.expansions)),
        programme=Axis("programme", programmes),
        route=Axis("route", tuple(f"{row.programme}/{row.route}" for row in case.routes)),
        acquisition=Axis("acquisition", acquisitions),
        agreement=Axis("agreement", agreements),
        gate=Axis("gate", (*programmes, *acquisitions, *agreements)),
    )


__all__ = ["HOURS_OF_YEAR", "MUSD", "SECONDS_OF_YEAR", "Events", "Frame", "Pairs", "frame_of", "past_events"]
