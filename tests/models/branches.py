"""Trees of four years that branch after the first, and the check of each of their paths.

alpha lives four years, costs 20,000 USD for 1 query/s and arrives at once; the second future has a probability of 0.4
and is told apart from 2028 on.
"""

from __future__ import annotations

import numpy as np
import pytest

from models.algebra import Axis
from models.build import build
from models.checks.requirements import COLUMNS
from models.tables.disruption_rows import Backlog, LeadTime
from models.tree import branching
from models.verify import verify
from planner.results import tables_of
from planner.results.input_basis import table_of
from planner.results.key_figures import figures_of
from planner.results.node_labels import NodeLabels
from planner.results.owed_table import owed_figures
from tests.models.tiny import YEAR_UNSERVED, add, alone, change, demand, tiny_case

ROOT, LOW, HIGH = 0, (1, 3, 5), (2, 4, 6)
YEAR = 100 * YEAR_UNSERVED  # 100 queries/s unserved for a year: 3.1536


def base(**changes):
    return change(alone(tiny_case(**{"periods": 4, **changes})), "accelerators", "alpha", life_years=4.0)


def late(**changes):
    return change(base(**changes), "offers", "alpha_list", lead_time_months=12.0)


def tree_of(chance=0.4):
    return branching(4, (1.0 - chance, chance), (1, 1))


def two(low, high, chance=0.4):
    return build(low, futures=(low, high), tree=tree_of(chance))


def from_2028(rate, before=100.0):
    return demand(("2027", before), ("2028", rate))


def ordered(solution, offer=0):
    return solution.value(solution.model.orders.units)[offer]


def hit(case, *, lead=None):
    """The case with backlogs of all its offers from 2028 on, and a lead of `lead` years for what arrives from then."""
    offers = [row.offer for row in case.offers]
    rows = [LeadTime(offer=offer, period="2028", lead_time_months=12.0 * (lead or 0)) for offer in offers]
    waiting = tuple(Backlog(offer=offer, since="2028") for offer in offers)
    return add(case, backlogs=waiting, lead_times=() if lead is None else tuple(rows))


def disrupted(cases, *, lead=None):
    """The tree with a disruption in the second future, which touches its offers and makes their lead `lead` years."""
    low, high = cases
    return two(low, hit(high, lead=lead))


def is_of(row, future):
    return str(future + 1) in str(row["scenarios"]).split(";")


def check_paths(solution, cases):
    """Each path is a plan without branches: the independent check accepts it with its own future's case."""
    frame = solution.model.frame
    leaf = Axis("leaf", tuple(frame.node.labels[n] for n in frame.tree.leaves))
    costs = solution.money(solution.model.ledger.path_cost(leaf))
    for cost, path in zip(costs, frame.tree.paths(), strict=True):
        future = int(frame.tree.future[path[-1]])
        tables = {}
        for name, table in tables_of(solution).items():
            tables[name] = [row for row in table.records() if "node" not in row or is_of(row, future)]
        tables = {name: rows for name, rows in tables.items() if name in COLUMNS}
        on_path = np.isin(np.arange(len(frame.tree)), path).astype(float)
        figures = figures_of(solution, NodeLabels(solution), on_path)
        cash = next(value for name, value, *_ in figures if name == "cash_cost")
        figures += owed_figures([{**row, "probability": 1.0} for row in tables["owed"]], cash)
        columns = ("name", "value", "unit", "periods", "of")
        tables["key_figures"] = [dict(zip(columns, figure, strict=True)) for figure in figures]
        tables["input_basis"] = list(table_of(cases[future]).records())
        report = verify(cases[future], tables, float(cost))
        assert report.findings == ()
    expected = float(solution.money(solution.model.ledger.expected()))
    assert costs @ frame.tree.probability[frame.tree.leaves] == pytest.approx(expected)
