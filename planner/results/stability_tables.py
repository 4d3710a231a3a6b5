"""How far a plan moved from an earlier one: what is ordered and decided otherwise in the periods that both cover.

Nervousness (after Kimms, Omega 26, 1998) is the share of the planned order value that moved: half of the sum of all
differences of order value by offer and period, over the mean value that the two plans order, discounted. Value that
moves from one period or offer to another counts once, so that the share lies between 0 and 1. Order value is expected
units at the list prices of the later case, so that a change of price is no move.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.alternatives.plan_distance import (
    EVENTS,
    FLIP_WEIGHT,
    EarlierPlan,
    discounts,
    order_values,
    weights_of,
)
from models.case import Case
from models.checks.stability_checks import STABILITY
from models.frame import Frame, frame_of
from models.uncertainty.scenario_tree import ScenarioTree
from planner.errors import CaseFaults, Fault
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell, Table, table

_DATES = {
    "tape_out": ("tape_outs", "programme", "start"),
    "deal": ("acquisitions", "acquisition", "signed"),
    "agreement": ("agreements", "agreement", "signed"),
    "expansion": ("expansions", "expansion", "period"),
}
"""By kind of strategic decision: its result table, and the columns of the item and of the period."""
_BEFORE = list(STABILITY["order_changes"]).index("before_musd")
_NOISE = 1e-6

Records = Mapping[str, Iterable[Mapping[str, Cell]]]


@dataclass(frozen=True)
class PlanChanges:
    """What a plan orders and decides otherwise than an earlier one; money in USD million of present value.

    `orders` has a row for each offer and period in which either plan orders, `decisions` one for each strategic
    decision that either makes, as in the tables `order_changes` and `strategic_changes`.
    """

    shared: tuple[str, ...]
    decided: tuple[str, ...]
    orders: tuple[tuple[Cell, ...], ...]
    decisions: tuple[tuple[Cell, ...], ...]
    planned_musd: float
    """The mean of the value that the two plans order."""
    moved_musd: float

    @property
    def nervousness(self) -> float | None:
        """The share of the planned order value that moved; None where neither plan orders anything."""
        return self.moved_musd / self.planned_musd if self.planned_musd > 0.0 else None

    @property
    def distance_musd(self) -> float:
        """What is least in a plan that is to stay near: what moved, and a weight for each flip."""
        before = sum(float(row[_BEFORE] or 0.0) for row in self.orders)
        return self.moved_musd + FLIP_WEIGHT * max(before, 1.0) * len(self.flipped)

    @property
    def flipped(self) -> tuple[tuple[str, str, str, str], ...]:
        """The strategic decisions that flip: kind, item, and the period before and now, blank where not taken."""
        return tuple((str(kind), str(item), str(was), str(now)) for kind, item, was, now, flips in self.decisions
                     if flips == "yes")  # fmt: skip


def earlier_plan(before: LoadedRun, case: Case, tree: ScenarioTree | None) -> EarlierPlan:
    """Returns what the plan of a run orders and decides in the periods that it shares with a case, over `tree` if any.

    Raises:
        CaseFaults: they have periods of different length, or share none.
    """
    settings = case.settings
    if before.case.settings.period != settings.period:
        remedy = f"Plan both in periods of a {settings.period}; fleetplan convert --period makes periods shorter."
        found = f"plans by {before.case.settings.period} and the case by {settings.period}"
        raise CaseFaults([Fault(f"run {before.name}", found, remedy)])
    reported = set(settings.calendar.labels[: settings.periods])
    shared = tuple(label for label in before.periods if label in reported)
    if not shared:
        remedy = "Name the run of a plan whose horizon overlaps with that of the case."
        raise CaseFaults([Fault(f"run {before.name}", "covers no period of the case", remedy)])
    reveals = [
        scenarios.case.settings.calendar.labels[scenarios.first_reveal]
        for scenarios in (before.scenario_tree, tree)
        if scenarios is not None and scenarios.first_reveal < scenarios.case.settings.calendar.count
    ]
    calendar = settings.calendar
    until = min((calendar.period_at(label) for label in reveals), default=calendar.count)
    decided = tuple(label for label in shared if calendar.period_at(label) < until)
    records = {name: before.records(name) for name in ("orders", *(name for name, _, _ in _DATES.values()))}
    return contents_of(before.case, records, shared, decided)


def contents_of(case: Case, records: Records, shared: tuple[str, ...], decided: tuple[str, ...]) -> EarlierPlan:
    """Returns what a plan orders in the `shared` periods and decides in those of `decided`, from its result tables."""
    calendar, units, values = case.settings.calendar, dict[tuple[str, str], float](), dict[tuple[str, str], float]()
    years = {
        row.offer: calendar.term_periods(row.term_months) * calendar.delta if row.kind == "lease" else 1.0
        for row in case.offers
    }
    for row in records["orders"]:
        cell = str(row["offer"]), str(row["period"])
        if cell[1] in shared:
            amount = _number(row["units"]) * _chance(row)
            units[cell] = units.get(cell, 0.0) + amount
            price = _number(row["unit_price_usd"]) / 1e6 * years.get(cell[0], 1.0)
            values[cell] = values.get(cell, 0.0) + amount * price
    taken: dict[tuple[str, str], str] = {}
    for kind, (name, item, when) in _DATES.items():
        for row in records[name]:
            key, label = (kind, str(row[item])), str(row[when])
            if label in decided and (kind != "expansion" or _number(row["modules"]) > 0):
                taken[key] = min(taken.get(key, label), label, key=decided.index)
    own = {cell: value / units[cell] for cell, value in values.items() if units[cell] > 0.0}
    return EarlierPlan(shared, decided, units, own, taken)


def changes_of(
    earlier: EarlierPlan, case: Case, records: Records, values: Mapping[tuple[str, str], float]
) -> PlanChanges:
    """Returns what a plan, given as its result tables, orders and decides otherwise; `values` are those of its case."""
    now = contents_of(case, records, earlier.shared, earlier.decided)
    settings = case.settings
    discount = discounts(earlier.shared, rate=settings.discount_rate, years=settings.calendar.delta)
    weights = weights_of(EarlierPlan(earlier.shared, (), {}, {**now.values, **earlier.values}), values, discount)
    place = {label: number for number, label in enumerate(earlier.shared)}
    orders, planned, moved = list[tuple[Cell, ...]](), 0.0, 0.0
    for cell in sorted(earlier.units.keys() | now.units.keys(), key=lambda cell: (cell[0], place[cell[1]])):
        was, own = (plan.units.get(cell, 0.0) for plan in (earlier, now))
        if max(was, own) <= _NOISE:
            continue
        factor = discount[cell[1]]
        value = weights.get(cell, 0.0) / factor
        amounts = was * (value * factor), own * (value * factor)
        apart = 0.5 * abs(amounts[1] - amounts[0])
        orders.append((*cell, was, own, value, factor, *amounts, apart))
        planned, moved = planned + 0.5 * sum(amounts), moved + apart
    kinds = list(EVENTS)
    decisions = tuple(
        (kind, item, was, own, "yes" if was != own else "no")
        for kind, item in sorted(earlier.taken.keys() | now.taken.keys(), key=lambda key: (kinds.index(key[0]), key[1]))
        for was, own in [(earlier.taken.get((kind, item), ""), now.taken.get((kind, item), ""))]
    )
    return PlanChanges(earlier.shared, earlier.decided, tuple(orders), decisions, planned, moved)


def changes_between(before: LoadedRun, after: LoadedRun) -> PlanChanges:
    """Returns what the plan of a run orders and decides otherwise than that of an earlier run.

    Raises:
        CaseFaults: as `earlier_plan`.
    """
    tree = after.scenario_tree
    records = {name: after.records(name) for name in ("orders", *(name for name, _, _ in _DATES.values()))}
    earlier = earlier_plan(before, after.case, tree)
    return changes_of(earlier, after.case, records, order_values(_frame(after.case, tree)))


def _frame(case: Case, tree: ScenarioTree | None) -> Frame:
    return frame_of((case,)) if tree is None else frame_of(tree.cases, tree.tree, names=tree.names, stated=case)


@dataclass(frozen=True, kw_only=True)
class NearestFacts:
    """How a plan near an earlier one was asked for and found: the run with its digest, the share, costs, distances."""

    run: str
    digest: str
    share: float
    least_cost_musd: float
    least_distance_musd: float | None


def stability_tables(changes: PlanChanges, facts: NearestFacts) -> dict[str, Table]:
    """Returns the tables of a plan that was to stay near an earlier one, by name."""
    least, cost = facts.least_distance_musd, facts.least_cost_musd
    distance = changes.distance_musd
    head = (
        facts.run, facts.digest, facts.share, cost, cost + facts.share * abs(cost), changes.shared[0],
        changes.shared[-1], changes.decided[-1] if changes.decided else "", changes.planned_musd, changes.moved_musd,
        changes.nervousness, len(changes.flipped), distance,
        None if least is None else min(max(0.0, least), distance),
    )  # fmt: skip
    rows = {"stability": [head], "order_changes": changes.orders, "strategic_changes": changes.decisions}
    return {name: table(name, " ".join(STABILITY[name]), rows[name]) for name in STABILITY}


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


def _chance(row: Mapping[str, Cell]) -> float:
    return _number(row["probability"]) if "probability" in row else 1.0


__all__ = [
    "NearestFacts", "PlanChanges", "changes_between", "changes_of", "contents_of", "earlier_plan", "stability_tables",
]  # fmt: skip
