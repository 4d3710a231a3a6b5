"""What is kept of a path of a plan over scenarios once it was checked: what the plan as a whole is compared with."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.checks.evidence import Evidence
from models.checks.figures import FigureParts, parts_of
from models.checks.money import discount_factor
from models.checks.report import Recorder
from models.checks.scenario_nodes import Nodes
from models.checks.tables import BRANCHES, Tables

_NAMED_BY_HOW = ("start", "lease", "build")
Kind = tuple[str, str, str, str, str]
"""What a decision is: when, verb, item, how and unit."""
Measure = tuple[str, str, str]
"""What is measured, of what, and in which period."""
STATEMENTS = {"income_statement": "section", "cash_flow_statement": "section", "balance_sheet": "side"}
"""Statements, with the column that a line stands in a part by."""


@dataclass(frozen=True)
class PathSummary:
    """Costs as recomputed and as reported, what key figures are made of, decisions, and measures by period."""

    cost: float
    reported: float
    figures: FigureParts
    decisions: Mapping[Kind, tuple[float, float]]
    """Units and USD million of the decisions of the reported periods."""
    measures: Mapping[Measure, float]


Paths = Mapping[str, PathSummary]
"""What is kept of each path, by future."""


def summary_of(plan: Evidence) -> PathSummary:
    """Returns what is kept of a path."""
    return PathSummary(
        path_cost(plan),
        math.fsum(discounted for _, discounted in plan.costs.values()),
        parts_of(plan),
        _decisions(plan),
        dict(_measured(plan)),
    )


def path_cost(plan: Evidence) -> float:
    """Returns the discounted cost of a path from the recomputed lines, USD million."""
    return math.fsum(
        musd * discount_factor(plan, t) for lines in plan.expected.values() for (_, _, t), musd in lines.items()
    )


def _decisions(plan: Evidence) -> dict[Kind, tuple[float, float]]:
    sums: dict[Kind, tuple[float, float]] = {}
    for row in plan.decisions:
        if row["reported"] == "yes":
            how = row["how"] if row["verb"] in _NAMED_BY_HOW else ""
            kind = (plan.calendar.label(row["when"]), row["verb"], row["item"], how, row["unit"])
            units, musd = sums.get(kind, (0.0, 0.0))
            sums[kind] = units + (row["units"] or 0.0), musd + (row["musd"] or 0.0)
    return sums


def _measured(plan: Evidence) -> Iterator[tuple[Measure, float]]:
    for t in range(plan.case.settings.periods):
        if t in plan.periods:
            yield ("cash", "", plan.labels[t]), plan.periods[t]["cash_musd"]
            yield ("power", "", plan.labels[t]), plan.periods[t]["mw"]
    for (workload, t), amounts in plan.amounts.items():
        if t < plan.case.settings.periods and amounts.share is not None:
            yield ("share_served", workload, plan.labels[t]), amounts.share
    for row in plan.rows["obligations"]:
        yield ("obligations", row["category"], plan.labels[row["period"]]), row["musd"]
    for name, part in STATEMENTS.items():
        for row in plan.rows[name]:
            if row["period"] < plan.case.settings.periods:
                yield (name, f"{row[part]}: {row['line']}", plan.labels[row["period"]]), row["musd"]


class RowsByFuture:
    """Which rows of the result tables are true in which future; `whole` tables are about the plan as a whole."""

    def __init__(self, tables: Tables, whole: Sequence[str], left_out: Sequence[str]) -> None:
        self._tables: dict[str, Sequence[Any]] = {
            name: rows
            for name, rows in tables.items()
            if name not in left_out and isinstance(rows, Sequence) and not isinstance(rows, str)
        }
        self._whole = whole
        self._places = {name: _places(rows) for name, rows in self._tables.items() if name not in whole}

    def of(self, name: str) -> dict[str, list[dict[str, object]]]:
        """Returns the rows that are true in a future, without the columns of branches."""
        found: dict[str, list[dict[str, object]]] = {}
        for table, rows in self._tables.items():
            if table in self._whole:
                found[table] = [_without(row) for row in rows]
            else:
                everywhere, own = self._places[table]
                found[table] = [_without(rows[at]) for at in sorted([*everywhere, *own.get(name, ())])]
        return found


def _places(rows: Sequence[Any]) -> tuple[array[int], dict[str, array[int]]]:
    """The numbers of the rows of each future, and of those that name none: they are looked at in every one."""
    everywhere: array[int] = array("L")
    own: dict[str, array[int]] = {}
    for at, row in enumerate(rows):
        if isinstance(row, Mapping) and "scenarios" in row:
            for name in dict.fromkeys(futures_of_row(row)):
                own.setdefault(name, array("L")).append(at)
        else:
            everywhere.append(at)
    return everywhere, own


def futures_of_row(row: Mapping[str, object]) -> tuple[str, ...]:
    """Returns the names in the cell `scenarios` of a row."""
    return tuple(str(row.get("scenarios", "")).split(";"))


def _without(row: Any) -> Any:  # noqa: ANN401  a row, or what stands in its place
    return {name: cell for name, cell in row.items() if name not in BRANCHES} if isinstance(row, Mapping) else row


class NonAnticipativity:
    """What is decided and what happens in a period is the same in all futures that are indistinguishable in it.

    Paths are compared one after another with the first of each node, of which the decisions are kept.
    """

    def __init__(self, nodes: Nodes) -> None:
        self._first = [
            {name: group[0] for group in groups if len(group) > 1 for name in group} for groups in nodes.groups
        ]
        self._kept: dict[tuple[int, str], dict[tuple[str, ...], float]] = {}

    def add(self, name: str, plan: Evidence, record: Recorder) -> None:
        """Compares a path."""
        decided: dict[int, dict[tuple[str, ...], float]] | None = None
        for t, first in enumerate(self._first):
            if name not in first:
                continue
            # Where no other future has come to the node, its path is the first: what is compared is the same.
            decided = _decided(plan) if decided is None else decided
            known = self._kept.setdefault((t, first[name]), decided.get(t, {}))
            found = decided.get(t, {})
            for what in sorted({*known, *found}) if found is not known else ():
                where = (plan.labels[t], name, *what)
                record.equal(found.get(what, 0.0), known.get(what, 0.0), where, f"as in {first[name]}")


def _decided(plan: Evidence) -> dict[int, dict[tuple[str, ...], float]]:
    """By period: every decision and state of a path with its amount. What was done before the plan is of period 0."""
    found: dict[int, dict[tuple[str, ...], float]] = {}
    for t, what, amount in _amounts(plan):
        own = found.setdefault(max(t, 0), {})
        own[what] = own.get(what, 0.0) + amount
    return found


def _amounts(plan: Evidence) -> Iterator[tuple[int, tuple[str, ...], float]]:
    for (offer, t), order in plan.orders.items():
        yield t, ("order", offer), order.units
    for (offer, site, t), units in plan.arrivals.items():
        yield t, ("arrival", offer, site), units
    for holding, stocks in (("owned", plan.owned), ("leased", plan.leased)):
        for (accelerator, site, vintage), stock in stocks.items():
            for t, units in stock.items():
                yield t, (holding, accelerator, site, vintage), units
    for (accelerator, site, vintage, t), sale in plan.sales.items():
        yield t, ("sale", accelerator, site, vintage), sale.units
    for (accelerator, site, t), units in plan.active.items():
        yield t, ("active", accelerator, site), units
    for (accelerator, site, workload, t), qps in plan.assignments.items():
        yield t, ("work", accelerator, site, workload), qps
    for (workload, t), rates in plan.service.items():
        yield t, ("unserved", workload), rates[2]
    for start in plan.starts:
        yield start.start, ("start", start.programme, start.route), 1.0
    for closing in plan.closings:
        yield closing.signed, ("close", closing.acquisition), 1.0
    for signing in plan.signings:
        yield signing.signed, ("sign", signing.agreement), 1.0
    for build in plan.builds:
        yield build.period, ("build", build.expansion), build.modules
    for row in plan.rows["cancellations"]:
        yield row["period"], ("cancel", row["offer"], row["right"], str(row["ordered"])), row["units"]
    for row in plan.rows["lease_changes"]:
        where = row["contract"], row["site"], str(row["term"]), str(row["begun"])
        yield row["period"], (row["verb"], *where), row["units"]
    for row in plan.rows["incentives"]:
        yield row["period"], ("milestone", row["milestone"]), float(row["reached"] == "yes")
    for row in plan.rows["financing"]:
        yield row["period"], ("draw", row["facility"]), row["drawn_musd"]
    for (category, line, t), (musd, _) in plan.costs.items():
        if t < plan.calendar.periods:
            yield t, ("cost", category, line), musd
