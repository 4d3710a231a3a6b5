"""A plan over scenarios: every path is a plan of its own, and indistinguishable futures have the same decisions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import groupby

from models.case import Case
from models.checks.evidence import Evidence
from models.checks.figures import figures_of
from models.checks.path_summary import Paths, futures_of_row
from models.checks.report import Recorder
from models.checks.requirements import COLUMNS
from models.checks.scenario_distributions import CELLS, number_of, worst_shares
from models.checks.scenario_nodes import Nodes
from models.checks.tables import BRANCHES, Tables
from models.checks.time import CheckCalendar
from models.checks.worth_checks import BESIDE, regret_objective

WHOLE = ("key_figures", "input_basis", "futures", *CELLS, *BESIDE)
"""Tables that are about the plan as a whole, and have no nodes."""
NOT_OF_PATHS = (WHOLE, ("futures", *CELLS, *BESIDE))
"""Tables of which every path has all rows, and those of which it has none."""
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


def objective(
    case: Case, tables: Tables, objective: float | None, paths: Paths, nodes: Nodes, record: Recorder
) -> None:
    """The objective is (1 − λ) times the expected cost of a path plus λ times the mean of the worst paths.

    Of a plan with a table `regret` it is the greatest regret, with a little of the mean.
    """
    if objective is None:
        return
    reported = {name: path.reported for name, path in paths.items()}
    again = {name: path.cost for name, path in paths.items()}
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


def futures_table(case: Case, tables: Tables, paths: Paths, one: Evidence, nodes: Nodes, record: Recorder) -> None:
    """Each future has a row with its probability, the figures of its path, and its place among the costs."""
    rows = list(tables.get("futures", ()))
    names = [str(row.get("scenario")) for row in rows]
    record.same(";".join(names), ";".join(nodes.probability), ("futures",), "scenario")
    # Which futures are dearer follows from the costs of the table, which are compared with those of the paths below.
    costs = {name: number_of(row.get("cost_musd")) for row, name in zip(rows, names, strict=True)}
    known = costs.keys() <= nodes.probability.keys()
    tail = worst_shares(costs, nodes, 1.0 - case.settings.risk_level) if known else {}
    reached = _no_dearer(costs, nodes) if known else {}
    for row, name in zip(rows, names, strict=True):
        where = ("futures", name)
        record.same(", ".join(row), ", ".join(FUTURES), where, "columns")
        if name not in paths or set(row) != set(FUTURES):
            continue
        figures = figures_of(((1.0, paths[name].figures),), one)
        record.equal(number_of(row["probability"]), nodes.probability[name], where, "probability")
        record.equal(number_of(row["cost_musd"]), paths[name].cost, where, "cost_musd")
        for column, figure in (
            ("cash_musd", "cash_cost"),
            ("penalty_musd", "unserved_penalty"),
            ("peak_mw", "peak_mw"),
        ):
            record.equal(number_of(row[column]), figures[figure][0] or 0.0, where, column, figures[figure][4])
        if known:
            record.equal(number_of(row["cumulative_probability"]), reached[name], where, "cumulative_probability")
            record.equal(number_of(row["tail_probability"]), tail[name], where, "tail_probability")
        least = figures["least_share_served"]
        found = None if row["least_share_served"] in (None, "") else number_of(row["least_share_served"])
        if found is None or least[0] is None:
            record.follows(found, least[0], where, "least_share_served")
        else:
            record.equal(found, least[0], where, "least_share_served")
        record.same(str(row["least_served"] or ""), least[3], where, "least_served")


def _no_dearer(costs: Mapping[str, float], nodes: Nodes) -> dict[str, float]:
    """By future: the probability of a cost that is no higher than its own."""
    found: dict[str, float] = {}
    below: list[float] = []
    for _, group in groupby(sorted(costs, key=lambda name: costs[name]), key=lambda name: costs[name]):
        names = list(group)
        below += [nodes.probability[name] for name in names]
        found |= dict.fromkeys(names, math.fsum(below))
    return found
