"""A plan over scenarios: every path is a plan of its own, and indistinguishable futures have the same decisions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.case import Case
from models.checks.evidence import Evidence
from models.checks.figures import figures_of
from models.checks.money import discount_factor
from models.checks.report import Recorder
from models.checks.requirements import COLUMNS
from models.checks.scenario_distributions import CELLS, number_of, worst_shares
from models.checks.scenario_nodes import Nodes
from models.checks.tables import BRANCHES, Tables
from models.checks.time import CheckCalendar
from models.checks.worth_checks import BESIDE, regret_objective

WHOLE = ("key_figures", "input_basis", "futures", *CELLS, *BESIDE)
"""Tables that are about the plan as a whole, and have no nodes."""
FUTURES = {
    "scenario": "text",
    "probability": "number",
    "cost_musd": "number",
    "cash_musd": "number",
    "penalty_musd": "number",
    "least_share_served": "perhaps",
    "least_served": "text or blank",
    "peak_mw": "number",
    "cumulative_probability": "number",
    "tail_probability": "number",
}
"""The columns of the table `futures`."""
_AT = {
    "tape_outs": "start",
    "acquisitions": "signed",
    "agreements": "signed",
    "decisions": "when",
}
"""Columns that tell in which period a row is, where that is not `period`."""
_UNDATED = ("service_by_workload", "budgets", "limits", "owed", "binding", "milestones")
"""Tables whose rows stand at the end of a span or of the plan, or at the decision that they follow from."""
NAMES = ("scenario_nodes", "non_anticipativity", "futures_table", *CELLS)


def columns_of_tree() -> dict[str, list[str]]:
    """Returns the columns of each result table of a plan over several scenarios."""
    found = {
        table: [*columns, *(() if table in WHOLE else ("node", "scenarios", "probability"))]
        for table, columns in COLUMNS.items()
    }
    return found | {"futures": list(FUTURES)} | {table: list(cells) for table, cells in CELLS.items()}


def futures_of_row(row: Mapping[str, object]) -> tuple[str, ...]:
    """Returns the names in the cell `scenarios` of a row."""
    return tuple(str(row.get("scenarios", "")).split(";"))


def path_tables(tables: Tables, name: str) -> dict[str, list[dict[str, object]]]:
    """Returns the rows that are true in a future, without the columns of branches."""
    found: dict[str, list[dict[str, object]]] = {}
    for table, rows in tables.items():
        if (
            table == "futures"
            or table in CELLS
            or table in BESIDE
            or not isinstance(rows, Sequence)
            or isinstance(rows, str)
        ):
            continue
        kept = [row for row in rows if table in WHOLE or _is_of(row, name)]
        found[table] = [_without(row) for row in kept]
    return found


def _is_of(row: object, name: str) -> bool:
    """False for a row of other futures; what names none is looked at in every one."""
    return not isinstance(row, Mapping) or "scenarios" not in row or name in futures_of_row(row)


def _without(row: Any) -> Any:  # noqa: ANN401  a row, or what stands in its place
    return {name: cell for name, cell in row.items() if name not in BRANCHES} if isinstance(row, Mapping) else row


def scenario_nodes(case: Case, calendar: CheckCalendar, tables: Tables, nodes: Nodes, record: Recorder) -> None:
    """Each row names its node, the futures in which it is true, all of that node, and their probability together."""
    known: dict[str, tuple[int, tuple[str, ...]]] = {}
    for t, groups in enumerate(nodes.groups):
        for group in groups:
            known[f"{calendar.labels[t]}/{group[0]}"] = t, group
    for table, rows in tables.items():
        if table in WHOLE:
            continue
        for number, row in enumerate(rows, start=1):
            where = (table, f"row {number}")
            missing = sorted(BRANCHES - row.keys())
            record.holds(where, "columns", found=", ".join(missing) or "given", expected="node, scenarios, probability",
                         fact=not missing)  # fmt: skip
            node = str(row.get("node"))
            place = known.get(node)
            record.holds(where, "node", found=node, expected="a node of the tree", fact=place is not None)
            if place is None or missing:
                continue
            period, group = place
            names = futures_of_row(row)
            is_part = len(set(names)) == len(names) and set(names) <= set(group)
            record.holds(where, "scenarios", found=str(row["scenarios"]), fact=is_part,
                         expected=f"of {';'.join(group)}, each once")  # fmt: skip
            if is_part:
                chance = math.fsum(nodes.probability[name] for name in names)
                record.equal(number_of(row["probability"]), chance, where, "probability")
            at = _period_of(table, row, calendar)
            if at is not None:
                record.holds(where, "node", found=node, expected=f"a node of {calendar.labels[at]}",
                             fact=period == at)  # fmt: skip


def _period_of(table: str, row: Mapping[str, object], calendar: CheckCalendar) -> int | None:
    """The period in which a row is; None where it is in none of the horizon, or its table is not by period."""
    if table in _UNDATED:
        return None
    cell = str(row.get(_AT.get(table, "period"), ""))
    if cell == "end":
        return calendar.periods - 1
    try:
        found = calendar.exact(cell)
    except ValueError:
        return None
    return found if 0 <= found < calendar.periods else None


def non_anticipativity(paths: Mapping[str, Evidence], nodes: Nodes, record: Recorder) -> None:
    """What is decided and what happens in a period is the same in all futures that are indistinguishable in it."""
    decided = {name: _decided(plan) for name, plan in paths.items()}
    for t, groups in enumerate(nodes.groups):
        for group in groups:
            first = decided[group[0]].get(t, {})
            for other in group[1:]:
                found = decided[other].get(t, {})
                for what in sorted({*first, *found}):
                    where = (paths[other].labels[t], other, *what)
                    record.equal(found.get(what, 0.0), first.get(what, 0.0), where, f"as in {group[0]}")


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


def path_cost(plan: Evidence) -> float:
    """Returns the discounted cost of a path from the recomputed lines, USD million."""
    return math.fsum(
        musd * discount_factor(plan, t) for lines in plan.expected.values() for (_, _, t), musd in lines.items()
    )


def objective(
    case: Case, tables: Tables, objective: float | None, paths: Mapping[str, Evidence], nodes: Nodes, record: Recorder
) -> None:
    """The objective is (1 − λ) times the expected cost of a path plus λ times the mean of the worst paths.

    Of a plan with a table `regret` it is the greatest regret, with a little of the mean.
    """
    if objective is None:
        return
    reported = {name: math.fsum(discounted for _, discounted in plan.costs.values()) for name, plan in paths.items()}
    again = {name: path_cost(plan) for name, plan in paths.items()}
    scale = max(abs(cost) for cost in again.values())
    for costs, what in ((reported, "the reported lines"), (again, "the recomputed lines")):
        expected = regret_objective(tables, costs) if "regret" in tables else _weighed(case, costs, nodes)
        record.equal(objective, expected, ("costs",), f"objective against {what} of the paths, USD million", scale)


def _weighed(case: Case, costs: Mapping[str, float], nodes: Nodes) -> float:
    mean = math.fsum(nodes.probability[name] * cost for name, cost in costs.items())
    aversion = case.settings.risk_aversion
    if len(costs) == 1 or not aversion:
        return mean
    shares = worst_shares(costs, nodes, 1.0 - case.settings.risk_level)
    worst = math.fsum(share * costs[name] for name, share in shares.items()) / math.fsum(shares.values())
    return (1.0 - aversion) * mean + aversion * worst


def futures_table(case: Case, tables: Tables, paths: Mapping[str, Evidence], nodes: Nodes, record: Recorder) -> None:
    """Each future has a row with its probability, the figures of its path, and its place among the costs."""
    rows = list(tables.get("futures", ()))
    names = [str(row.get("scenario")) for row in rows]
    record.same(";".join(names), ";".join(nodes.probability), ("futures",), "scenario")
    # Which futures are dearer follows from the costs of the table, which are compared with those of the paths below.
    costs = {name: number_of(row.get("cost_musd")) for row, name in zip(rows, names, strict=True)}
    known = costs.keys() <= nodes.probability.keys()
    tail = worst_shares(costs, nodes, 1.0 - case.settings.risk_level) if known else {}
    for row, name in zip(rows, names, strict=True):
        where = ("futures", name)
        record.same(", ".join(row), ", ".join(FUTURES), where, "columns")
        if name not in paths or set(row) != set(FUTURES):
            continue
        figures = figures_of(((1.0, paths[name]),))
        record.equal(number_of(row["probability"]), nodes.probability[name], where, "probability")
        record.equal(number_of(row["cost_musd"]), path_cost(paths[name]), where, "cost_musd")
        for column, figure in (
            ("cash_musd", "cash_cost"),
            ("penalty_musd", "unserved_penalty"),
            ("peak_mw", "peak_mw"),
        ):
            record.equal(number_of(row[column]), figures[figure][0] or 0.0, where, column, figures[figure][4])
        if known:
            no_dearer = math.fsum(nodes.probability[other] for other, cost in costs.items() if cost <= costs[name])
            record.equal(number_of(row["cumulative_probability"]), no_dearer, where, "cumulative_probability")
            record.equal(number_of(row["tail_probability"]), tail[name], where, "tail_probability")
        least = figures["least_share_served"]
        found = None if row["least_share_served"] in (None, "") else number_of(row["least_share_served"])
        if found is None or least[0] is None:
            record.follows(found, least[0], where, "least_share_served")
        else:
            record.equal(found, least[0], where, "least_share_served")
        record.same(str(row["least_served"] or ""), least[3], where, "least_served")
