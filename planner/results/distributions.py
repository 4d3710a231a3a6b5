"""The result tables of a plan over scenarios as a whole: its branches, and how costs, decisions and periods differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.case import Settings
from models.tree import Tree
from models.uncertainty.risk_measures import conditional_value_at_risk, quantile_of
from planner.results.branch_rows import BRANCHES, branch_rows
from planner.results.table import Cell, Table, table

COLUMNS = {
    "cost_distribution": "figure level musd",
    "branches": BRANCHES,
    "decision_distribution": (
        "when verb item how stage probability units_least units_mean units_most unit musd_mean scenarios"
    ),
    "period_distribution": "measure of unit period expected least p10 p25 p50 p75 p90 most",
}
"""The columns of each table, in the order of the documentation."""
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""The quantiles that are listed."""
STATEMENTS = {"income_statement": "section", "cash_flow_statement": "section", "balance_sheet": "side"}
"""The statements whose lines are measures, named by part and line: `running cost: power`."""
_HOW_KEPT = frozenset({"start", "lease", "build"})
"""Decisions whose `how` says what is decided; of a sale it says from which vintage, which differs by scenario."""

Row = Mapping[str, Any]
Weighed = Sequence[tuple[float, float]]
"""Values, each with its probability."""


@dataclass(frozen=True, eq=False)
class NamedTree:
    """A scenario tree with the names of its nodes, periods and futures."""

    tree: Tree
    nodes: Sequence[str]
    periods: Sequence[str]
    futures: Sequence[str]


def distributions(named: NamedTree, settings: Settings, tables: Mapping[str, Table]) -> dict[str, Table]:
    """Returns the tables by name, from the finished ones; `futures` is among these."""
    plan = _ScenarioPlan(
        named,
        {str(row["scenario"]): float(row["probability"] or 0.0) for row in tables["futures"].records()},
        {
            name: tables[name].mappings()
            for name in ("futures", "decisions", "period_figures", "service", "obligations", *STATEMENTS)
        },
    )
    made = {
        "cost_distribution": _costs(plan, settings.risk_aversion, settings.risk_level),
        "branches": branch_rows(named.tree, named.nodes, named.periods, named.futures),
        "decision_distribution": _decisions(plan),
        "period_distribution": _periods(plan),
    }
    return {name: table(name, COLUMNS[name], list(rows)) for name, rows in made.items()}


@dataclass(frozen=True)
class _ScenarioPlan:
    """How nodes are named, the probability of each future, and the rows of finished tables."""

    named: NamedTree
    chances: Mapping[str, float]
    rows: Mapping[str, Sequence[Row]]

    def stage_of(self) -> dict[str, int]:
        """The stage of each period: one more whenever futures are distinguished."""
        return dict(zip(self.named.periods, self.named.tree.stages.tolist(), strict=True))

    def by_future(self, name: str, keep: str = "") -> Iterator[tuple[str, Row]]:
        """Yields the rows of a table with each future in which they are true; `keep` is a column that says yes."""
        for row in self.rows[name]:
            if not keep or row[keep] == "yes":
                for future in str(row["scenarios"]).split(";"):
                    yield future, row


def cumulative(costs: Weighed) -> list[float]:
    """Returns the probability that no more is paid than each cost.

    >>> cumulative([(1.0, 0.5), (3.0, 0.25), (1.0, 0.25)])
    [0.75, 1.0, 0.75]
    """
    return [math.fsum(chance for other, chance in costs if other <= cost) for cost, _ in costs]


def _quantile(values: Weighed, level: float) -> float:
    """The least value that is not exceeded with a probability of `level`, where the values are those that there are."""
    known, chances = (np.array(column) for column in zip(*values, strict=True))
    return quantile_of(known, chances / chances.sum(), level)


def mean(values: Weighed) -> float:
    """Returns the mean of values, weighed by their probabilities."""
    return math.fsum(value * chance for value, chance in values) / math.fsum(chance for _, chance in values)


def _costs(plan: _ScenarioPlan, aversion: float, level: float) -> Iterator[tuple[Cell, ...]]:
    costs = [(float(row["cost_musd"]), float(row["probability"])) for row in plan.rows["futures"]]
    known, chances = (np.array(column) for column in zip(*costs, strict=True))
    cvar = conditional_value_at_risk(known, chances, level)
    yield "risk_adjusted", aversion, (1.0 - aversion) * mean(costs) + aversion * cvar
    yield "expected", None, mean(costs)
    yield "least", None, min(cost for cost, _ in costs)
    yield from (("quantile", share, _quantile(costs, share)) for share in LEVELS)
    yield "most", None, max(cost for cost, _ in costs)
    yield "value_at_risk", level, _quantile(costs, level)
    yield "cvar", level, cvar


def _decisions(plan: _ScenarioPlan) -> Iterator[tuple[Cell, ...]]:
    """Yields each kind of decision by the period in which it is made, with the futures in which it is."""
    units: dict[tuple[str, str, str, str, str], dict[str, float]] = {}
    musd: dict[tuple[str, str, str, str, str], dict[str, float]] = {}
    for future, row in plan.by_future("decisions", keep="reported"):
        how = str(row["how"]) if row["verb"] in _HOW_KEPT else ""
        key = (str(row["when"]), str(row["verb"]), str(row["item"]), how, str(row["unit"]))
        for sums, amount in ((units, row["units"]), (musd, row["musd"])):
            own = sums.setdefault(key, {})
            own[future] = own.get(future, 0.0) + float(amount or 0.0)
    stages = plan.stage_of()
    for kind, amounts in units.items():
        when, verb, item, how, unit = kind
        sizes = [(amount, plan.chances[future]) for future, amount in amounts.items()]
        amount = (min(sizes)[0], mean(sizes), max(sizes)[0]) if unit else (None, None, None)
        names = [name for name in plan.chances if name in amounts]
        paid = mean([(musd[kind][name], plan.chances[name]) for name in names])
        whole = math.fsum(chance for _, chance in sizes)
        yield when, verb, item, how, stages[when], whole, *amount, unit, paid, ";".join(names)


def _periods(plan: _ScenarioPlan) -> Iterator[tuple[Cell, ...]]:
    """Yields what a plan has in each reported period over the scenarios: expected values, ends and quantiles."""
    values: dict[tuple[str, str, str, str], list[tuple[float, float]]] = {}
    reported = {str(row["period"]) for row in plan.rows["period_figures"] if row["reported"] == "yes"}
    for future, row in plan.by_future("period_figures", keep="reported"):
        for measure, unit, column in (("cash", "USD million", "cash_musd"), ("power", "MW", "mw")):
            values.setdefault((measure, "", unit, str(row["period"])), []).append(
                (float(row[column]), plan.chances[future])
            )
    for future, row in plan.by_future("service"):
        if row["period"] in reported and row["share_served"] is not None:
            key = ("share_served", str(row["workload"]), "fraction", str(row["period"]))
            values.setdefault(key, []).append((float(row["share_served"]), plan.chances[future]))
    for name, named in (("obligations", ("category",)), *((name, (part, "line")) for name, part in STATEMENTS.items())):
        for key, amounts in _amounts(plan, name, reported, *named):
            # Futures in which there is no such amount have no row of it.
            values[key] = [(amounts.get(future, 0.0), chance) for future, chance in plan.chances.items()]
    ranks: dict[tuple[str, str], int] = {}
    for measure, of, _, _ in values:
        ranks.setdefault((measure, of), len(ranks))
    labels = list(dict.fromkeys(period for *_, period in values))
    for key in sorted(values, key=lambda key: (ranks[key[:2]], labels.index(key[3]))):
        own = values[key]
        least, most = min(own)[0], max(own)[0]
        yield *key, mean(own), least, *(_quantile(own, level) for level in LEVELS), most


_Measures = Iterator[tuple[tuple[str, str, str, str], dict[str, float]]]
"""Measures with what they are of, their unit and period, and their amounts by future."""


def _amounts(plan: _ScenarioPlan, name: str, reported: set[str], *named: str) -> _Measures:
    """Yields the amounts of a table in the reported periods, each named by its cells of some columns."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for future, row in plan.by_future(name):
        if row["period"] in reported:
            key = ": ".join(str(row[column]) for column in named), str(row["period"])
            found.setdefault(key, {})[future] = float(row["musd"])
    for (of, period), amounts in found.items():
        yield (name, of, "USD million", period), amounts
