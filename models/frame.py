"""Where and when a plan is made: the axes of the model, its calendar and its tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.algebra import Axis, Expr, Param, Relation
from models.builder import VariableBlock
from models.calendar import Calendar, parse_label
from models.case import Case
from models.outcome import ModelError
from models.program import Floats, Ints
from models.tree import Pairs, Tree, line

MUSD = 1e-6
"""USD million in one USD."""
KW_PER_MW = 1000.0
HOURS_OF_YEAR = 8760.0
SECONDS_OF_YEAR = 365 * 86400.0


@dataclass(frozen=True, eq=False)
class Frame:
    """The axes of a model over the nodes of a tree.

    `cases[f]` holds what is true in future f; all futures share names, windows and structure, and may differ
    in the values of their series. `names[f]` is what scenario f is called, `stated` the case without any of them.
    """

    cases: tuple[Case, ...]
    names: tuple[str, ...]
    stated: Case
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
    best_alone: tuple[float, ...] = ()
    """By future, the least cost known for it alone, USD million, where the greatest regret is minimised; else none."""
    order: tuple[int, ...] = ()
    """The numbers of the futures in canonical order; as they are numbered where nothing is said."""

    @property
    def case(self) -> Case:
        """The case of the first future, which stands for all in names and structure."""
        return self.cases[0]

    @property
    def futures(self) -> dict[str, Case]:
        """The case of each scenario by name; none where the plan is for the case as it is stated."""
        return dict(zip(self.names, self.cases, strict=True)) if self.names else {}

    @property
    def called(self) -> tuple[str, ...]:
        """What the futures are called: their names, or their numbers from 1 on."""
        return self.names or tuple(str(number) for number in range(1, len(self.cases) + 1))

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
        return self.relation(axis, amounts[:, self.tree.age(self.tree.pairs)])

    def relation(self, axis: Axis, effects: Floats) -> Relation:
        """Relates an event of node v to what it means at each later node n: `effects[item, pair of v and n]`."""
        pairs, width = self.tree.pairs, len(self.tree)
        item, pair = np.nonzero(effects)
        cells = (item * width + pairs.first[pair], item * width + pairs.last[pair])
        axes = (axis, self.node)
        return Relation.of(axes, axes, cells, effects[item, pair])

    @cached_property
    def farthest(self) -> int:
        """How many periods after an event its effects are asked for: the horizon and what lies before it."""
        past = [row.period for row in self.case.commitments if row.status == "done" and row.period]
        early = [-self.calendar.period_at(label) for label in past]
        return self.steps + max([0, *early]) + 1

    @cached_property
    def pair(self) -> Axis:
        """The axis of a node with each of its ancestors, as `Tree.pairs`."""
        pairs, labels = self.tree.pairs, self.node.labels
        names = (f"{labels[v]}>{labels[n]}" for v, n in zip(pairs.first, pairs.last, strict=True))
        return Axis("pair", tuple(names))

    @cached_property
    def pairs_so_far(self) -> Relation:
        """Relates each pair (v, m) to the pairs (v, n) of the nodes n from m on."""
        pair, node = self.tree.pairs_after
        later = self.tree.pair_number(self.tree.pairs.first[pair], node)
        return Relation.of((self.pair,), (self.pair,), (pair, later))

    def is_last_chance(self, allowed: np.ndarray) -> np.ndarray:
        """Returns by (item, pair) where something is allowed at the pair, and on some path not at the next one."""
        above, (items, count) = self.tree.parent_pair, allowed.shape
        follows = np.flatnonzero(above >= 0)
        children = np.bincount(above[follows], minlength=count)
        found = np.zeros_like(allowed)
        for item in range(items):
            same = np.bincount(above[follows], weights=allowed[item, follows], minlength=count)
            found[item] = allowed[item] & ((children == 0) | (same < children))
        return found

    @cached_property
    def elapsed(self) -> Ints:
        """0, 1, 2, … periods since an event, as long as profiles are."""
        return np.arange(self.farthest)


@dataclass(frozen=True, eq=False)
class Lag:
    """Periods from an event of an item to its effect: as planned, and as they are known to be at each node."""

    planned: Ints
    """By item."""
    at: Ints
    """(item, node): what an event must lie back at least for its effect to begin in the node."""
    failed: np.ndarray
    """(item, node): what has not taken effect before never will."""

    @staticmethod
    def as_planned(planned: Ints, nodes: int) -> Lag:
        """Returns the lag without delays."""
        return Lag(planned, np.repeat(planned[:, None], nodes, axis=1), np.zeros((len(planned), nodes), dtype=bool))

    @cached_property
    def is_disturbed(self) -> bool:
        """True where something takes longer than planned, or fails."""
        return bool(self.failed.any() or (self.at != self.planned[:, None]).any())

    def since(self, tree: Tree) -> Ints:
        """Returns by (item, pair of nodes) how long an event of the first has had its effect at the last; −1 for not.

        The effect begins at the first node of a path that lies far enough from the event and where the item has not
        failed; from there on it lasts.
        """
        pairs = tree.pairs
        age = tree.age(pairs)
        if not self.is_disturbed:
            return np.asarray(np.maximum(age - self.planned[:, None], -1))
        found = np.where((age >= self.at[:, pairs.last]) & ~self.failed[:, pairs.last], 0, -1)
        above = tree.parent_pair
        for period in range(1, tree.periods):
            level = np.flatnonzero((tree.period[pairs.last] == period) & (above >= 0))
            before = found[:, above[level]]
            found[:, level] = np.where(before >= 0, before + 1, found[:, level])
        return found

    def since_past(self, tree: Tree, item: int, period: int, at_start: int | None = None) -> Ints:
        """Returns by node how long an event before the start has had its effect; −1 for not.

        `at_start` says so for the last period before the start; None: there nothing has taken longer than planned.
        """
        found = np.zeros(len(tree), dtype=np.int64)
        for node, above in enumerate(tree.parent):
            age = int(tree.period[node]) - period
            by_then = age - 1 - int(self.planned[item]) if at_start is None else at_start
            before = by_then if above < 0 else int(found[above])
            begins = age >= self.at[item, node] and not self.failed[item, node]
            found[node] = before + 1 if before >= 0 else 0 if begins else -1
        return found


@dataclass(frozen=True, eq=False)
class Effects:
    """How long the events of an axis have had their effect; −1 where they have not."""

    lag: Lag
    since: Ints
    """(item, pair of nodes) for an event at the first of them."""
    past: tuple[Ints, ...]
    """By event before the plan: by node."""


@dataclass(frozen=True, eq=False)
class Events:
    """One-time events of the items of an axis: decisions in the plan, and what was done before it."""

    frame: Frame
    block: VariableBlock
    axis: Axis
    past: tuple[tuple[int, int, float], ...]
    """(item, period before the start, quantity) of what was done before the plan."""

    @property
    def expr(self) -> Expr:
        """The decisions over (item, node)."""
        return self.block.expr

    def effects(self, lag: Lag, *, state: str = "") -> Effects:
        """Returns how long each event has had an effect that lags behind it, which may be to be in a `state`."""
        tree, known = self.frame.tree, effects_at_start(self.frame, self.block.name, state)
        past = tuple(
            lag.since_past(tree, item, period, known.get((self.axis.labels[item].split("/")[0], period)))
            for item, period, _ in self.past
        )
        return Effects(lag, lag.since(tree), past)

    def unfold(self, amounts: Floats, effects: Effects | None = None, *, past_too: bool = True) -> Expr:
        """Returns over (item, node) the sum of `amounts[item, periods since the event]` over all events.

        With `effects` periods are counted from where the event has had its effect; before, it counts nothing.
        """
        tree = self.frame.tree
        since = tree.age(tree.pairs)[None, :] if effects is None else effects.since
        found = self.expr.through(self.frame.relation(self.axis, _looked_up(amounts, since)))
        known = np.zeros((len(self.axis), len(tree)))
        for i, (item, period, quantity) in enumerate(self.past if past_too else ()):
            ages = tree.period - period if effects is None else effects.past[i]
            known[item] += quantity * _looked_up(amounts[[item]], ages[None, :])[0]
        return self._with(found, known)

    def unfold_once(self, effects: Floats, known: Floats) -> Expr:
        """Returns the sum over events of `effects[item, pair of nodes]`, and of `known` by (event before, node)."""
        summed = np.zeros((len(self.axis), len(self.frame.tree)))
        for (item, _, quantity), row in zip(self.past, known, strict=True):
            summed[item] += quantity * row
        return self._with(self.expr.through(self.frame.relation(self.axis, effects)), summed)

    def _with(self, found: Expr, known: Floats) -> Expr:
        return found + Param((self.axis, self.frame.node), known) if known.any() else found


def _looked_up(amounts: Floats, since: Ints) -> Floats:
    """`amounts[item, since]`, and 0 where nothing has begun."""
    rows = np.broadcast_to(since, (len(amounts), since.shape[1]))
    return np.where(rows >= 0, np.take_along_axis(amounts, np.maximum(rows, 0), axis=1), 0.0)


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


def effects_at_start(frame: Frame, kind: str, state: str = "") -> dict[tuple[str, int], int]:
    """Returns how long what was done before the plan is in a state when the last period before it ends; −1 for not.

    By item and period, for what is late at the start, or was there at another time than planned.
    """
    found: dict[tuple[str, int], int] = {}
    states = ("closed", "refunded") if state == "closed" else ("ready", "closed", "owned", "energised", "refunded")
    for row in frame.case.commitments:
        when = row.closed if state == "closed" else row.reached
        if row.kind == kind and row.period and (when or row.late in states):
            since = -1 - frame.calendar.period_at(when) if when else -1
            found[row.item, frame.calendar.period_at(row.period)] = since
    return found


def frame_of(
    cases: Sequence[Case],
    tree: Tree | None = None,
    *,
    names: Sequence[str] = (),
    stated: Case | None = None,
    best_alone: Sequence[float] = (),
    order: Sequence[int] = (),
) -> Frame:
    """Returns the frame of one case, or of the futures of a tree, which have numbers where they have no `names`.

    Raises:
        ModelError: the number of futures does not fit the tree.
    """
    case = cases[0]
    calendar = case.settings.calendar
    tree = line(calendar.count) if tree is None else tree
    if tree.periods != calendar.count or int(tree.future.max()) >= len(cases):
        msg = f"a tree of {tree.periods} periods and {int(tree.future.max()) + 1} futures does not fit the case"
        raise ModelError(msg)
    called = tuple(names) or tuple(str(number) for number in range(1, len(cases) + 1))
    labels = [calendar.labels[t] for t in tree.period]
    if not tree.is_line:
        labels = [f"{label}/{called[future]}" for label, future in zip(labels, tree.future, strict=True)]
    programmes = tuple(row.programme for row in case.programmes)
    acquisitions = tuple(row.acquisition for row in case.acquisitions)
    agreements = tuple(row.agreement for row in case.agreements)
    return Frame(
        cases=tuple(cases),
        names=tuple(names),
        stated=case if stated is None else stated,
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
        best_alone=tuple(best_alone),
        order=tuple(order),
    )


__all__ = [
    "HOURS_OF_YEAR",
    "MUSD",
    "SECONDS_OF_YEAR",
    "Effects",
    "Events",
    "Frame",
    "Lag",
    "Pairs",
    "frame_of",
    "past_events",
]
