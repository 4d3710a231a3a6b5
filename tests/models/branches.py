"""Trees of four years that branch after the first, and the check of each of their paths.

alpha lives four years, costs 20,000 USD for 1 query/s and arrives at once; the second future has a probability of 0.4
and is told apart from 2028 on.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.algebra import Axis
from models.build import build, build_from
from models.data.strategy import strategy_of
from models.data.supply import supply_of
from models.frame import frame_of
from models.tree import branching
from models.verify import verify
from planner.results import tables_of
from tests.models.tiny import YEAR_UNSERVED, alone, change, demand, tiny_case

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


def disrupted(cases, *, lead=None):
    """The tree with a touched offer in the second future, whose lead there is `lead` periods."""
    frame = frame_of(cases, tree_of())
    strategy = strategy_of(frame)
    supply = supply_of(frame, strategy)
    touched, lead_at = supply.touched.copy(), supply.lead_at.copy()
    touched[:, HIGH] = True
    if lead is not None:
        lead_at[:, HIGH] = lead
    return build_from(frame, strategy, replace(supply, touched=touched, lead_at=lead_at))


def check_paths(solution, cases, *, touched=None):
    """Each path is a plan without branches: the independent check accepts it with its own future's case."""
    frame = solution.model.frame
    leaf = Axis("leaf", tuple(frame.node.labels[n] for n in frame.tree.leaves))
    costs = solution.money(solution.model.ledger.path_cost(leaf))
    for cost, path in zip(costs, frame.tree.paths(), strict=True):
        future = int(frame.tree.future[path[-1]])
        tables = {}
        for name, table in tables_of(solution).items():
            rows = [row for row in table.records() if str(future + 1) in str(row.get("scenarios", "")).split(";")]
            tables[name] = rows
        tables["key_figures"] = [{"name": "net_present_cost", "value": float(cost), "unit": "USD million"}]
        report = verify(cases[future], tables, float(cost), touched=touched if future else None)
        assert report.findings == ()
    expected = float(solution.money(solution.model.ledger.expected()))
    assert costs @ frame.tree.probability[frame.tree.leaves] == pytest.approx(expected)
